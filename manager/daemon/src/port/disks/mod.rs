//! The disks of the box.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::system::Disk;

mod fake;
pub use fake::FakeDisks;

/// Knows the disks of the box, and makes them empty.
#[async_trait]
pub trait Disks: Send + Sync {
    /// All that are plugged in, by name.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn list(&self) -> Result<Vec<Disk>, ApplianceError>;

    /// Removes all that is on one, and puts one empty ext4 file system there; waits until it is done.
    ///
    /// # Errors
    /// `Refused` when it is another disk by now, when it is in use or Hearth's own, or when it cannot be written.
    async fn format(&self, disk: &Disk) -> Result<(), ApplianceError>;
}
