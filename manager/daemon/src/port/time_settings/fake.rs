//! Settings of time in memory.

use super::{ApplianceError, TimeSettings};
use async_trait::async_trait;
use hearth_model::system::{TimeStatus, TimeSync};
use std::sync::{Mutex, MutexGuard, PoisonError};

const ZONES: [&str; 3] = ["Europe/Zurich", "Pacific/Auckland", "UTC"];

/// Knows three zones, and is synchronised while that is switched on.
#[derive(Debug)]
pub struct FakeTimeSettings(Mutex<TimeStatus>);

impl Default for FakeTimeSettings {
    fn default() -> Self {
        Self(Mutex::new(TimeStatus {
            time_zone: "UTC".to_owned(),
            synchronized: true,
            sync: TimeSync {
                on: true,
                servers: Vec::new(),
            },
        }))
    }
}

impl FakeTimeSettings {
    fn lock(&self) -> MutexGuard<'_, TimeStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TimeSettings for FakeTimeSettings {
    async fn status(&self) -> Result<TimeStatus, ApplianceError> {
        Ok(self.lock().clone())
    }

    async fn set_zone(&self, zone: &str) -> Result<(), ApplianceError> {
        if !ZONES.contains(&zone) {
            return Err(ApplianceError::refused("set its time zone", "Invalid time zone"));
        }
        self.lock().time_zone = zone.to_owned();
        Ok(())
    }

    async fn set_sync(&self, sync: &TimeSync) -> Result<(), ApplianceError> {
        let mut status = self.lock();
        status.synchronized = sync.on;
        status.sync = sync.clone();
        Ok(())
    }
}
