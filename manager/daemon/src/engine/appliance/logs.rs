//! The journal of the box.

use super::refused;
use crate::{
    engine::{Error, Result},
    port::journal::Journal,
};
use hearth_model::system::{JournalFilter, JournalLine};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

/// Most lines of the past that are sent.
pub const MOST_LINES: usize = 10_000;
/// Longest text that is searched for.
const LONGEST_SEARCH: usize = 200;
/// How many may read at once: each takes a thread.
const READERS: usize = 16;

/// The journal of the box.
pub struct Logs {
    port: Arc<dyn Journal>,
    readers: Semaphore,
}

impl Logs {
    /// Of the box.
    #[must_use]
    pub fn new(port: Arc<dyn Journal>) -> Self {
        Self {
            port,
            readers: Semaphore::new(READERS),
        }
    }

    /// Sends the last `tail` (0 to [`MOST_LINES`]) lines that meet the filter, and with `follow` what comes, until the receiver is dropped.
    ///
    /// # Errors
    /// `Invalid` for a search that is too long; `Conflict` when the journal cannot be read, where the box is not Hearth's, and when too
    /// many read already.
    pub async fn read(
        &self,
        filter: &JournalFilter,
        tail: usize,
        follow: bool,
        lines: mpsc::Sender<JournalLine>,
    ) -> Result<()> {
        if filter.text.as_ref().is_some_and(|text| text.len() > LONGEST_SEARCH) {
            let text = format!("must have at most {LONGEST_SEARCH} bytes");
            return Err(Error::field("/text", text));
        }
        if tail > MOST_LINES {
            return Err(Error::field("/tail", format!("must be 0 to {MOST_LINES}")));
        }
        let many = |_| Error::Conflict("too many read this log at once; close one of them".to_owned());
        let _reader = self.readers.try_acquire().map_err(many)?;
        self.port.read(filter, tail, follow, lines).await.map_err(refused)
    }
}
