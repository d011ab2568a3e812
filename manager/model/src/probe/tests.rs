//! Whole answers of several systems, damaged ones, and those of the machine the tests run on.

use super::{MAX_ANSWER_BYTES, PROBE_FACTS, PROBE_STATS, ProbeError, parse_facts, parse_stats};
use crate::{
    facts::{Arch, DiskKind, Facts},
    units::Bytes,
};
use proptest::prelude::*;
use std::{
    io::Write,
    process::{Command, Stdio},
};

const DEBIAN: &str = include_str!("fixtures/debian_vm.facts");
const RASPBERRY: &str = include_str!("fixtures/raspberry_pi_os.facts");
const ALPINE: &str = include_str!("fixtures/alpine.facts");
const FEDORA: &str = include_str!("fixtures/fedora.facts");
const DEBIAN_STATS: &str = include_str!("fixtures/debian_vm.stats");
const ALPINE_STATS: &str = include_str!("fixtures/alpine.stats");

fn facts(answer: &str) -> Facts {
    parse_facts(answer.as_bytes()).expect("a whole answer")
}

fn disks(facts: &Facts) -> Vec<(&str, &str, DiskKind)> {
    facts
        .disks
        .iter()
        .map(|disk| (disk.mount.as_str(), disk.filesystem.as_str(), disk.kind))
        .collect()
}

#[test]
fn debian_in_a_virtual_machine() {
    let facts = facts(DEBIAN);
    assert_eq!(facts.hostname, "nas");
    assert_eq!(facts.arch, Some(Arch::Amd64));
    assert_eq!(facts.model.as_deref(), Some("QEMU Standard PC (Q35 + ICH9, 2009)"));
    assert_eq!((facts.os_id.as_str(), facts.os_version.as_str()), ("debian", "13"));
    assert_eq!(facts.memory, Bytes(8_140_992 * 1024));
    assert_eq!(
        disks(&facts),
        [
            ("/", "ext4", DiskKind::Unknown),
            ("/media/My Disk", "exfat", DiskKind::Unknown),
            ("/srv/data", "xfs", DiskKind::Ssd),
        ]
    );
    let holds = |path: &str| facts.disk_of(path).map(|disk| disk.mount.as_str());
    assert_eq!(holds("/var/lib/docker/volumes"), Some("/srv/data"), "it is bound there");
    assert_eq!(holds("/srv/my films"), Some("/media/My Disk"));
    assert_eq!(holds("/var/lib"), Some("/"));
    assert_eq!(facts.interfaces.len(), 1, "docker0, br-… and veth… do not lead out");
    assert_eq!(facts.interfaces[0].addresses.len(), 2, "each address once");
    assert_eq!(facts.interfaces[0].speed_mbps, None, "-1 is not a speed");
    assert_eq!(facts.devices[0].name, "GPU (virtio_gpu)");
    assert_eq!(facts.virtualization.as_deref(), Some("kvm"));
    assert_eq!(facts.listening_ports, [22, 68, 5353, 8080]);
    assert_eq!(facts.engine, None);
}

#[test]
fn raspberry_pi_os() {
    let facts = facts(RASPBERRY);
    assert_eq!(facts.arch, Some(Arch::Arm64));
    assert_eq!(facts.model.as_deref(), Some("Raspberry Pi 5 Model B Rev 1.0"));
    assert_eq!(facts.cpu_model.as_deref(), Some("Cortex-A76"));
    assert_eq!(
        disks(&facts),
        [("/", "ext4", DiskKind::SdCard), ("/mnt/nvme", "ext4", DiskKind::Ssd)]
    );
    assert_eq!(
        facts.disk_of("/mnt/nvme/docker").map(|d| d.mount.as_str()),
        Some("/mnt/nvme")
    );
    assert_eq!(facts.virtualization, None);
    let names: Vec<&str> = facts.devices.iter().map(|device| device.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Coral accelerator",
            "GPU (v3d, vc4-drm)",
            "usb-ITead Sonoff Zigbee 3.0 USB Dongle Plus 0001-if00-port0",
            "Serial port ttyAMA0",
            "Serial port ttyUSB0",
            "rpivid",
        ]
    );
}

#[test]
fn alpine_with_busybox() {
    let facts = facts(ALPINE);
    assert_eq!(facts.model, None, "firmware that was never filled in says nothing");
    assert_eq!(facts.machine_id, None);
    assert_eq!(facts.arch, Some(Arch::Arm64));
    assert_eq!(facts.cpu_model.as_deref(), Some("Cortex-A72"));
    assert_eq!(facts.init, "openrc");
    assert_eq!(disks(&facts), [("/", "ext4", DiskKind::Hdd)]);
}

#[test]
fn fedora_with_a_bridge() {
    let facts = facts(FEDORA);
    assert_eq!(
        facts.model.as_deref(),
        Some("LENOVO ThinkCentre M720q"),
        "the maker once"
    );
    assert_eq!(facts.cpu_model.as_deref(), Some("Intel(R) Core(TM) i7-9700T CPU"));
    assert_eq!(facts.os_like, ["rhel", "centos"]);
    let names: Vec<&str> = facts.interfaces.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["br0", "enp0s31f6"]);
    assert_eq!(
        disks(&facts),
        [("/", "btrfs", DiskKind::Ssd), ("/srv", "xfs", DiskKind::Hdd)]
    );
}

#[test]
fn counters_and_levels() {
    let reading = parse_stats(DEBIAN_STATS.as_bytes()).expect("a whole answer");
    let counters = &reading.counters;
    assert!((counters.uptime_secs - 86_400.52).abs() < 1e-9);
    assert_eq!(counters.cpu_total_ticks, 1_050_200, "guests are in user already");
    assert_eq!(counters.cpu_busy_ticks, 142_200);
    assert_eq!(
        (counters.net_rx_bytes, counters.net_tx_bytes),
        (123_456_789, 98_765_432)
    );
    assert_eq!(
        (counters.disk_read_bytes, counters.disk_written_bytes),
        (1_500 * 512, 3_700 * 512),
        "whole disks, without partitions and loops"
    );
    assert_eq!(reading.memory_available, Bytes(7_023_456 * 1024));
    assert_eq!(reading.swap_used, Bytes(892 * 1024));
    assert_eq!(reading.temperature_c, Some(61.0));
    assert_eq!(reading.disks.len(), 2);
    assert_eq!(reading.disks["/srv/data"].free, Bytes(367_788_800 * 1024));
}

#[test]
fn an_old_kernel_without_sensors() {
    let reading = parse_stats(ALPINE_STATS.as_bytes()).expect("a whole answer");
    assert_eq!(reading.memory_available, Bytes((1_623_004 + 10_240 + 180_000) * 1024));
    assert_eq!(reading.temperature_c, None);
    assert_eq!(reading.counters.disk_read_bytes, 0);
}

#[test]
fn what_is_missing_is_named() {
    let cut = &DEBIAN_STATS[..DEBIAN_STATS.find("==df").expect("the section")];
    let error = parse_stats(cut.as_bytes()).expect_err("cut off");
    assert_eq!(error.to_string(), "the machine's answer lacks df, end");
    let refused = parse_facts(b"This account is currently not available.\n").expect_err("no answer");
    assert!(refused.to_string().contains("uname, os-release"), "{refused}");
    let broken = DEBIAN_STATS.replace("0.42 0.31", "NaN 0.31");
    assert!(matches!(
        parse_stats(broken.as_bytes()),
        Err(ProbeError::Unreadable { section: "loadavg", .. })
    ));
    let long = vec![b'x'; MAX_ANSWER_BYTES + 1];
    assert!(matches!(parse_facts(&long), Err(ProbeError::TooLarge { .. })));
}

#[test]
fn values_are_bounded_and_harmless() {
    let hostile = DEBIAN
        .replace(
            "PRETTY_NAME=\"",
            &format!("PRETTY_NAME=\"\u{1b}[31m{}", "A".repeat(5_000)),
        )
        .replace("/dev/kvm ", "/etc/shadow ");
    let facts = facts(&hostile);
    assert!(facts.os_name.chars().count() <= 200 && !facts.os_name.contains('\u{1b}'));
    assert!(facts.devices.iter().all(|device| device.path.starts_with("/dev/")));
}

fn run(shell: &str, script: &str) -> Option<Vec<u8>> {
    let mut words = shell.split(' ');
    let mut child = Command::new(words.next()?)
        .args(words)
        .args(["-s", "--"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    stdin.write_all(script.as_bytes()).ok()?;
    drop(stdin);
    Some(child.wait_with_output().ok()?.stdout)
}

#[test]
fn this_machine_answers() {
    let mut asked = 0;
    for shell in ["sh", "dash", "bash", "busybox sh"] {
        let (Some(facts), Some(stats)) = (run(shell, PROBE_FACTS), run(shell, PROBE_STATS)) else {
            continue;
        };
        asked += 1;
        let facts = parse_facts(&facts).expect(shell);
        let reading = parse_stats(&stats).expect(shell);
        assert!(facts.cpu_cores > 0 && facts.memory > Bytes(0));
        assert_eq!(facts.memory, reading.memory_total);
        assert!(facts.disk_of("/").is_some(), "{shell}: the root file system is there");
        let mounts: Vec<&String> = facts.disks.iter().map(|disk| &disk.mount).collect();
        assert_eq!(
            mounts,
            reading.disks.keys().collect::<Vec<_>>(),
            "{shell}: the same disks in both"
        );
    }
    assert!(asked > 0, "there is a shell");
}

proptest! {
    #[test]
    fn no_answer_panics(answer in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = (parse_facts(&answer), parse_stats(&answer));
    }

    #[test]
    fn no_damaged_answer_panics(
        which in 0..6usize,
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let whole = [DEBIAN, RASPBERRY, ALPINE, FEDORA, DEBIAN_STATS, ALPINE_STATS][which].as_bytes();
        let mut answer = whole.to_vec();
        let place = at.index(answer.len());
        answer.splice(place..(place + with.len()).min(whole.len()), with);
        let _ = (parse_facts(&answer), parse_stats(&answer));
        answer.truncate(cut.index(answer.len().max(1)));
        let cut_off = (parse_facts(&answer), parse_stats(&answer));
        prop_assert!(answer.ends_with(b"==end") || answer.ends_with(b"==end\n") || cut_off.0.is_err() || cut_off.1.is_err());
    }

    #[test]
    fn huge_numbers_do_not_overflow(number in any::<u128>()) {
        let text = DEBIAN_STATS.replace("123456789", &number.to_string()).replace("100000", &number.to_string());
        let _ = parse_stats(text.as_bytes());
    }
}
