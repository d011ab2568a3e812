//! What the box lets a person set of itself: the real adapters where Hearth runs on its own image, and nothing elsewhere.

use crate::{
    adapter::{
        bus::Bus,
        clock::SystemClock,
        disks::{DiskTables, KernelDisks},
        hostnamed::Hostnamed,
        journal::JournalFiles,
        mounts::{MountPlaces, MountUnits},
        networkd::Networkd,
        no_appliance::NoAppliance,
        reset::ResetRequest,
        ssh_access::SshServer,
        systemd::Systemd,
        timedated::Timedated,
    },
    config::ServeConfig,
    port::{
        disks::Disks, host_names::HostNames, journal::Journal, mounts::Mounts, network::Network, reset::Reset,
        ssh_access::SshAccess, time_settings::TimeSettings, units::Units,
    },
};
use std::sync::Arc;

/// The adapters of the box itself.
pub(super) struct Appliance {
    pub(super) disks: Arc<dyn Disks>,
    pub(super) host_names: Arc<dyn HostNames>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) mounts: Arc<dyn Mounts>,
    pub(super) network: Arc<dyn Network>,
    pub(super) reset: Arc<dyn Reset>,
    pub(super) ssh: Arc<dyn SshAccess>,
    pub(super) units: Arc<dyn Units>,
    pub(super) time: Arc<dyn TimeSettings>,
}

impl Appliance {
    pub(super) fn open(config: &ServeConfig) -> Self {
        let bus = Bus::system;
        match &config.appliance {
            Some(folder) => Self {
                disks: Arc::new(KernelDisks::new(
                    bus(),
                    Arc::new(JournalFiles::of_this_machine()),
                    Arc::new(SystemClock::new()),
                    DiskTables::of_this_machine(),
                )),
                host_names: Arc::new(Hostnamed::new(bus())),
                journal: Arc::new(JournalFiles::of_this_machine()),
                mounts: Arc::new(MountUnits::new(
                    bus(),
                    Arc::new(JournalFiles::of_this_machine()),
                    Arc::new(SystemClock::new()),
                    MountPlaces::on_appliance(folder),
                )),
                network: Arc::new(Networkd::new(bus(), folder.join("network"))),
                reset: Arc::new(ResetRequest::new(&config.data)),
                ssh: Arc::new(SshServer::new(bus(), folder.join("ssh/keys"))),
                units: Arc::new(Systemd::new(bus())),
                time: Arc::new(Timedated::new(bus(), folder.join("time"))),
            },
            None => Self {
                disks: Arc::new(NoAppliance),
                host_names: Arc::new(NoAppliance),
                journal: Arc::new(NoAppliance),
                mounts: Arc::new(NoAppliance),
                network: Arc::new(NoAppliance),
                reset: Arc::new(NoAppliance),
                ssh: Arc::new(NoAppliance),
                units: Arc::new(NoAppliance),
                time: Arc::new(NoAppliance),
            },
        }
    }
}
