//! The name of the box, through systemd-hostnamed, and what Avahi makes of it.
//!
//! Sources: org.freedesktop.hostname1(5); org.freedesktop.Avahi.Server.xml of Avahi.

use super::bus::{Bus, refused};
use crate::port::{appliance::ApplianceError, host_names::HostNames};
use async_trait::async_trait;
use hearth_model::name::Slug;
use zbus_systemd::{hostname1::HostnamedProxy, systemd1::ManagerProxy};

/// Announces the name. It asks for it when it starts, and never again.
const ANNOUNCER: &str = "avahi-daemon.service";

/// The server of Avahi, as far as it is used here.
#[zbus::proxy(
    interface = "org.freedesktop.Avahi.Server",
    default_service = "org.freedesktop.Avahi",
    default_path = "/"
)]
trait Avahi {
    /// The name that it announces; another than the machine's when that one was taken.
    fn get_host_name_fqdn(&self) -> zbus::Result<String>;
}

/// The name of the machine that this process runs on.
#[derive(Debug)]
pub struct Hostnamed {
    bus: Bus,
}

impl Hostnamed {
    /// Of the machine on this bus.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus }
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
        let refused = refused("tell under which name it answers");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let avahi = AvahiProxy::new(&connection).await.map_err(&refused)?;
        avahi.get_host_name_fqdn().await.map_err(&refused)
    }

    async fn set(&self, name: &Slug) -> Result<(), ApplianceError> {
        let refused = refused("be given a name");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let hostnamed = HostnamedProxy::new(&connection).await.map_err(&refused)?;
        // The kernel's name follows the static one.
        let set = hostnamed.set_static_hostname(name.to_string(), false).await;
        set.map_err(&refused)?;
        let systemd = ManagerProxy::new(&connection).await.map_err(&refused)?;
        let restarted = systemd.restart_unit(ANNOUNCER.to_owned(), "replace".to_owned()).await;
        restarted.map(drop).map_err(&refused)
    }
}
