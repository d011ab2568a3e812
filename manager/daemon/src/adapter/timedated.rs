//! Time zone and time servers of the box, through systemd-timedated and the settings of systemd-timesyncd.
//!
//! timedated's own switch for time from the network enables and disables units, which is not possible where `/etc` cannot be written:
//! the service is switched off by a file instead (`overlays/README.md`).
//!
//! Source: org.freedesktop.timedate1(5), timesyncd.conf(5).

use super::{
    bus::{Bus, refused},
    settings_file,
};
use crate::port::{appliance::ApplianceError, time_settings::TimeSettings};
use async_trait::async_trait;
use hearth_model::system::{TimeStatus, TimeSync};
use std::{io, path::PathBuf};
use zbus_systemd::{systemd1::ManagerProxy, timedate1::TimedatedProxy};

/// Sets the clock from the network.
const SERVICE: &str = "systemd-timesyncd.service";

/// The time of the machine that this process runs on.
#[derive(Debug)]
pub struct Timedated {
    bus: Bus,
    folder: PathBuf,
}

impl Timedated {
    /// Of the machine on this bus; `folder` has the settings of systemd-timesyncd.
    #[must_use]
    pub fn new(bus: Bus, folder: PathBuf) -> Self {
        Self { bus, folder }
    }

    fn sync(&self) -> io::Result<TimeSync> {
        let text = settings_file::read(&self.folder.join("hearth.conf"))?.unwrap_or_default();
        let servers = text.lines().filter_map(|line| line.strip_prefix("NTP="));
        let servers = servers.flat_map(str::split_ascii_whitespace);
        Ok(TimeSync {
            on: !self.folder.join("off").try_exists()?,
            servers: servers.filter_map(|server| server.parse().ok()).collect(),
        })
    }

    fn keep(&self, sync: &TimeSync) -> io::Result<()> {
        let (servers, off) = (self.folder.join("hearth.conf"), self.folder.join("off"));
        if sync.servers.is_empty() {
            settings_file::remove(&servers)?;
        } else {
            settings_file::write(&servers, &format!("[Time]\nNTP={}\n", sync.line()))?;
        }
        if sync.on {
            settings_file::remove(&off)
        } else {
            settings_file::write(&off, "")
        }
    }
}

#[async_trait]
impl TimeSettings for Timedated {
    async fn status(&self) -> Result<TimeStatus, ApplianceError> {
        let refused = refused("tell how it keeps time");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let timedated = TimedatedProxy::new(&connection).await.map_err(&refused)?;
        let sync = self.sync();
        Ok(TimeStatus {
            time_zone: timedated.timezone().await.map_err(&refused)?,
            synchronized: timedated.ntp_synchronized().await.map_err(&refused)?,
            sync: sync.map_err(|error| ApplianceError::refused("read its time servers", error))?,
        })
    }

    async fn set_zone(&self, zone: &str) -> Result<(), ApplianceError> {
        let refused = refused("set its time zone");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let timedated = TimedatedProxy::new(&connection).await.map_err(&refused)?;
        timedated.set_timezone(zone.to_owned(), false).await.map_err(&refused)
    }

    async fn set_sync(&self, sync: &TimeSync) -> Result<(), ApplianceError> {
        let kept = self.keep(sync);
        kept.map_err(|error| ApplianceError::refused("keep its time servers", error))?;
        let refused = refused("begin with its time servers");
        let connection = self.bus.connection().await.map_err(&refused)?;
        let systemd = ManagerProxy::new(&connection).await.map_err(&refused)?;
        let (unit, mode) = (SERVICE.to_owned(), "replace".to_owned());
        let job = if sync.on {
            systemd.restart_unit(unit, mode).await
        } else {
            systemd.stop_unit(unit, mode).await
        };
        job.map(drop).map_err(&refused)
    }
}
