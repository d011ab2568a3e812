//! A server in memory.

use super::{ApplianceError, SshAccess};
use async_trait::async_trait;
use hearth_model::system::SshSettings;
use std::sync::{Mutex, PoisonError};

/// Is off at first, without keys.
#[derive(Debug, Default)]
pub struct FakeSshAccess(Mutex<SshSettings>);

#[async_trait]
impl SshAccess for FakeSshAccess {
    async fn get(&self) -> Result<SshSettings, ApplianceError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn set(&self, settings: &SshSettings) -> Result<(), ApplianceError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = settings.clone();
        Ok(())
    }
}
