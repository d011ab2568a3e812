//! The disks of the box.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::system::Disk;
use tokio::sync::watch;

mod fake;
pub use fake::FakeDisks;

/// How far an installation onto a disk is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstallProgress {
    /// 0 to 100.
    pub percent: u8,
    /// What is done at the moment: `partitioning`, `copying`, `comparing`, `finishing`.
    pub word: String,
}

/// Knows the disks of the box, and makes them empty.
#[async_trait]
pub trait Disks: Send + Sync {
    /// All that are plugged in, by name.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn list(&self) -> Result<Vec<Disk>, ApplianceError>;

    /// A disk as it is now, before it is written: what was begun goes on after a restart of the box, and by then it may have another name
    /// and number, and another one its name.
    ///
    /// # Errors
    /// `NotYet` when it is not there, which also means that it was not found yet, and when it cannot be told from another one; as [`Self::list`].
    async fn meant(&self, disk: &Disk) -> Result<Disk, ApplianceError> {
        let all = self.list().await?;
        let same: Vec<_> = all.into_iter().filter(|there| there.is(disk)).collect();
        <[Disk; 1]>::try_from(same).map(|[there]| there).map_err(|same| {
            let text = match same.len() {
                0 => format!("the disk that was {} ({}) is not there", disk.name, disk.called()),
                _ => format!(
                    "{} disks are like the one that was {} ({})",
                    same.len(),
                    disk.name,
                    disk.called()
                ),
            };
            ApplianceError::not_yet("write the disk", text)
        })
    }

    /// Removes all that is on one, and puts one empty ext4 file system there; waits until it is done.
    ///
    /// # Errors
    /// `Refused` when it is another disk by now, when it is in use or Hearth's own, or when it cannot be written.
    async fn format(&self, disk: &Disk) -> Result<(), ApplianceError>;

    /// Removes all that is on one, and puts the system that runs onto it, as a new box; waits until it is done, and tells how far it is. One
    /// that is under way already is waited for.
    ///
    /// # Errors
    /// As [`Self::format`]; also when it does not give back what was written to it, or was stopped.
    async fn install(&self, disk: &Disk, progress: &watch::Sender<InstallProgress>) -> Result<(), ApplianceError>;

    /// Stops that, and waits until it has ended; where none is under way there is nothing to stop. The disk starts nothing then.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn stop_install(&self, disk: &Disk) -> Result<(), ApplianceError>;
}
