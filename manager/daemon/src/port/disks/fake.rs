//! Disks in memory.

use super::{ApplianceError, Disks, InstallProgress};
use async_trait::async_trait;
use hearth_model::{
    system::{Disk, FsKind, Volume},
    units::Bytes,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Has what it is told to have; at first Hearth's own `vda`, a USB disk `sda` with a file system, and an empty `sdb`.
#[derive(Debug)]
pub struct FakeDisks(Mutex<Vec<Disk>>);

/// Id of the file system that the USB disk has at first.
const FIRST: &str = "1A2B-3C4D";
/// Id of the file system that formatting makes.
const MADE: &str = "6c1e6f0a-0d4b-4c53-9a55-0f6a5b8d0001";

fn volume(name: &str, size: Bytes, kind: FsKind, uuid: &str) -> Option<Volume> {
    Some(Volume {
        name: name.parse().ok()?,
        size,
        content: Some(kind.word().to_owned()),
        file_system: Some(kind),
        label: Some("PHOTOS".to_owned()),
        uuid: uuid.parse().ok(),
        mounted_at: Vec::new(),
        free: None,
    })
}

fn disk(name: &str, seq: u64, model: &str, bus: &str, size: Bytes) -> Option<Disk> {
    Some(Disk {
        name: name.parse().ok()?,
        seq,
        model: Some(model.to_owned()),
        serial: Some(format!("S{seq}")),
        bus: Some(bus.to_owned()),
        size,
        removable: bus == "usb",
        read_only: false,
        own: false,
        volumes: Vec::new(),
    })
}

impl Default for FakeDisks {
    fn default() -> Self {
        let own = disk("vda", 1, "virtio", "virtio", Bytes::gib(8)).map(|disk| Disk { own: true, ..disk });
        let usb = disk("sda", 2, "Elements", "usb", Bytes::gib(64)).map(|disk| Disk {
            volumes: volume("sda1", Bytes::gib(64), FsKind::Exfat, FIRST)
                .into_iter()
                .collect(),
            ..disk
        });
        let empty = disk("sdb", 3, "SSD", "ata", Bytes::gib(16));
        Self(Mutex::new([usb, empty, own].into_iter().flatten().collect()))
    }
}

impl FakeDisks {
    /// What there is, to be changed.
    pub fn all(&self) -> MutexGuard<'_, Vec<Disk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(
        &self,
        attempt: &'static str,
        disk: &Disk,
        contents: impl FnOnce(&Disk) -> Vec<Volume>,
    ) -> Result<(), ApplianceError> {
        let mut all = self.all();
        let there = all
            .iter_mut()
            .find(|there| there.name == disk.name && there.seq == disk.seq);
        let Some(there) = there else {
            return Err(ApplianceError::refused(
                attempt,
                format!("there is no disk {} any more", disk.name),
            ));
        };
        if let Some(why) = there.kept_because() {
            return Err(ApplianceError::refused(attempt, why));
        }
        there.volumes = contents(there);
        Ok(())
    }
}

#[async_trait]
impl Disks for FakeDisks {
    async fn list(&self) -> Result<Vec<Disk>, ApplianceError> {
        Ok(self.all().clone())
    }

    async fn format(&self, disk: &Disk) -> Result<(), ApplianceError> {
        self.write("format the disk", disk, |there| {
            let part = format!("{}1", there.name);
            volume(&part, there.size, FsKind::Ext4, MADE).into_iter().collect()
        })
    }

    async fn install(&self, disk: &Disk, progress: &watch::Sender<InstallProgress>) -> Result<(), ApplianceError> {
        let word = "copying".to_owned();
        // That nobody looks is no fault.
        let _ = progress.send(InstallProgress { percent: 40, word });
        self.write("install onto the disk", disk, |there| {
            let parts = ["boot", "rootfs-a", "rootfs-b", "data"].into_iter().zip(1..);
            let parts = parts.filter_map(|(label, n)| {
                let part = volume(
                    &format!("{}{n}", there.name),
                    there.size,
                    FsKind::Ext4,
                    &format!("{MADE}{n}"),
                )?;
                let label = Some(label.to_owned());
                Some(Volume { label, ..part })
            });
            parts.collect()
        })
    }

    async fn stop_install(&self, _: &Disk) -> Result<(), ApplianceError> {
        Ok(())
    }
}
