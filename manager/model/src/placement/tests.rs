//! Properties of placement, and the example of docs/placement.md, digit for digit.

use super::*;
use crate::recipe::manifest::Manifest;
use proptest::prelude::*;
use std::{fmt::Write, time::Instant};
use uuid::Uuid;

fn candidate(number: u128, name: &str) -> Candidate {
    Candidate {
        node: NodeId(Uuid::from_u128(number)),
        name: Slug::nearest(name, "node"),
        online: true,
        drained: false,
        arch: Some(Arch::Amd64),
        engine_fault: None,
        memory_total: Bytes::gib(16),
        memory_free: Bytes::gib(6),
        storage_total: Bytes::gib(1000),
        storage_free: Bytes::gib(400),
        storage_kind: DiskKind::Hdd,
        cpu_cores: 4,
        cpu_percent: 10.0,
        load1: 0.4,
        outages_30d: 0,
        devices: BTreeSet::new(),
        ports_taken: BTreeSet::new(),
    }
}

fn miniflux() -> Request {
    Request {
        architectures: vec![Arch::Amd64, Arch::Arm64],
        memory_min: Bytes::mib(96),
        memory: Bytes::mib(128),
        storage: Bytes::mib(200),
        storage_monthly: Bytes::mib(100),
        prefer: Some(DiskKind::Ssd),
        cpu_cores: 0.2,
        devices: Vec::new(),
        fixed_ports: Vec::new(),
    }
}

fn example() -> [Candidate; 3] {
    [
        candidate(1, "nas"),
        Candidate {
            arch: Some(Arch::Arm64),
            memory_free: Bytes::gib(2),
            storage_free: Bytes::gib(20),
            storage_kind: DiskKind::SdCard,
            cpu_percent: 5.0,
            load1: 0.2,
            outages_30d: 2,
            ..candidate(2, "pi")
        },
        Candidate {
            memory_free: Bytes::mib(640),
            storage_free: Bytes::gib(100),
            storage_kind: DiskKind::Ssd,
            cpu_cores: 8,
            cpu_percent: 50.0,
            load1: 4.0,
            ..candidate(3, "mini")
        },
    ]
}

#[test]
fn the_example_of_the_documentation() {
    let placement = place(&miniflux(), &example());
    let mut table =
        String::from("| node | memory | storage | cpu | load | reliability | score |\n|---|---|---|---|---|---|---|\n");
    for verdict in &placement.nodes {
        let points: Vec<String> = verdict
            .factors
            .iter()
            .map(|factor| format!("{:.1}", factor.points))
            .collect();
        writeln!(
            table,
            "| {} | {} | **{:.1}** |",
            verdict.name,
            points.join(" | "),
            verdict.score
        )
        .expect("a string");
    }
    let doc = include_str!("../../../../docs/placement.md");
    assert!(doc.contains(&table), "docs/placement.md lacks\n{table}");
    assert!(
        doc.contains(&placement.reason),
        "docs/placement.md lacks\n{}",
        placement.reason
    );
    let reasons: Vec<&str> = placement.nodes[0]
        .factors
        .iter()
        .map(|factor| factor.reason.as_str())
        .collect();
    for reason in reasons {
        assert!(doc.contains(reason), "docs/placement.md lacks\n{reason}");
    }
    assert_eq!(placement.best, Some(NodeId(Uuid::from_u128(1))));
}

#[test]
fn every_obstacle_is_named() {
    let request = Request {
        devices: vec!["/dev/dri".to_owned(), "/dev/serial/by-id".to_owned()],
        fixed_ports: vec![53],
        ..miniflux()
    };
    let full = Candidate {
        drained: true,
        arch: Some(Arch::Arm),
        engine_fault: Some("its container engine is too old".to_owned()),
        memory_free: Bytes::mib(10),
        storage_free: Bytes::mib(10),
        ports_taken: BTreeSet::from([53]),
        ..candidate(1, "full")
    };
    let placement = place(&request, &[full]);
    assert_eq!(placement.best, None);
    assert_eq!(
        placement.nodes[0].obstacles,
        [
            "is kept free of new apps",
            "is arm, the app is made for amd64, arm64",
            "its container engine is too old",
            "10 MiB of memory free, it needs 96 MiB to start",
            "10 MiB of storage free, it needs 200 MiB at the start",
            "has no /dev/dri",
            "has no /dev/serial/by-id",
            "port 53 is taken, and the app cannot use another",
        ]
    );
    let offline = Candidate {
        online: false,
        memory_free: Bytes(0),
        arch: None,
        ..candidate(1, "gone")
    };
    assert_eq!(place(&request, &[offline]).nodes[0].obstacles, ["does not answer"]);
}

#[test]
fn a_device_in_a_folder_counts() {
    let request = Request {
        devices: vec!["/dev/serial/by-id/".to_owned()],
        ..miniflux()
    };
    let with = Candidate {
        devices: BTreeSet::from(["/dev/serial/by-id/usb-stick".to_owned()]),
        ..candidate(1, "with")
    };
    assert!(place(&request, &[with]).best.is_some());
    assert!(place(&request, &[candidate(1, "without")]).best.is_none());
}

#[test]
fn a_tie_goes_to_the_first_name() {
    let placement = place(&miniflux(), &[candidate(1, "b"), candidate(2, "a")]);
    assert_eq!(placement.best, Some(NodeId(Uuid::from_u128(2))));
    assert!(placement.reason.contains("alike"), "{}", placement.reason);
    assert_eq!(place(&miniflux(), &[]).reason, "There is no node yet.");
}

#[test]
fn ports_are_fixed_only_in_the_nodes_own_network() {
    let text = include_str!("../recipe/fixtures/miniflux/manifest.yaml");
    let mut manifest: Manifest = serde_saphyr::from_str(text).expect("a manifest");
    let request = Request::from(&manifest);
    assert_eq!((request.memory, request.fixed_ports.len()), (Bytes::mib(128), 0));
    manifest.security.host_network = true;
    assert_eq!(Request::from(&manifest).fixed_ports, [8080]);
}

#[test]
fn a_thousand_placements_among_a_thousand_nodes() {
    let nodes: Vec<Candidate> = (0..1000u32)
        .map(|n| Candidate {
            memory_free: Bytes::mib(u64::from(n) * 7 % 4096),
            load1: f64::from(n % 40) / 10.0,
            ..candidate(n.into(), &format!("node-{n}"))
        })
        .collect();
    // A debug build is some ten times slower: a tenth of the work there.
    let rounds = if cfg!(debug_assertions) { 50 } else { 1000 };
    let start = Instant::now();
    for _ in 0..rounds {
        assert!(place(&miniflux(), &nodes).best.is_some());
    }
    let took = start.elapsed();
    println!("{rounds} placements among 1,000 nodes: {took:?}");
    if !cfg!(debug_assertions) {
        assert!(took.as_secs_f64() < 1.0, "{took:?}");
    }
}

fn kinds() -> impl Strategy<Value = DiskKind> {
    prop::sample::select(vec![DiskKind::SdCard, DiskKind::Ssd, DiskKind::Hdd, DiskKind::Unknown])
}

fn sizes() -> impl Strategy<Value = Bytes> {
    prop_oneof![Just(0), 0..1u64 << 30, 0..1u64 << 45, any::<u64>()].prop_map(Bytes)
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..8.0f64, 0.0..1e6f64, any::<f64>()]
}

prop_compose! {
    fn candidates()(
        number in 0..6u128, online in prop::bool::weighted(0.9), drained in prop::bool::weighted(0.1),
        arch in prop::option::weighted(0.9, prop::sample::select(vec![Arch::Amd64, Arch::Arm64, Arch::Arm])),
        fault in prop::option::weighted(0.1, Just("down".to_owned())),
        memory_free in sizes(), storage_free in sizes(), storage_kind in kinds(),
        cpu_cores in 0..300u32, cpu_percent in numbers(), load1 in numbers(), outages_30d in any::<u32>(),
        device in any::<bool>(), ports_taken in prop::collection::btree_set(50..55u16, 0..3),
    ) -> Candidate {
        Candidate {
            online, drained, arch, memory_free, storage_free, storage_kind, cpu_cores, cpu_percent, load1, outages_30d,
            engine_fault: fault,
            devices: device.then(|| "/dev/dri".to_owned()).into_iter().collect(),
            ports_taken,
            ..candidate(number, &format!("n{number}"))
        }
    }
}

prop_compose! {
    fn requests()(
        memory_min in sizes(), memory in sizes(), storage in sizes(), storage_monthly in sizes(),
        prefer in prop::option::of(kinds()), cpu_cores in numbers(), device in any::<bool>(),
        fixed_ports in prop::collection::vec(50..55u16, 0..2),
    ) -> Request {
        Request {
            memory_min, memory, storage, storage_monthly, prefer, cpu_cores, fixed_ports,
            devices: device.then(|| "/dev/dri".to_owned()).into_iter().collect(),
            ..miniflux()
        }
    }
}

proptest! {
    #[test]
    fn reasons_add_up_and_nothing_unfit_is_chosen(
        request in requests(),
        nodes in prop::collection::vec(candidates(), 0..6),
    ) {
        let placement = place(&request, &nodes);
        prop_assert_eq!(placement.nodes.len(), nodes.len());
        for verdict in &placement.nodes {
            let sum: f64 = verdict.factors.iter().map(|factor| factor.points).sum();
            prop_assert!((sum - verdict.score).abs() < 1e-9, "{} is not {}", sum, verdict.score);
            prop_assert!((0.0..=100.0).contains(&verdict.score));
            prop_assert_eq!(verdict.fits, verdict.obstacles.is_empty());
            prop_assert_eq!(verdict.fits, !verdict.factors.is_empty());
            for factor in &verdict.factors {
                prop_assert!((0.0..=factor.weight).contains(&factor.points) && !factor.reason.is_empty());
            }
        }
        let best = placement.nodes.iter().find(|verdict| Some(verdict.node) == placement.best);
        prop_assert_eq!(placement.best.is_some(), placement.nodes.iter().any(|verdict| verdict.fits));
        if let Some(best) = best {
            prop_assert!(best.fits && placement.nodes.iter().all(|other| other.score <= best.score));
        }
    }

    #[test]
    fn the_order_of_candidates_does_not_matter(
        request in requests(),
        nodes in prop::collection::vec(candidates(), 0..6),
        turn in any::<prop::sample::Index>(),
    ) {
        let nodes: Vec<Candidate> = (0u128..)
            .zip(nodes)
            .map(|(number, node)| Candidate { node: NodeId(Uuid::from_u128(number)), ..node })
            .collect();
        let mut turned = nodes.clone();
        turned.rotate_left(turn.index(nodes.len() + 1));
        turned.reverse();
        prop_assert_eq!(place(&request, &nodes), place(&request, &turned));
    }

    #[test]
    fn a_score_does_not_depend_on_other_nodes(
        request in requests(), one in candidates(), others in prop::collection::vec(candidates(), 0..5),
    ) {
        let alone = place(&request, std::slice::from_ref(&one)).nodes.remove(0);
        let one = Candidate { node: NodeId(Uuid::from_u128(99)), name: Slug::nearest("one", "one"), ..one };
        let mut all = others;
        all.push(one);
        let among = place(&request, &all).nodes.into_iter().find(|v| v.node == NodeId(Uuid::from_u128(99)));
        prop_assert_eq!(among.map(|v| (v.score, v.fits)), Some((alone.score, alone.fits)));
    }

    #[test]
    fn a_fuller_node_never_scores_higher(
        request in requests(), node in candidates(),
        memory in sizes(), storage in sizes(), percent in 0.0..100.0f64, load in 0.0..100.0f64, outages in any::<u32>(),
    ) {
        let fuller = Candidate {
            memory_free: node.memory_free.minus(memory),
            storage_free: node.storage_free.minus(storage),
            cpu_percent: node.cpu_percent + percent,
            load1: node.load1 + load,
            outages_30d: node.outages_30d.saturating_add(outages),
            ..node.clone()
        };
        let (before, after) = (place(&request, &[node]), place(&request, &[fuller]));
        prop_assert!(after.nodes[0].score <= before.nodes[0].score);
        prop_assert!(before.nodes[0].fits || !after.nodes[0].fits);
    }
}
