//! This machine, through logind.
//!
//! Source: org.freedesktop.login1(5).

use super::bus::{Bus, words};
use crate::port::machine::{Machine, MachineError};
use async_trait::async_trait;
use std::{fs, io, path::PathBuf};
use zbus_systemd::login1::ManagerProxy;

/// The kernel's word for the time since it was started.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// Longest note of a failed start.
const MOST: usize = 4 << 10;

/// The machine that this process runs on.
#[derive(Debug)]
pub struct LoginMachine {
    bus: Bus,
    failed_start: PathBuf,
}

impl LoginMachine {
    /// The machine on this bus; a start that fails leaves its note in `failed_start`.
    #[must_use]
    pub fn new(bus: Bus, failed_start: PathBuf) -> Self {
        Self { bus, failed_start }
    }

    async fn manager(&self, attempt: &'static str) -> Result<ManagerProxy<'static>, MachineError> {
        let connection = self.bus.connection().await.map_err(refused(attempt))?;
        ManagerProxy::new(&connection).await.map_err(refused(attempt))
    }
}

fn refused(attempt: &'static str) -> impl Fn(zbus::Error) -> MachineError {
    move |error| MachineError {
        attempt,
        reason: words(error),
    }
}

#[async_trait]
impl Machine for LoginMachine {
    fn boot_id(&self) -> io::Result<String> {
        Ok(fs::read_to_string(BOOT_ID)?.trim().to_owned())
    }

    fn failed_start(&self) -> io::Result<Option<String>> {
        match fs::read(&self.failed_start) {
            Ok(note) => Ok(Some(
                String::from_utf8_lossy(&note[..note.len().min(MOST)]).trim().to_owned(),
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn restart(&self) -> Result<(), MachineError> {
        let attempt = "be restarted";
        let manager = self.manager(attempt).await?;
        manager.reboot(false).await.map_err(refused(attempt))
    }

    async fn power_off(&self) -> Result<(), MachineError> {
        let attempt = "be turned off";
        let manager = self.manager(attempt).await?;
        manager.power_off(false).await.map_err(refused(attempt))
    }
}
