//! The SSH server of the box: whether it runs, and whose keys it takes.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::system::SshSettings;

mod fake;
pub use fake::FakeSshAccess;

/// Lets people in over SSH.
#[async_trait]
pub trait SshAccess: Send + Sync {
    /// What was chosen.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn get(&self) -> Result<SshSettings, ApplianceError>;

    /// Makes it so, now and after a restart.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn set(&self, settings: &SshSettings) -> Result<(), ApplianceError>;
}
