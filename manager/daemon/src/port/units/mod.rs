//! The services of the box.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::system::{UnitName, UnitStatus, UnitVerb};

mod fake;
pub use fake::FakeUnits;

/// Starts and stops services, and knows how they are.
#[async_trait]
pub trait Units: Send + Sync {
    /// These, in this order, and after them whatever else has failed. One that the system does not have is left out.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn list(&self, names: &[&str]) -> Result<Vec<UnitStatus>, ApplianceError>;

    /// Does something to one and waits until it is done, at most 30 s; for the manager itself only until it is begun.
    ///
    /// # Errors
    /// `Refused` also when it was begun and failed.
    async fn act(&self, unit: &UnitName, verb: UnitVerb) -> Result<(), ApplianceError>;
}
