//! What a step gets to see and may tell.

use super::{fault::StepError, reporter::Reporter};
use crate::{
    engine::jobs::Jobs,
    store::{self, job_steps},
};
use hearth_model::{id::JobId, job::JobKind};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What a step gets to see and may tell.
pub struct StepContext {
    /// The job.
    pub job: JobId,
    /// Its kind.
    pub kind: JobKind,
    /// Who asked for it.
    pub actor: String,
    pub(super) step: &'static str,
    pub(super) input: String,
    pub(super) outputs: Mutex<BTreeMap<String, String>>,
    pub(super) jobs: Arc<Jobs>,
    pub(super) reporter: Arc<Reporter>,
}

impl StepContext {
    /// What the job was submitted with.
    ///
    /// # Errors
    /// When it is not what the saga takes.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, StepError> {
        serde_json::from_str(&self.input).map_err(|error| self.unreadable("input", &error))
    }

    /// What a step has saved: this one on an earlier attempt, or another one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn saved<T: DeserializeOwned>(&self, step: &str) -> Result<Option<T>, StepError> {
        let outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        let text = outputs.get(step);
        text.map(|text| serde_json::from_str(text))
            .transpose()
            .map_err(|error| self.unreadable("saved state", &error))
    }

    /// What this step has saved on an earlier attempt.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn own<T: DeserializeOwned>(&self) -> Result<Option<T>, StepError> {
        self.saved(self.step)
    }

    /// Saves what this step needs for going on, or for its undo, in place of what it saved before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn save<T: Serialize>(&self, value: &T) -> Result<(), StepError> {
        let text = serde_json::to_string(value).map_err(|error| self.unreadable("state to save", &error))?;
        let (job, step, kept) = (self.job, self.step, text.clone());
        self.jobs
            .store
            .write(move |tx| job_steps::set_output(tx, job, step, &kept))
            .await?;
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.insert(step.to_owned(), text);
        Ok(())
    }

    /// Adds a line to the job's log.
    pub fn log(&self, text: &str) {
        self.reporter.line(text);
    }

    /// Tells what the step does at the moment, and how far it is where that can be told (0 to 100).
    pub fn progress(&self, percent: Option<u8>, message: &str) {
        self.reporter.progress(percent, message);
    }

    fn unreadable(&self, what: &str, error: &serde_json::Error) -> StepError {
        StepError::new(format!("the {what} of step {} cannot be read: {error}", self.step))
    }

    /// The store, for a step that changes rows.
    #[must_use]
    pub fn store(&self) -> &store::Store {
        &self.jobs.store
    }
}
