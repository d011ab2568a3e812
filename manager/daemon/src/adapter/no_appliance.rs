//! Stands where Hearth runs on somebody's own system: nothing of it is Hearth's to change.

use crate::port::{
    appliance::ApplianceError::{self, NoAppliance as Absent},
    disks::{Disks, InstallProgress},
    host_names::HostNames,
    journal::Journal,
    mounts::{MountError, Mounts},
    network::Network,
    reset::Reset,
    ssh_access::SshAccess,
    time_settings::TimeSettings,
    units::Units,
    vault::Plaintext,
};
use async_trait::async_trait;
use hearth_model::{
    name::Slug,
    stats::DiskSpace,
    system::{
        Disk, JournalFilter, JournalLine, LinkName, LinkSettings, Mount, NetworkLink, SshSettings, TimeStatus,
        TimeSync, UnitName, UnitStatus, UnitVerb,
    },
};
use tokio::sync::{mpsc, watch};

/// No appliance.
#[derive(Debug, Clone, Copy)]
pub struct NoAppliance;

#[async_trait]
impl HostNames for NoAppliance {
    async fn get(&self) -> Result<String, ApplianceError> {
        Err(Absent)
    }
    async fn announced(&self) -> Result<String, ApplianceError> {
        Err(Absent)
    }
    async fn set(&self, _: &Slug) -> Result<(), ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl TimeSettings for NoAppliance {
    async fn status(&self) -> Result<TimeStatus, ApplianceError> {
        Err(Absent)
    }
    async fn set_zone(&self, _: &str) -> Result<(), ApplianceError> {
        Err(Absent)
    }
    async fn set_sync(&self, _: &TimeSync) -> Result<(), ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl Units for NoAppliance {
    async fn list(&self, _: &[&str]) -> Result<Vec<UnitStatus>, ApplianceError> {
        Err(Absent)
    }
    async fn act(&self, _: &UnitName, _: UnitVerb) -> Result<(), ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl Journal for NoAppliance {
    async fn read(
        &self,
        _: &JournalFilter,
        _: usize,
        _: bool,
        _: mpsc::Sender<JournalLine>,
    ) -> Result<(), ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl Network for NoAppliance {
    async fn links(&self) -> Result<Vec<NetworkLink>, ApplianceError> {
        Err(Absent)
    }
    async fn apply(&self, _: &LinkName, _: &LinkSettings) -> Result<(), ApplianceError> {
        Err(Absent)
    }
    async fn confirm(&self) -> Result<(), ApplianceError> {
        Err(Absent)
    }
    async fn put_back(&self) -> Result<Vec<LinkName>, ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl SshAccess for NoAppliance {
    async fn get(&self) -> Result<SshSettings, ApplianceError> {
        Err(Absent)
    }
    async fn set(&self, _: &SshSettings) -> Result<(), ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl Reset for NoAppliance {
    async fn request(&self) -> Result<(), ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl Disks for NoAppliance {
    async fn list(&self) -> Result<Vec<Disk>, ApplianceError> {
        Err(Absent)
    }
    async fn format(&self, _: &Disk) -> Result<(), ApplianceError> {
        Err(Absent)
    }
    async fn install(&self, _: &Disk, _: &watch::Sender<InstallProgress>) -> Result<(), ApplianceError> {
        Err(Absent)
    }
    async fn stop_install(&self, _: &Disk) -> Result<(), ApplianceError> {
        Err(Absent)
    }
}

#[async_trait]
impl Mounts for NoAppliance {
    async fn keep(&self, _: &[Mount]) -> Result<(), ApplianceError> {
        Err(Absent)
    }
    async fn mount(&self, _: &Mount, _: Option<&Plaintext>) -> Result<(), MountError> {
        Err(Absent.into())
    }
    async fn unmount(&self, _: &Slug) -> Result<(), ApplianceError> {
        Err(Absent)
    }
    async fn mounted(&self, _: &Mount) -> Result<Option<Option<DiskSpace>>, ApplianceError> {
        Err(Absent)
    }
}
