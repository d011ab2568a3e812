//! Compose v2 on a node: the node's own, or the one that we brought.

use super::session::{Line, Session};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::mpsc;

mod fake;
pub use fake::FakeCompose;

/// A project on a node: a folder with `compose.yaml` and `.env`, and the project's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Name.
    pub name: String,
    /// Folder.
    pub dir: String,
}

/// Why Compose did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// There is no Compose v2.
    #[error("{machine} has no Compose v2")]
    Missing {
        /// Machine.
        machine: String,
    },
    /// It ended with an error.
    #[error("docker compose {verb} of {project} failed with status {status}: {reason}")]
    Failed {
        /// What it was to do.
        verb: String,
        /// Project.
        project: String,
        /// Exit status.
        status: i32,
        /// Last lines of what it said.
        reason: String,
    },
    /// The machine could not be worked on.
    #[error("docker compose {verb} of {project} could not be run")]
    Session {
        /// What it was to do.
        verb: String,
        /// Project.
        project: String,
        /// Cause.
        #[source]
        source: super::session::SessionError,
    },
}

/// Compose v2. Every command is run in the project's folder, its output sent line by line.
#[async_trait]
pub trait Compose: Send + Sync {
    /// Version of the Compose that would be used: the node's own plugin first, then ours; none when there is none.
    ///
    /// # Errors
    /// [`ComposeError::Session`].
    async fn version(&self, session: &dyn Session) -> Result<Option<String>, ComposeError>;

    /// Checks the project's files without starting anything (`config --quiet`).
    ///
    /// # Errors
    /// See [`ComposeError`].
    async fn check(&self, session: &dyn Session, project: &Project) -> Result<(), ComposeError>;

    /// `up --detach --remove-orphans`; images are already there (`--pull never`).
    ///
    /// # Errors
    /// See [`ComposeError`].
    async fn up(&self, session: &dyn Session, project: &Project, lines: mpsc::Sender<Line>)
    -> Result<(), ComposeError>;

    /// `down --remove-orphans`, with `--volumes` when asked; works by the project's name even when its files are gone.
    ///
    /// # Errors
    /// See [`ComposeError`].
    async fn down(
        &self,
        session: &dyn Session,
        project: &Project,
        volumes: bool,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError>;

    /// `start`, `stop` or `restart`.
    ///
    /// # Errors
    /// See [`ComposeError`].
    async fn act(
        &self,
        session: &dyn Session,
        project: &Project,
        action: Action,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError>;

    /// The command as one could type it, for showing.
    fn shown(&self, project: &Project, verb: &str) -> String;
}

/// What can be done with a project that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Action {
    Start,
    Stop,
    Restart,
}

/// How Compose is shared.
pub type SharedCompose = Arc<dyn Compose>;
