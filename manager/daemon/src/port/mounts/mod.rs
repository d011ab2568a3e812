//! Mounting the disks and shares that a person has added.

use super::{appliance::ApplianceError, vault::Plaintext};
use async_trait::async_trait;
use hearth_model::{name::Slug, stats::DiskSpace, system::Mount};

mod fake;
pub use fake::FakeMounts;

/// What is wrong when something cannot be mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountFault {
    /// The server does not take the login.
    Login,
    /// The server lets this machine have nothing, whoever logs in.
    Denied,
    /// There is no such machine, or it does not answer.
    Unreachable,
    /// The machine answers, but not to this kind of share.
    NoServer,
    /// The server has no such share.
    NoShare,
    /// The server speaks no version of the protocol that this machine does.
    Protocol,
    /// The file system is damaged, or of a kind that this machine does not know.
    FileSystem,
    /// The disk is not there.
    Gone,
    /// Anything else, in the system's words.
    Other,
}

/// Why something could not be mounted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// It was tried.
    #[error("{said}")]
    Failed {
        /// What is wrong.
        fault: MountFault,
        /// What the system said.
        said: String,
    },
    /// It could not be tried.
    #[error(transparent)]
    Appliance(#[from] ApplianceError),
}

/// Mounts disks and shares, each at its own place.
#[async_trait]
pub trait Mounts: Send + Sync {
    /// Makes these known to the system, also for its next start, and only these. What is mounted stays as it is.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn keep(&self, mounts: &[Mount]) -> Result<(), ApplianceError>;

    /// Mounts one that is known; one that is mounted stays so. Takes at most a minute, for a share less than half of that.
    ///
    /// # Errors
    /// See [`MountError`].
    async fn mount(&self, mount: &Mount, password: Option<&Plaintext>) -> Result<(), MountError>;

    /// Unmounts one that is known; one that is not mounted stays so.
    ///
    /// # Errors
    /// `Refused` while something uses it.
    async fn unmount(&self, name: &Slug) -> Result<(), ApplianceError>;

    /// Whether one is mounted, and if so its space, unless whoever has it does not answer.
    ///
    /// # Errors
    /// See [`ApplianceError`].
    async fn mounted(&self, mount: &Mount) -> Result<Option<Option<DiskSpace>>, ApplianceError>;
}
