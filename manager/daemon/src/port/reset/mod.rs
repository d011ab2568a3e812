//! Making the box as it was when it was new.

use super::appliance::ApplianceError;
use async_trait::async_trait;

mod fake;
pub use fake::FakeReset;

/// Has all data removed.
#[async_trait]
pub trait Reset: Send + Sync {
    /// Has the next start remove all data of the box, its own and that of its apps, before anything else.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn request(&self) -> Result<(), ApplianceError>;
}
