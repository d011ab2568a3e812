//! Time zone of the box, and who sets its clock.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::system::{TimeStatus, TimeSync};

mod fake;
pub use fake::FakeTimeSettings;

/// Where zone and time servers of the box are set.
#[async_trait]
pub trait TimeSettings: Send + Sync {
    /// How it keeps time.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn status(&self) -> Result<TimeStatus, ApplianceError>;

    /// Sets the time zone, by its IANA name.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn set_zone(&self, zone: &str) -> Result<(), ApplianceError>;

    /// Sets from whom the clock is set, and begins to do so.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn set_sync(&self, sync: &TimeSync) -> Result<(), ApplianceError>;
}
