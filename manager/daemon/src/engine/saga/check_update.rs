//! Looks at the feed for a newer Hearth.

use super::{Plain, Step, StepContext, StepError, StepOutcome};
use crate::engine::{Error, updates::Updates};
use async_trait::async_trait;
use hearth_model::job::JobKind;
use std::sync::Arc;

/// Its steps, in order.
pub const STEPS: [&str; 1] = ["asking"];

/// The saga that looks for these.
#[must_use]
pub fn saga(updates: Arc<Updates>) -> Plain {
    Plain {
        kind: JobKind::CheckUpdate,
        steps: vec![Arc::new(Asking(updates))],
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
