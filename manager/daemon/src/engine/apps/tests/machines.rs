//! What the machines of the lab are.

use super::lab::node_id;
use crate::port::{clock::Clock, session::FakeMachine};
use hearth_model::{
    facts::{Arch, Disk, DiskKind, EngineFacts, Facts},
    node::{Link, Node, NodeState},
    stats::Sample,
    units::Bytes,
};
use std::collections::BTreeMap;

pub(super) fn node(number: usize, machine: &FakeMachine) -> Node {
    Node {
        id: node_id(number),
        name: machine.name().parse().unwrap(),
        link: Link::Ssh {
            host: format!("10.0.0.{number}").parse().unwrap(),
            port: 22,
            user: "root".to_owned(),
            host_key: machine.host_key(),
        },
        state: NodeState::Online,
        facts: Some(facts(machine.name())),
        labels: BTreeMap::new(),
        groups: Default::default(),
        adopted_at: jiff::Timestamp::UNIX_EPOCH,
        last_seen_at: None,
        outages_30d: 0,
    }
}

fn facts(hostname: &str) -> Facts {
    Facts {
        hostname: hostname.to_owned(),
        machine_id: None,
        model: None,
        arch: Some(Arch::Amd64),
        os_id: "debian".to_owned(),
        os_like: Vec::new(),
        os_name: "Debian".to_owned(),
        os_version: "13".to_owned(),
        kernel: "6.12".to_owned(),
        cpu_model: None,
        cpu_cores: 4,
        memory: Bytes::gib(4),
        disks: vec![Disk {
            device: "/dev/sda1".to_owned(),
            mount: "/".to_owned(),
            also: Vec::new(),
            filesystem: "ext4".to_owned(),
            kind: DiskKind::Ssd,
            total: Bytes::gib(100),
        }],
        interfaces: Vec::new(),
        devices: Vec::new(),
        init: "systemd".to_owned(),
        virtualization: None,
        listening_ports: vec![22],
        engine: Some(EngineFacts {
            version: "26.1.5".to_owned(),
            api_version: "1.45".to_owned(),
            root_dir: "/var/lib/docker".to_owned(),
            compose: Some("2.26.1".to_owned()),
        }),
    }
}

pub(super) fn sample(clock: &dyn Clock) -> Sample {
    Sample {
        at: clock.now(),
        cpu_percent: 5.0,
        load1: 0.1,
        memory_total: Bytes::gib(4),
        memory_used: Bytes::mib(400),
        swap_used: Bytes(0),
        disk_total: Bytes::gib(100),
        disk_used: Bytes::gib(10),
        net_rx_bytes_per_sec: 0.0,
        net_tx_bytes_per_sec: 0.0,
        disk_read_bytes_per_sec: 0.0,
        disk_written_bytes_per_sec: 0.0,
        temperature_c: None,
    }
}
