//! The name of the box in its network.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::name::Slug;

mod fake;
pub use fake::FakeHostNames;

/// Where the box is given its name.
#[async_trait]
pub trait HostNames: Send + Sync {
    /// What it is called, as the system spells it.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn get(&self) -> Result<String, ApplianceError>;

    /// The name under which it answers in the local network: `<name>.local`, or another when a machine there has that already.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn announced(&self) -> Result<String, ApplianceError>;

    /// Calls it so, now and after a restart, and announces `<name>.local`.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn set(&self, name: &Slug) -> Result<(), ApplianceError>;
}
