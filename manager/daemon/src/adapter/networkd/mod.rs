//! The network of the box, through systemd-networkd and its settings.
//!
//! Source: org.freedesktop.network1(5), systemd.network(5).

mod describe;
mod files;

use super::bus::{Bus, refused};
use crate::port::{appliance::ApplianceError, network::Network};
use async_trait::async_trait;
use files::Files;
use hearth_model::system::{LinkName, LinkSettings, NetworkLink};
use std::path::PathBuf;
use zbus_systemd::network1::ManagerProxy;

/// The network of the machine that this process runs on.
#[derive(Debug)]
pub struct Networkd {
    bus: Bus,
    files: Files,
}

impl Networkd {
    /// Of the machine on this bus; `folder` has the settings of systemd-networkd.
    #[must_use]
    pub fn new(bus: Bus, folder: PathBuf) -> Self {
        Self {
            bus,
            files: Files::new(folder),
        }
    }

    /// Has networkd read its settings anew, and act on them for these links.
    async fn reload(&self, links: &[LinkName]) -> Result<(), ApplianceError> {
        let refused = refused("set its network up anew");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let networkd = ManagerProxy::new(&connection).await.map_err(&refused)?;
        networkd.reload().await.map_err(&refused)?;
        let told = networkd.describe().await.map_err(&refused)?;
        let there = describe::links(&told).map_err(|error| ApplianceError::refused("tell of its network", error))?;
        // One that was unplugged meanwhile finds its settings when it comes back.
        for link in links
            .iter()
            .filter(|link| there.iter().any(|known| known.name == **link))
        {
            let (index, _) = networkd.get_link_by_name(link.to_string()).await.map_err(&refused)?;
            // Reloading alone acts on new files, and not on one whose contents changed.
            networkd.reconfigure_link(index).await.map_err(&refused)?;
        }
        Ok(())
    }
}

fn unkept(error: std::io::Error) -> ApplianceError {
    ApplianceError::refused("keep the settings of its network", error)
}

#[async_trait]
impl Network for Networkd {
    async fn links(&self) -> Result<Vec<NetworkLink>, ApplianceError> {
        let attempt = "tell of its network";
        let refused = refused(attempt);
        let connection = self.bus.connection().await.map_err(&refused)?;
        let networkd = ManagerProxy::new(&connection).await.map_err(&refused)?;
        let told = networkd.describe().await.map_err(&refused)?;
        let mut links = describe::links(&told).map_err(|error| ApplianceError::refused(attempt, error))?;
        for link in &mut links {
            link.settings = self.files.settings(&link.name).map_err(unkept)?;
        }
        links.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(links)
    }

    async fn apply(&self, link: &LinkName, settings: &LinkSettings) -> Result<(), ApplianceError> {
        // Asked first: a link that is not there gets no file.
        let refused = refused("change its network");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let networkd = ManagerProxy::new(&connection).await.map_err(&refused)?;
        networkd.get_link_by_name(link.to_string()).await.map_err(&refused)?;
        self.files.apply(link, settings).map_err(unkept)?;
        self.reload(std::slice::from_ref(link)).await
    }

    async fn confirm(&self) -> Result<(), ApplianceError> {
        self.files.confirm().map_err(unkept)
    }

    async fn put_back(&self) -> Result<Vec<LinkName>, ApplianceError> {
        let links = self.files.put_back().map_err(unkept)?;
        if !links.is_empty() {
            self.reload(&links).await?;
            // Only now: what could not be reloaded is put back once more.
            self.files.confirm().map_err(unkept)?;
        }
        Ok(links)
    }
}
