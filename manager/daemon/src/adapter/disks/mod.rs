//! The disks of the box: read from the kernel's and udev's own tables, written by units of the image that systemd starts
//! (docs/adr/0015-disks-without-a-daemon.md).

mod tables;

use super::{bus::Bus, unit_job::UnitJob, unit_log};
use crate::port::{
    appliance::ApplianceError,
    clock::Clock,
    disks::{Disks, InstallProgress},
    journal::Journal,
};
use async_trait::async_trait;
use hearth_model::system::{Disk, UnitVerb};
use std::{convert::Infallible, sync::Arc, time::Duration};
pub use tables::DiskTables;
use tokio::sync::watch;

/// Longer than the units may take.
const TO_FORMAT: Duration = Duration::from_secs(16 * 60);
const TO_INSTALL: Duration = Duration::from_secs(200 * 60);
const TO_STOP: Duration = Duration::from_secs(100);
/// How often it is looked how far an installation is.
const LOOK: Duration = Duration::from_secs(1);

/// The disks of the machine that this process runs on.
pub struct KernelDisks {
    bus: Bus,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    tables: DiskTables,
}

impl KernelDisks {
    /// Of the machine on this bus, with these tables; its journal has what the units say.
    #[must_use]
    pub fn new(bus: Bus, journal: Arc<dyn Journal>, clock: Arc<dyn Clock>, tables: DiskTables) -> Self {
        Self {
            bus,
            journal,
            clock,
            tables,
        }
    }

    /// Tells how far an installation is, again and again.
    async fn tell(&self, progress: &watch::Sender<InstallProgress>) -> Infallible {
        loop {
            tokio::time::sleep(LOOK).await;
            let Some(step) = self.tables.progress() else { continue };
            progress.send_if_modified(|told| {
                let other = *told != step;
                *told = step;
                other
            });
        }
    }

    /// Runs a unit to its end; what it said last is why it failed.
    async fn run(&self, attempt: &'static str, unit: &str, limit: Duration) -> Result<(), ApplianceError> {
        let since = self.clock.now();
        let job = UnitJob::begin(&self.bus, attempt, unit, UnitVerb::Start).await?;
        let result = job.result(limit).await?;
        if result == "done" {
            return Ok(());
        }
        let lines = unit_log::said(self.journal.as_ref(), unit, since, |lines| !lines.is_empty()).await;
        let said = lines.into_iter().next_back();
        Err(ApplianceError::refused(
            attempt,
            said.unwrap_or(format!("{unit}: {result}")),
        ))
    }
}

fn installer(disk: &Disk) -> String {
    format!("hearth-install@{}-{}.service", disk.name, disk.seq)
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
        self.run("format the disk", &unit, TO_FORMAT).await
    }

    async fn install(&self, disk: &Disk, progress: &watch::Sender<InstallProgress>) -> Result<(), ApplianceError> {
        let unit = installer(disk);
        tokio::select! {
            done = self.run("install onto the disk", &unit, TO_INSTALL) => done,
            never = self.tell(progress) => match never {},
        }
    }

    async fn stop_install(&self, disk: &Disk) -> Result<(), ApplianceError> {
        let job = UnitJob::begin(&self.bus, "stop the installation", &installer(disk), UnitVerb::Stop).await?;
        job.success(TO_STOP).await
    }
}
