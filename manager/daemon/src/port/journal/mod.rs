//! The journal of the box.

use super::appliance::ApplianceError;
use async_trait::async_trait;
use hearth_model::system::{JournalFilter, JournalLine};
use tokio::sync::mpsc;

mod fake;
pub use fake::FakeJournal;

/// What the services of the box have said.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Sends the last `tail` lines that meet the filter, oldest first, and with `follow` what comes, until the receiver is dropped.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn read(
        &self,
        filter: &JournalFilter,
        tail: usize,
        follow: bool,
        lines: mpsc::Sender<JournalLine>,
    ) -> Result<(), ApplianceError>;
}
