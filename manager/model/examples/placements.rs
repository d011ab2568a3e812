//! Places a thousand apps, one after the other, among a thousand nodes, and prints the seconds it took: for the bench.

use hearth_model::{
    facts::{Arch, DiskKind},
    id::NodeId,
    placement::{Candidate, Request, place},
    units::Bytes,
};
use std::{collections::BTreeSet, time::Instant};
use uuid::Uuid;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut nodes = (0..1000).map(candidate).collect::<Result<Vec<_>, _>>()?;
    let begun = Instant::now();
    let mut placed = 0;
    for number in 0..1000u64 {
        let request = request(number);
        if let Some(best) = place(&request, &nodes).best {
            placed += 1;
            for node in nodes.iter_mut().filter(|node| node.node == best) {
                node.memory_free = node.memory_free.minus(request.memory);
                node.storage_free = node.storage_free.minus(request.storage);
            }
        }
    }
    println!(
        "{{\"placed\": {placed}, \"seconds\": {:.3}}}",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

fn request(number: u64) -> Request {
    Request {
        architectures: vec![Arch::Amd64, Arch::Arm64],
        memory_min: Bytes::mib(64),
        memory: Bytes::mib(128 + number % 512),
        storage: Bytes::gib(1),
        storage_monthly: Bytes::mib(200),
        prefer: Some(DiskKind::Ssd),
        cpu_cores: 0.2,
        devices: Vec::new(),
        fixed_ports: Vec::new(),
    }
}

/// Nodes that differ as those of a real fleet do, without chance.
fn candidate(number: u64) -> Result<Candidate, hearth_model::name::SlugError> {
    Ok(Candidate {
        node: NodeId(Uuid::from_u128(u128::from(number) + 1)),
        name: format!("node-{number:04}").parse()?,
        online: !number.is_multiple_of(50),
        drained: false,
        arch: Some(if number.is_multiple_of(3) {
            Arch::Arm64
        } else {
            Arch::Amd64
        }),
        engine_fault: None,
        memory_total: Bytes::gib(4 << (number % 4)),
        memory_free: Bytes::gib(1 + number % 16),
        storage_total: Bytes::gib(256),
        storage_free: Bytes::gib(16 + number % 200),
        storage_kind: [DiskKind::Ssd, DiskKind::Hdd, DiskKind::SdCard][(number % 3) as usize],
        cpu_cores: 2 + (number % 8) as u32,
        cpu_percent: (number * 7 % 90) as f64,
        load1: (number % 5) as f64,
        outages_30d: (number % 4) as u32,
        devices: BTreeSet::new(),
        ports_taken: (8000..8000 + (number % 20) as u16).collect(),
    })
}
