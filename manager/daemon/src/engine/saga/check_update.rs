//! Looks at the feed for a newer Hearth.

use super::{Saga, Step, StepContext, StepError, StepOutcome};
use crate::{
    engine::{Error, jobs::Announcement, updates::Updates},
    store,
};
use async_trait::async_trait;
use hearth_model::job::{Job, JobKind, JobState};
use rusqlite::Transaction;
use std::sync::Arc;

/// Its steps, in order.
pub const STEPS: [&str; 1] = ["asking"];

/// A look at the feed.
pub struct CheckUpdate {
    steps: [Arc<dyn Step>; 1],
}

impl CheckUpdate {
    /// Looks for these.
    #[must_use]
    pub fn new(updates: Arc<Updates>) -> Self {
        Self {
            steps: [Arc::new(Asking(updates))],
        }
    }
}

impl Saga for CheckUpdate {
    fn kind(&self) -> JobKind {
        JobKind::CheckUpdate
    }

    fn steps(&self) -> &[Arc<dyn Step>] {
        &self.steps
    }

    fn entering(
        &self,
        _: &Transaction<'_>,
        _: &Job,
        _: &str,
        _: JobState,
        _: &str,
    ) -> store::Result<Vec<Announcement>> {
        Ok(Vec::new())
    }
}

struct Asking(Arc<Updates>);

#[async_trait]
impl Step for Asking {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, _: &StepContext) -> Result<StepOutcome, StepError> {
        match self.0.check().await {
            Ok(Some(offer)) => Ok(StepOutcome::Done(format!("the newest is {}", offer.version))),
            Ok(None) => Ok(StepOutcome::Done("the feed has nothing for this box".to_owned())),
            // A person waits for the answer, and the daily look comes again.
            Err(error @ Error::NotReady(_)) => Err(StepError::from(error).at_once()),
            Err(error) => Err(error.into()),
        }
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("what the feed offered stays known")
    }
}
