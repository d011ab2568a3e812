//! Mounted disks: their kind from where they hang in `/sys`, their size from `df -Pk`.

use super::sections::{Sections, clean};
use crate::{
    facts::{Disk, DiskKind},
    stats::DiskSpace,
    units::Bytes,
};
use std::collections::BTreeMap;

/// Most disks that are kept of one machine.
const MAX_DISKS: usize = 64;

/// Total and free space by mount point, and the device that df names.
pub(super) fn spaces(sections: &Sections) -> BTreeMap<String, (String, DiskSpace)> {
    sections.lines("df").filter_map(space).take(MAX_DISKS).collect()
}

/// A line of `df -Pk`: device, 1024-blocks, used, available, capacity, mount point (which may hold spaces).
///
/// Source: POSIX.1-2017, utility df, option -P.
fn space(line: &str) -> Option<(String, (String, DiskSpace))> {
    // The mount point begins after the sign of the percentage: the device may hold spaces too, the mount always begins with /.
    let (left, mount) = line.split_once("% /").or_else(|| line.split_once("- /"))?;
    let mut words = left.split_whitespace().rev().skip(1);
    let free = kib(words.next()?)?;
    let total = kib(words.nth(1)?)?;
    let device = words.next()?;
    let mount = clean(&format!("/{mount}"));
    Some((mount, (clean(device), DiskSpace { total, free })))
}

fn kib(text: &str) -> Option<Bytes> {
    text.parse::<u64>().ok()?.checked_mul(1024).map(Bytes)
}

/// The disks: what `/proc/self/mountinfo` and `/sys` say of each, with df's sizes.
pub(super) fn disks(sections: &Sections) -> Vec<Disk> {
    let spaces = spaces(sections);
    let mut also: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, mount) in sections.lines("also").filter_map(|line| line.split_once(' ')) {
        also.entry(key).or_default().push(clean(&unescape(mount)));
    }
    let mut told: BTreeMap<String, (DiskKind, String, String, Vec<String>)> = BTreeMap::new();
    for line in sections.lines("mounts") {
        let mut words = line.splitn(5, ' ');
        let (Some(rotational), Some(block), Some(filesystem), Some(source), Some(mount)) =
            (words.next(), words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let mount = clean(&unescape(mount));
        let also = also.remove(key(source)).unwrap_or_default();
        told.insert(
            mount,
            (
                kind(rotational, block),
                clean(filesystem),
                clean(&unescape(source)),
                also,
            ),
        );
    }
    spaces
        .into_iter()
        .map(|(mount, (device, space))| {
            let unknown = || (DiskKind::Unknown, "unknown".to_owned(), device, Vec::new());
            let (kind, filesystem, source, also) = told.remove(&mount).unwrap_or_else(unknown);
            Disk {
                device: source,
                mount,
                also,
                filesystem,
                kind,
                total: space.total,
            }
        })
        .collect()
}

/// What a disk is known by, as `mounts.sh` has it: its device, or the pool of a data set.
fn key(source: &str) -> &str {
    match source.split_once('/') {
        Some((pool, _)) if !pool.is_empty() => pool,
        _ => source,
    }
}

/// The kind of medium. The kernel calls virtual disks and what hangs behind a USB bridge rotating when it does not know.
///
/// Source: Documentation/ABI/stable/sysfs-block of Linux, `queue/rotational`.
fn kind(rotational: &str, block: &str) -> DiskKind {
    let within = |parts: &[&str]| parts.iter().any(|part| block.contains(part));
    match rotational {
        _ if within(&["/mmc"]) => DiskKind::SdCard,
        _ if within(&["/nvme"]) => DiskKind::Ssd,
        _ if within(&["/virtual/"]) => DiskKind::Unknown,
        "0" => DiskKind::Ssd,
        "1" if !within(&["/virtio", "/vbd-", "/usb"]) => DiskKind::Hdd,
        _ => DiskKind::Unknown,
    }
}

/// Undoes the escapes of `/proc/self/mountinfo`: `\040` and the like for space, tab, newline and backslash.
///
/// Source: proc_pid_mountinfo(5).
#[must_use]
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let code = rest
            .get(at + 1..at + 4)
            .and_then(|digits| u8::from_str_radix(digits, 8).ok())
            .filter(u8::is_ascii);
        match code {
            Some(code) => {
                out.push(char::from(code));
                rest = &rest[at + 4..];
            }
            None => {
                out.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df_lines() {
        let line = "/dev/sda1  263174212 31267800 218541900      13% /media/My Disk";
        let (mount, (device, space)) = space(line).expect("a df line");
        assert_eq!((mount.as_str(), device.as_str()), ("/media/My Disk", "/dev/sda1"));
        assert_eq!(space.total, Bytes(263_174_212 * 1024));
        assert_eq!(space.free, Bytes(218_541_900 * 1024));
        for line in [
            "",
            "Filesystem 1024-blocks Used Available Capacity Mounted on",
            "a b c d% /",
            "% /",
        ] {
            assert_eq!(super::space(line), None, "{line:?}");
        }
    }

    #[test]
    fn kinds() {
        let pci = "/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda2";
        assert_eq!(kind("0", pci), DiskKind::Ssd);
        assert_eq!(kind("1", pci), DiskKind::Hdd);
        assert_eq!(
            kind("1", "/sys/devices/pci0000:00/virtio1/block/vda"),
            DiskKind::Unknown
        );
        assert_eq!(kind("0", "/sys/devices/pci0000:00/virtio1/block/vda"), DiskKind::Ssd);
        assert_eq!(kind("1", "/sys/devices/platform/usb1/1-1/block/sdb"), DiskKind::Unknown);
        assert_eq!(kind("0", "/sys/devices/virtual/block/loop0"), DiskKind::Unknown);
        assert_eq!(
            kind(
                "0",
                "/sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0/mmcblk0p2"
            ),
            DiskKind::SdCard
        );
        assert_eq!(kind("-", "-"), DiskKind::Unknown);
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(r"/media/My\040Disk"), "/media/My Disk");
        assert_eq!(unescape(r"/a\b\"), r"/a\b\");
        assert_eq!(unescape("/a\\é"), "/a\\é");
    }
}
