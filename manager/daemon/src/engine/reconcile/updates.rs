//! Looks for updates once a day.

use crate::{engine::updates::Updates, port::clock::Clock};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Time after the start until the first look: a box that is just started has better things to do.
const FIRST: Duration = Duration::from_secs(10 * 60);
/// Time between two looks.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Looks for updates.
pub struct WatchUpdates {
    updates: Arc<Updates>,
    clock: Arc<dyn Clock>,
}

impl WatchUpdates {
    /// For these.
    #[must_use]
    pub fn new(updates: Arc<Updates>, clock: Arc<dyn Clock>) -> Self {
        Self { updates, clock }
    }

    /// Looks until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let mut wait = FIRST;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(wait) => {}
            }
            wait = EVERY;
            if !self.updates.is_watching().await {
                continue;
            }
            // What went wrong is kept and shown with the updates.
            if let Err(error) = self.updates.check().await {
                tracing::warn!(%error, "updates could not be looked for");
            }
        }
    }
}
