//! The name of the box, through systemd-hostnamed, and what Avahi makes of it.
//!
//! Sources: org.freedesktop.hostname1(5); org.freedesktop.Avahi.Server.xml of Avahi.

use super::{
    bus::{Bus, refused},
    systemd::Systemd,
};
use crate::port::{appliance::ApplianceError, host_names::HostNames, units::Units as _};
use async_trait::async_trait;
use hearth_model::{
    name::Slug,
    system::{UnitName, UnitVerb},
};
use zbus_systemd::hostname1::HostnamedProxy;

/// Announces the name. It asks for it when it starts, and never again.
const ANNOUNCER: &str = "avahi-daemon.service";
/// What Avahi says of itself when its name is announced and nobody objected (`AVAHI_SERVER_RUNNING`).
const SETTLED: i32 = 2;

/// The server of Avahi, as far as it is used here.
#[zbus::proxy(
    interface = "org.freedesktop.Avahi.Server",
    default_service = "org.freedesktop.Avahi",
    default_path = "/"
)]
trait Avahi {
    /// How far it is with announcing.
    fn get_state(&self) -> zbus::Result<i32>;

    /// The name that it announces; another than the machine's when that one was taken.
    fn get_host_name_fqdn(&self) -> zbus::Result<String>;
}

/// The name of the machine that this process runs on.
#[derive(Debug)]
pub struct Hostnamed {
    bus: Bus,
    units: Systemd,
}

impl Hostnamed {
    /// Of the machine on this bus.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        let units = Systemd::new(bus.clone());
        Self { bus, units }
    }
}

#[async_trait]
impl HostNames for Hostnamed {
    async fn get(&self) -> Result<String, ApplianceError> {
        let refused = refused("tell its name");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let hostnamed = HostnamedProxy::new(&connection).await.map_err(&refused)?;
        hostnamed.static_hostname().await.map_err(&refused)
    }

    async fn announced(&self) -> Result<String, ApplianceError> {
        let attempt = "tell under which name it answers";
        let refused = refused(attempt);
        let connection = self.bus.connection().await.map_err(&refused)?;
        let avahi = AvahiProxy::new(&connection).await.map_err(&refused)?;
        if avahi.get_state().await.map_err(&refused)? != SETTLED {
            return Err(ApplianceError::refused(attempt, "that is not settled yet"));
        }
        avahi.get_host_name_fqdn().await.map_err(&refused)
    }

    async fn set(&self, name: &Slug) -> Result<(), ApplianceError> {
        let attempt = "be given a name";
        let refused = refused(attempt);
        let connection = self.bus.connection().await.map_err(&refused)?;
        let hostnamed = HostnamedProxy::new(&connection).await.map_err(&refused)?;
        // The kernel's name follows the static one.
        let set = hostnamed.set_static_hostname(name.to_string(), false).await;
        set.map_err(&refused)?;
        // Waits until it is there again: before, the old one answers with the old name.
        let announcer: UnitName = ANNOUNCER
            .parse()
            .map_err(|error| ApplianceError::refused(attempt, error))?;
        self.units.act(&announcer, UnitVerb::Restart).await
    }
}
