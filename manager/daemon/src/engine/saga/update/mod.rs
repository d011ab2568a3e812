//! An update of the box: download, check, install into the other slot, restart, and look what came of it.
//!
//! The job outlives the restart. The system that comes up carries it on: the new one says that it runs, the old one
//! says that the box fell back, and why. Until the restart it can be cancelled, and the boot loader then stays with
//! the slot that runs.

mod checking;
mod downloading;
mod installing;
mod restarting;
#[cfg(test)]
mod tests;
mod verifying;

use super::{Plain, StepError};
use crate::{
    engine::updates::RestartAt,
    port::{
        clock::Clock,
        fetcher::Fetcher,
        host::Host,
        machine::Machine,
        units::Units,
        updater::{Updater, UpdaterError},
    },
    store::Store,
};
use hearth_model::{
    job::JobKind,
    system::{MARK_GOOD_UNIT, UnitState, UnitStatus},
    update::Offer,
};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt, path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Its steps, in order.
pub const STEPS: [&str; 5] = ["downloading", "verifying", "installing", "restarting", "checking"];

/// What is put into service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum Source {
    /// A release that the feed offers.
    Feed {
        /// The release.
        offer: Offer,
    },
    /// A bundle that was uploaded.
    File {
        /// Where it is.
        path: PathBuf,
    },
    /// The system that is in the other slot.
    OtherSlot,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feed { offer } => write!(f, "version {} of the feed", offer.version),
            Self::File { path } => {
                let name = path.file_name().unwrap_or_default();
                write!(f, "uploaded bundle {}", name.to_string_lossy())
            }
            Self::OtherSlot => f.write_str("the other slot"),
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// What is put into service.
    pub source: Source,
    /// Whether it may be older than what runs.
    pub downgrade: bool,
    /// When the box is restarted.
    pub restart: RestartAt,
}

/// What the steps work with.
pub struct Parts {
    /// What was installed is kept there.
    pub store: Store,
    /// Fetches bundles.
    pub fetcher: Arc<dyn Fetcher>,
    /// Both slots.
    pub updater: Arc<dyn Updater>,
    /// Who finds a start good.
    pub units: Arc<dyn Units>,
    /// This machine's starts.
    pub machine: Arc<dyn Machine>,
    /// This machine's disk.
    pub host: Arc<dyn Host>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Folder for bundles.
    pub folder: PathBuf,
    /// Version that runs.
    pub version: Version,
}

impl Parts {
    /// Where the bundle of a source is, or will be; a download is named by its hash, so that it can be gone on with.
    fn bundle(&self, source: &Source) -> Option<PathBuf> {
        match source {
            Source::Feed { offer } => Some(self.folder.join(format!("{}.raucb", offer.bundle.sha256))),
            Source::File { path } => Some(path.clone()),
            Source::OtherSlot => None,
        }
    }

    fn boot_id(&self) -> Result<String, StepError> {
        let asked = self.machine.boot_id();
        asked.map_err(|error| StepError::new(format!("this machine does not tell which start this is: {error}")))
    }

    /// Whether the system that runs is no longer on trial. RAUC does not know that everywhere: with U-Boot it calls a
    /// slot good as long as it has tries left.
    async fn is_found_good(&self) -> Result<bool, StepError> {
        let units = self.units.list(&[MARK_GOOD_UNIT]).await;
        let units = units.map_err(|error| StepError::transient(error.to_string()))?;
        let found = |unit: &UnitStatus| unit.unit.as_str() == MARK_GOOD_UNIT && unit.state == UnitState::Active;
        Ok(units.iter().any(found))
    }
}

/// How long a start may take until it is called good: after that the box has left it, where there is something better.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often that is looked for.
const PACE: Duration = Duration::from_secs(5);
/// What is told meanwhile.
const ON_TRIAL: &str = "waits until this start is found good";

/// What the updater's words mean for a step.
fn refused(error: UpdaterError) -> StepError {
    match error {
        // It starts on demand, and may still be at the beginning after a restart.
        UpdaterError::NoAppliance(_) | UpdaterError::Busy => StepError::transient(error.to_string()),
        UpdaterError::Untrusted(_) | UpdaterError::Failed { .. } => StepError::new(error.to_string()),
    }
}

/// Does the work, and tells each step of it as it comes.
async fn telling<W: Future, P: Clone>(work: W, mut told: watch::Receiver<P>, mut tell: impl FnMut(P)) -> W::Output {
    let listen = async {
        while told.changed().await.is_ok() {
            let step = told.borrow_and_update().clone();
            tell(step);
        }
        // The last word is told; the work may go on in silence.
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        done = work => done,
        never = listen => match never {},
    }
}

/// The saga with these parts.
#[must_use]
pub fn saga(parts: Parts) -> Plain {
    let parts = Arc::new(parts);
    Plain {
        kind: JobKind::Update,
        steps: vec![
            Arc::new(downloading::Downloading(Arc::clone(&parts))),
            Arc::new(verifying::Verifying(Arc::clone(&parts))),
            Arc::new(installing::Installing(Arc::clone(&parts))),
            Arc::new(restarting::Restarting(Arc::clone(&parts))),
            Arc::new(checking::Checking(parts)),
        ],
    }
}
