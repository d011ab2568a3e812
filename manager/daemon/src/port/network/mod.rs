//! The network of the box. A change keeps what was before beside it until it is confirmed: on the disk, so that it outlives the manager.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::system::{LinkName, LinkSettings, NetworkLink};

mod fake;
pub use fake::FakeNetwork;

/// Where the links of the box are set.
#[async_trait]
pub trait Network: Send + Sync {
    /// Its network cards, by name.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn links(&self) -> Result<Vec<NetworkLink>, ApplianceError>;

    /// Makes it so, and keeps beside it what was before.
    ///
    /// # Errors
    /// See [`ApplianceError`]. What was before may have to be put back all the same.
    async fn apply(&self, link: &LinkName, settings: &LinkSettings) -> Result<(), ApplianceError>;

    /// Forgets what was before: what is, stays.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn confirm(&self) -> Result<(), ApplianceError>;

    /// Puts back what was before, for whatever was not confirmed; answers for which links.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn put_back(&self) -> Result<Vec<LinkName>, ApplianceError>;
}
