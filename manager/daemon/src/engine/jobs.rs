//! Jobs, as those who watch them see them.

use super::{
    Result,
    audit::{Page, Slice},
};
use hearth_model::{
    account::Actor,
    id::JobId,
    job::{Job, JobState, LogLine},
};

/// Jobs.
pub struct Jobs {}

impl Jobs {
    /// Jobs, newest first; of one state, or of one subject such as `app miniflux`.
    ///
    /// # Errors
    /// `Invalid` for a bad cursor.
    pub async fn list(&self, state: Option<JobState>, subject: Option<&str>, slice: Slice) -> Result<Page<Job>> {
        let _ = (state, subject, slice);
        unimplemented!()
    }

    /// One job.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: JobId) -> Result<Job> {
        let _ = id;
        unimplemented!()
    }

    /// Its log after line `after`.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn log(&self, id: JobId, after: u64) -> Result<Vec<LogLine>> {
        let _ = (id, after);
        unimplemented!()
    }

    /// The plan of a deployment, once it was made.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn plan(&self, id: JobId) -> Result<Option<hearth_model::plan::DeployPlan>> {
        let _ = id;
        unimplemented!()
    }

    /// Cancels it: what was done is undone.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has ended or is past the point of return.
    pub async fn cancel(&self, id: JobId, actor: &Actor) -> Result<Job> {
        let _ = (id, actor);
        unimplemented!()
    }

    /// Tries the undoing of a stuck job again.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is not stuck.
    pub async fn retry(&self, id: JobId, actor: &Actor) -> Result<Job> {
        let _ = (id, actor);
        unimplemented!()
    }
}
