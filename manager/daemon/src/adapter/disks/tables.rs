//! Reading the tables: sysfs for what is plugged in, udev's database for what is on it, the kernel's table of mounts.
//!
//! Source: the kernel's Documentation/ABI/{stable,testing}/sysfs-block; udev's database is what `udevadm info` shows.

use crate::{
    adapter::mount_table::{self, Mounted},
    port::disks::InstallProgress,
};
use hearth_model::{
    system::{Disk, DiskName, FsKind, Volume},
    units::Bytes,
};
use nix::sys::statvfs::statvfs;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The kernel counts in these, whatever the disk does.
const SECTOR: u64 = 512;
/// Disks that are none: made of memory, of files and of other disks.
const NOT_REAL: [&str; 7] = ["loop", "ram", "zram", "dm-", "md", "nbd", "sr"];

/// Where the tables are.
#[derive(Debug, Clone)]
pub struct DiskTables {
    /// sysfs.
    pub sys: PathBuf,
    /// Folder of udev's database.
    pub udev: PathBuf,
    /// Table of mounts.
    pub mounts: PathBuf,
    /// How far an installation is.
    pub progress: PathBuf,
}

impl DiskTables {
    /// Those of the machine that this process runs on.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self {
            sys: "/sys".into(),
            udev: "/run/udev/data".into(),
            mounts: "/proc/self/mountinfo".into(),
            progress: "/run/hearth-install/progress".into(),
        }
    }

    /// How far an installation is; none when there is nothing to be read.
    pub(super) fn progress(&self) -> Option<InstallProgress> {
        let text = fs::read_to_string(&self.progress).ok()?;
        let (percent, word) = text.trim().split_once(' ')?;
        Some(InstallProgress {
            percent: percent.parse().ok()?,
            word: word.to_owned(),
        })
    }

    pub(super) fn disks(&self) -> io::Result<Vec<Disk>> {
        let table = fs::read_to_string(&self.mounts)?;
        let mounts: Vec<_> = mount_table::mounts(&table).collect();
        let own = mounts.iter().find(|mount| mount.place == "/").and_then(|root| {
            let device = fs::canonicalize(self.sys.join("dev/block").join(root.device)).ok()?;
            device.parent()?.file_name()?.to_str().map(str::to_owned)
        });
        let mut disks = Vec::new();
        for entry in fs::read_dir(self.sys.join("block"))? {
            let (folder, file) = (
                entry.as_ref().map(fs::DirEntry::path),
                entry.as_ref().map(fs::DirEntry::file_name),
            );
            let (Ok(folder), Ok(file)) = (folder, file) else {
                continue;
            };
            let name = file.to_string_lossy();
            // Also the parts of a memory card that only its maker uses, such as mmcblk0boot0.
            let real = !NOT_REAL.iter().any(|prefix| name.starts_with(prefix))
                && !name.contains("boot")
                && !name.contains("rpmb");
            if let (true, Ok(name)) = (real, name.parse::<DiskName>()) {
                let is_own = own.as_deref() == Some(name.as_str());
                disks.extend(self.disk(&folder, name, is_own, &mounts));
            }
        }
        disks.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(disks)
    }

    /// A disk; none for a drive that has no disk in it, or one that went while it was looked at.
    fn disk(&self, folder: &Path, name: DiskName, own: bool, mounts: &[Mounted<'_>]) -> Option<Disk> {
        let size = size(folder).filter(|size| size.0 > 0)?;
        let udev = self.properties(folder);
        let mut parts: Vec<(u32, Volume)> = fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| {
                let part = entry.ok()?.path();
                let number = word(&part, "partition")?.parse().ok()?;
                let name = part.file_name()?.to_str()?.parse().ok()?;
                Some((number, self.volume(&part, name, mounts)?))
            })
            .collect();
        parts.sort_by_key(|(number, _)| *number);
        let mut volumes: Vec<Volume> = parts.into_iter().map(|(_, volume)| volume).collect();
        if volumes.is_empty() {
            let whole = self.volume(folder, name.clone(), mounts)?;
            volumes.extend((whole.content.is_some() || !whole.mounted_at.is_empty()).then_some(whole));
        }
        let bus = bus(name.as_str(), &udev);
        let named = ["device/model", "device/name"]
            .into_iter()
            .find_map(|file| word(folder, file));
        Some(Disk {
            seq: word(folder, "diskseq")?.parse().ok()?,
            model: named.or_else(|| udev.get("ID_MODEL").map(|model| model.replace('_', " "))),
            serial: udev
                .get("ID_SERIAL_SHORT")
                .cloned()
                .or_else(|| word(folder, "device/serial")),
            removable: word(folder, "removable").as_deref() == Some("1") || bus.as_deref() == Some("usb"),
            read_only: word(folder, "ro").as_deref() == Some("1"),
            name,
            bus,
            size,
            own,
            volumes,
        })
    }

    fn volume(&self, folder: &Path, name: DiskName, mounts: &[Mounted<'_>]) -> Option<Volume> {
        let udev = self.properties(folder);
        let (device, source) = (word(folder, "dev")?, format!("/dev/{name}"));
        // Some file systems have a number of their own there.
        let here = mounts
            .iter()
            .filter(|mount| mount.device == device || mount.source == source);
        let mut mounted_at: Vec<String> = here.map(|mount| mount.place.clone()).collect();
        mounted_at.sort();
        mounted_at.dedup();
        let content = udev.get("ID_FS_TYPE").cloned();
        let space = mounted_at.first().and_then(|place| statvfs(place.as_str()).ok());
        Some(Volume {
            size: size(folder)?,
            file_system: content.as_deref().and_then(FsKind::of),
            content,
            label: udev.get("ID_FS_LABEL").or(udev.get("ID_PART_ENTRY_NAME")).cloned(),
            uuid: udev.get("ID_FS_UUID").and_then(|uuid| uuid.parse().ok()),
            free: space.map(|fs| Bytes(fs.blocks_available() * fs.fragment_size())),
            mounted_at,
            name,
        })
    }

    /// What udev knows of a device.
    fn properties(&self, folder: &Path) -> BTreeMap<String, String> {
        let file = word(folder, "dev").map(|device| self.udev.join(format!("b{device}")));
        let text = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let pairs = text.lines().filter_map(|line| line.strip_prefix("E:")?.split_once('='));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }
}

/// The word in a file; none when it is empty.
fn word(folder: &Path, file: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(file)).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn size(folder: &Path) -> Option<Bytes> {
    let sectors: u64 = word(folder, "size")?.parse().ok()?;
    Some(Bytes(sectors * SECTOR))
}

fn bus(name: &str, udev: &BTreeMap<String, String>) -> Option<String> {
    let of_name = [("nvme", "nvme"), ("mmcblk", "mmc"), ("vd", "virtio")];
    let known = of_name.into_iter().find(|(prefix, _)| name.starts_with(prefix));
    known
        .map(|(_, bus)| bus.to_owned())
        .or_else(|| udev.get("ID_BUS").cloned())
}
