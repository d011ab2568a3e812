//! Reads the answer to [`super::PROBE_STATS`].

use super::{
    ProbeError, disks, network,
    sections::{Sections, meminfo},
};
use crate::{
    stats::{Counters, Reading},
    units::Bytes,
};

/// Sections without which a reading says nothing; traffic, disk counters and temperatures may be missing.
const REQUIRED: [&str; 6] = ["uptime", "loadavg", "stat", "meminfo", "df", "end"];

/// Bytes of a sector in `/proc/diskstats`, whatever the disk's own. Source: Documentation/block/stat.rst of Linux.
const SECTOR_BYTES: u64 = 512;

/// Reads what a machine does at the moment. Unknown lines are passed over.
///
/// # Errors
/// [`ProbeError`]: too long, cut off, or without processor, memory and load.
pub fn parse_stats(answer: &[u8]) -> Result<Reading, ProbeError> {
    let sections = Sections::split(answer, &REQUIRED)?;
    let first = |section: &'static str| {
        sections
            .value(section)
            .and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok())
            .filter(|number| number.is_finite() && *number >= 0.0)
            .ok_or_else(|| sections.unreadable(section))
    };
    let (cpu_busy_ticks, cpu_total_ticks) = cpu(&sections).ok_or_else(|| sections.unreadable("stat"))?;
    let (net_rx_bytes, net_tx_bytes) = network::traffic(&sections);
    let (disk_read_bytes, disk_written_bytes) = disk_traffic(&sections);
    let kilobytes = |key| meminfo(&sections, key);
    let memory_total = kilobytes("MemTotal").ok_or_else(|| sections.unreadable("meminfo"))?;
    // Kernels before 3.14 have no MemAvailable.
    let roughly = || {
        ["MemFree", "Buffers", "Cached"]
            .into_iter()
            .filter_map(kilobytes)
            .fold(0u64, u64::saturating_add)
    };
    let memory_available = kilobytes("MemAvailable").unwrap_or_else(roughly).min(memory_total);
    let swap_total = kilobytes("SwapTotal").unwrap_or(0);
    let swap_free = kilobytes("SwapFree").unwrap_or(0);
    Ok(Reading {
        counters: Counters {
            uptime_secs: first("uptime")?,
            cpu_busy_ticks,
            cpu_total_ticks,
            net_rx_bytes,
            net_tx_bytes,
            disk_read_bytes,
            disk_written_bytes,
        },
        load1: first("loadavg")?,
        memory_total: Bytes(memory_total),
        memory_available: Bytes(memory_available),
        swap_used: Bytes(swap_total).minus(Bytes(swap_free)),
        disks: disks::spaces(&sections)
            .into_iter()
            .map(|(mount, (_, space))| (mount, space))
            .collect(),
        temperature_c: temperature(&sections),
    })
}

/// Busy and all ticks from the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
///
/// Source: proc_stat(5).
fn cpu(sections: &Sections) -> Option<(u64, u64)> {
    let line = sections.lines("stat").find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line
        .split_whitespace()
        .take(8)
        .map_while(|word| word.parse().ok())
        .collect();
    let idle = ticks.get(3)?.saturating_add(ticks.get(4).copied().unwrap_or(0));
    let total = ticks.iter().copied().fold(0, u64::saturating_add);
    Some((total.saturating_sub(idle), total))
}

/// Bytes read and written by whole disks: partitions, volumes and RAID lie on them and would count twice.
fn disk_traffic(sections: &Sections) -> (u64, u64) {
    let mut sum = (0u64, 0u64);
    for line in sections.lines("diskstats") {
        let words: Vec<&str> = line.split_whitespace().take(10).collect();
        let [_, _, name, _, _, read, _, _, _, written] = words.as_slice() else {
            continue;
        };
        if let (true, Ok(read), Ok(written)) = (is_whole_disk(name), read.parse::<u64>(), written.parse::<u64>()) {
            sum.0 = sum.0.saturating_add(read.saturating_mul(SECTOR_BYTES));
            sum.1 = sum.1.saturating_add(written.saturating_mul(SECTOR_BYTES));
        }
    }
    sum
}

/// `sda`, `vda`, `xvda`, `hda`, `nvme0n1`, `mmcblk0`; not their partitions, nor `loop`, `dm-`, `md`, `zram`.
fn is_whole_disk(name: &str) -> bool {
    let letters = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase());
    let digits = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = name.strip_prefix("nvme") {
        return rest.split_once('n').is_some_and(|(a, b)| digits(a) && digits(b));
    }
    if let Some(rest) = name.strip_prefix("mmcblk") {
        return digits(rest);
    }
    ["sd", "vd", "xvd", "hd"]
        .into_iter()
        .any(|prefix| name.strip_prefix(prefix).is_some_and(letters))
}

/// The highest plausible temperature; sensors tell thousandths of a degree, and nonsense when nothing is connected.
///
/// Source: Documentation/hwmon/sysfs-interface.rst of Linux.
fn temperature(sections: &Sections) -> Option<f64> {
    sections
        .lines_of_all("temp")
        .filter_map(|line| line.trim().parse::<i64>().ok())
        .filter(|thousandths| (1_000..=125_000).contains(thousandths))
        .max()
        .map(|thousandths| thousandths as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_disks() {
        for name in ["sda", "sdaa", "vda", "xvdb", "nvme0n1", "nvme10n2", "mmcblk0"] {
            assert!(is_whole_disk(name), "{name}");
        }
        for name in [
            "sda1",
            "vda15",
            "nvme0n1p1",
            "mmcblk0p2",
            "mmcblk0boot0",
            "loop0",
            "dm-0",
            "md0",
            "zram0",
            "sd",
        ] {
            assert!(!is_whole_disk(name), "{name}");
        }
    }
}
