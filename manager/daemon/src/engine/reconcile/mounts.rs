//! Mounts the disks and shares that were added: after a start, when a disk is plugged in, when a server answers again.

use crate::{
    engine::appliance::BoxMounts,
    port::{appliance::ApplianceError, clock::Clock},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(5);

/// Mounts what is to be mounted.
pub struct KeepMounts {
    mounts: Arc<BoxMounts>,
    clock: Arc<dyn Clock>,
}

impl KeepMounts {
    /// For this box.
    #[must_use]
    pub fn new(mounts: Arc<BoxMounts>, clock: Arc<dyn Clock>) -> Self {
        Self { mounts, clock }
    }

    /// Looks until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let mut told = String::new();
        let mut known = false;
        loop {
            if !known {
                match self.mounts.restore().await {
                    Ok(()) => known = true,
                    // Somebody's own system is left as it is.
                    Err(ApplianceError::NoAppliance) => return,
                    Err(error) => {
                        let word = error.to_string();
                        if word != told {
                            tracing::warn!("added disks and shares cannot be mounted yet: {word}");
                            told = word;
                        }
                    }
                }
            }
            if known {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.mounts.settle() => {}
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(EVERY) => {}
            }
        }
    }
}
