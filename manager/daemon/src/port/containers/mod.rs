//! A node's container engine, spoken to through the node's session.

use super::session::Session;
use async_trait::async_trait;
use hearth_model::{app::Container, fault::Fault, stats::ContainerStats};
use std::sync::Arc;
use tokio::sync::mpsc;

mod fake;
pub(in crate::port) use fake::event;
pub use fake::{EngineState, FakeContainers, FakeEngine, FakeEngines};

/// Where the engine listens unless told otherwise.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// What the engine says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// Version, such as `26.1.5`.
    pub version: String,
    /// Highest API version, such as `1.45`.
    pub api_version: String,
    /// Where it keeps its data.
    pub root_dir: String,
}

/// Something that happened in the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// `container`, `network`, `volume`, `image`.
    pub kind: String,
    /// `start`, `die`, `destroy`, `health_status: unhealthy`, ….
    pub action: String,
    /// Name of what it happened to.
    pub name: String,
    /// Compose project, when it has one.
    pub project: Option<String>,
}

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// Image.
    pub image: String,
    /// Bytes here, over all layers whose size is known.
    pub current_bytes: u64,
    /// Bytes in all, as far as known.
    pub total_bytes: u64,
    /// What the engine does, such as `Downloading`.
    pub status: String,
}

/// A line of a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Compose service (or the container's name).
    pub service: String,
    /// Whether it came on standard error.
    pub stderr: bool,
    /// RFC 3339 time as the engine gives it.
    pub at: String,
    /// The line, at most 16 KiB.
    pub text: String,
}

/// What belongs to a Compose project, by the engine's names and ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectParts {
    /// Containers.
    pub containers: Vec<Container>,
    /// Networks.
    pub networks: Vec<String>,
    /// Volumes.
    pub volumes: Vec<String>,
}

/// Why the engine did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ContainersError {
    /// The engine is not to be reached.
    #[error("the container engine of {machine} is not to be reached while {attempt}")]
    Unreachable {
        /// Machine.
        machine: String,
        /// What was attempted.
        attempt: String,
        /// Cause.
        #[source]
        fault: Fault,
    },
    /// There is no such thing.
    #[error("{machine} has no {what}")]
    NotFound {
        /// Machine.
        machine: String,
        /// What was looked for.
        what: String,
    },
    /// The engine refused.
    #[error("the container engine of {machine} refused {attempt}: {reason}")]
    Refused {
        /// Machine.
        machine: String,
        /// What was attempted.
        attempt: String,
        /// What it said.
        reason: String,
    },
}

/// A container engine.
#[async_trait]
pub trait Containers: Send + Sync {
    /// What the engine says of itself.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn info(&self) -> Result<EngineInfo, ContainersError>;

    /// All containers, of one project or of all.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn list(&self, project: Option<&str>) -> Result<Vec<Container>, ContainersError>;

    /// Containers, networks and volumes of a Compose project.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn project(&self, project: &str) -> Result<ProjectParts, ContainersError>;

    /// Use of all running containers, once.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn stats(&self) -> Result<Vec<ContainerStats>, ContainersError>;

    /// Whether an image is there.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn has_image(&self, image: &str) -> Result<bool, ContainersError>;

    /// Pulls an image; dropping the future ends the pull.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn pull(&self, image: &str, progress: mpsc::Sender<PullProgress>) -> Result<(), ContainersError>;

    /// Removes an image unless a container uses it; one that is not there is no error.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn remove_image(&self, image: &str) -> Result<(), ContainersError>;

    /// Removes a volume with what is in it; one that is not there is no error.
    ///
    /// # Errors
    /// See [`ContainersError`]; `Refused` while a container uses it.
    async fn remove_volume(&self, volume: &str) -> Result<(), ContainersError>;

    /// Sends a project's log lines: the last `tail` of each container, and what comes after when `follow` is set. Ends when the receiver is dropped.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn logs(
        &self,
        project: &str,
        tail: u32,
        follow: bool,
        lines: mpsc::Sender<LogEntry>,
    ) -> Result<(), ContainersError>;

    /// Sends what happens in the engine until the connection ends or the receiver is dropped.
    ///
    /// # Errors
    /// See [`ContainersError`].
    async fn events(&self, events: mpsc::Sender<EngineEvent>) -> Result<(), ContainersError>;
}

/// Opens container engines.
#[async_trait]
pub trait Engines: Send + Sync {
    /// Connects to the engine behind a session and settles on an API version.
    ///
    /// # Errors
    /// A [`Fault`]: `NoEngine`, `EngineDown`, `EngineTooOld`, `NoSocketRights`, `ForwardingForbidden`.
    async fn open(&self, session: Arc<dyn Session>, socket: &str) -> Result<Arc<dyn Containers>, Fault>;
}
