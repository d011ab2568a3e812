//! The disks of the box: read from the kernel's and udev's own tables, written by units of the image that systemd starts
//! (docs/adr/0015-disks-without-a-daemon.md).

mod tables;

use super::{bus::Bus, unit_job::UnitJob};
use crate::port::{appliance::ApplianceError, disks::Disks};
use async_trait::async_trait;
use hearth_model::system::{Disk, UnitVerb};
use std::time::Duration;
pub use tables::DiskTables;

/// Longer than the unit may take.
const LIMIT: Duration = Duration::from_secs(16 * 60);

/// The disks of the machine that this process runs on.
#[derive(Debug)]
pub struct KernelDisks {
    bus: Bus,
    tables: DiskTables,
}

impl KernelDisks {
    /// Of the machine on this bus, with these tables.
    #[must_use]
    pub fn new(bus: Bus, tables: DiskTables) -> Self {
        Self { bus, tables }
    }
}

#[async_trait]
impl Disks for KernelDisks {
    async fn list(&self) -> Result<Vec<Disk>, ApplianceError> {
        let (attempt, tables) = ("list its disks", self.tables.clone());
        let read = tokio::task::spawn_blocking(move || tables.disks()).await;
        let read = read.map_err(|error| ApplianceError::refused(attempt, error))?;
        read.map_err(|error| ApplianceError::refused(attempt, error))
    }

    async fn format(&self, disk: &Disk) -> Result<(), ApplianceError> {
        let unit = format!("hearth-format@{}-{}.service", disk.name, disk.seq);
        let job = UnitJob::begin(&self.bus, "format the disk", &unit, UnitVerb::Start).await?;
        job.success(LIMIT).await
    }
}
