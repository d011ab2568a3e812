//! The SSH server of the box: files that its unit and the server itself look at (`overlays/README.md`), and systemd to start and stop it.

use super::{
    bus::{Bus, refused},
    settings_file,
};
use crate::port::{appliance::ApplianceError, ssh_access::SshAccess};
use async_trait::async_trait;
use hearth_model::system::SshSettings;
use std::{io, path::PathBuf};
use zbus_systemd::systemd1::ManagerProxy;

/// Runs while there is a file `on`.
const SERVICE: &str = "hearth-ssh.service";

/// The SSH server of the machine that this process runs on.
#[derive(Debug)]
pub struct SshServer {
    bus: Bus,
    folder: PathBuf,
}

impl SshServer {
    /// Of the machine on this bus; `folder` has the keys that the server takes.
    #[must_use]
    pub fn new(bus: Bus, folder: PathBuf) -> Self {
        Self { bus, folder }
    }

    fn read(&self) -> io::Result<SshSettings> {
        let keys = settings_file::read(&self.folder.join("authorized_keys"))?.unwrap_or_default();
        Ok(SshSettings {
            on: self.folder.join("on").try_exists()?,
            keys: keys.lines().filter_map(|line| line.parse().ok()).collect(),
        })
    }

    fn keep(&self, settings: &SshSettings) -> io::Result<()> {
        let keys: String = settings.keys.iter().map(|key| format!("{key}\n")).collect();
        settings_file::write(&self.folder.join("authorized_keys"), &keys)?;
        let on = self.folder.join("on");
        if settings.on {
            settings_file::write(&on, "")
        } else {
            settings_file::remove(&on)
        }
    }
}

fn unkept(error: io::Error) -> ApplianceError {
    ApplianceError::refused("keep who may log in", error)
}

#[async_trait]
impl SshAccess for SshServer {
    async fn get(&self) -> Result<SshSettings, ApplianceError> {
        self.read().map_err(unkept)
    }

    async fn set(&self, settings: &SshSettings) -> Result<(), ApplianceError> {
        let before = self.read().map_err(unkept)?;
        self.keep(settings).map_err(unkept)?;
        // The server reads the keys at each login.
        if before.on == settings.on {
            return Ok(());
        }
        let refused = refused("start or stop its SSH server");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let systemd = ManagerProxy::new(&connection).await.map_err(&refused)?;
        let (unit, mode) = (SERVICE.to_owned(), "replace".to_owned());
        let job = if settings.on {
            systemd.restart_unit(unit, mode).await
        } else {
            systemd.stop_unit(unit, mode).await
        };
        job.map(drop).map_err(&refused)
    }
}
