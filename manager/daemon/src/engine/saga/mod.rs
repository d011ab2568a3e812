//! Sagas: long work as fixed steps, each idempotent and with its undo, logged before and after in the store.
//!
//! A step may be run again after a crash or a lost connection, and undone although it was never finished; it
//! keeps what it needs for that with [`StepContext::save`] *before* it changes anything. A failed undo leaves
//! the job `stuck`: a person is told, and can have it tried again. (After steno of Oxide's omicron.)

pub mod act;
pub mod adopt;
pub mod app;
pub mod bootstrap;
pub mod check_update;
mod context;
pub mod deploy;
pub mod discover;
mod execute;
mod fault;
pub mod format_disk;
pub mod group;
pub mod install_disk;
mod plain;
pub mod release;
pub mod remove;
mod reporter;
mod runner;
#[cfg(test)]
mod tests;
pub mod update;

pub use context::StepContext;
pub use fault::StepError;
pub use plain::Plain;
pub use runner::Runner;

use super::jobs::Announcement;
use crate::store;
use async_trait::async_trait;
use hearth_model::job::{Job, JobKind, JobState};
use rusqlite::Transaction;
use std::sync::Arc;

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// It is done; one sentence about it.
    Done(String),
    /// It was not needed; why.
    Skipped(String),
}

/// One step of a saga.
#[async_trait]
pub trait Step: Send + Sync {
    /// Its name, stable for programs.
    fn name(&self) -> &'static str;

    /// Carries it out. May be called again after it was interrupted at any point, and then changes nothing twice.
    /// It is dropped at an await when the job is cancelled.
    ///
    /// # Errors
    /// Why it cannot be done; a transient one is tried again for about two minutes.
    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError>;

    /// Undoes whatever of it was done, also when it was interrupted, also when called again.
    ///
    /// # Errors
    /// Why it cannot be undone.
    async fn undo(&self, context: &StepContext) -> Result<(), StepError>;

    /// Why there is nothing to undo, for a step whose undo does nothing. A job that has begun only such steps fails
    /// without being undone.
    fn no_undo(&self) -> Option<&'static str> {
        None
    }
}

/// A kind of long work.
pub trait Saga: Send + Sync {
    /// Which kind of job it carries out.
    fn kind(&self) -> JobKind;

    /// Its steps, in order; their names are those that the job was submitted with.
    fn steps(&self) -> &[Arc<dyn Step>];

    /// Called in the transaction in which a job goes over to `state`, with the reason when it failed; answers what
    /// watchers are told.
    ///
    /// # Errors
    /// When the store fails; the job then stays as it is.
    fn entering(
        &self,
        tx: &Transaction<'_>,
        job: &Job,
        input: &str,
        state: JobState,
        reason: &str,
    ) -> store::Result<Vec<Announcement>>;
}
