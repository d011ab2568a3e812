//! The updater of the appliance: two slots, of which one runs, and bundles that go into the other.

use async_trait::async_trait;
use hearth_model::update::{Boot, BundleInfo, Slots};
use std::path::Path;
use tokio::sync::watch;

mod fake;
pub use fake::FakeUpdater;

/// How far an installation is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// 0 to 100.
    pub percent: u8,
    /// What is being done.
    pub message: String,
}

/// Why the updater did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdaterError {
    /// This machine has no slots: it is no appliance.
    #[error("This Hearth does not run on its own image, so there are no slots to update ({0}).")]
    NoAppliance(String),
    /// The bundle is not believed: a foreign signature, a damaged or cut file.
    #[error("the update is not trusted: {0}")]
    Untrusted(String),
    /// Another installation is going on.
    #[error("an update is being installed already")]
    Busy,
    /// Anything else; in the updater's own words.
    #[error("the updater could not {attempt}: {reason}")]
    Failed {
        /// What was attempted.
        attempt: &'static str,
        /// What it said.
        reason: String,
    },
}

/// Installs bundles into the slot that does not run.
#[async_trait]
pub trait Updater: Send + Sync {
    /// Where both slots stand.
    ///
    /// # Errors
    /// See [`UpdaterError`].
    async fn slots(&self) -> Result<Slots, UpdaterError>;

    /// What a bundle is, its signature checked. Nothing is written.
    ///
    /// # Errors
    /// `Untrusted`, and see [`UpdaterError`].
    async fn inspect(&self, bundle: &Path) -> Result<BundleInfo, UpdaterError>;

    /// Installs a bundle into the slot that does not run and has the boot loader take it next. Waits for the end, which
    /// takes minutes, and tells how far it is. Dropping the call does not end the installation.
    ///
    /// # Errors
    /// `Untrusted`, `Busy`, and see [`UpdaterError`]; the slot that runs is as it was.
    async fn install(&self, bundle: &Path, progress: &watch::Sender<Progress>) -> Result<(), UpdaterError>;

    /// Waits until no installation is going on, one that somebody else began among them; answers what the last one
    /// failed with.
    ///
    /// # Errors
    /// See [`UpdaterError`].
    async fn settled(&self, progress: &watch::Sender<Progress>) -> Result<Option<String>, UpdaterError>;

    /// Has the boot loader take a slot next: the one that runs, or the other.
    ///
    /// # Errors
    /// See [`UpdaterError`].
    async fn choose(&self, slot: Boot) -> Result<(), UpdaterError>;
}
