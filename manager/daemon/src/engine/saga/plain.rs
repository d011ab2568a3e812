//! The frame of a saga that only has steps: nothing else changes with the state of its job.

use super::{Saga, Step};
use crate::{engine::jobs::Announcement, store};
use hearth_model::job::{Job, JobKind, JobState};
use rusqlite::Transaction;
use std::sync::Arc;

/// A saga that only has steps.
pub struct Plain {
    /// Which kind of job it carries out.
    pub kind: JobKind,
    /// Its steps, in order.
    pub steps: Vec<Arc<dyn Step>>,
}

impl Saga for Plain {
    fn kind(&self) -> JobKind {
        self.kind
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
