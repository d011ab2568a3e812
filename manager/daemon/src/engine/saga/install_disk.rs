//! Putting the system that runs onto another disk of the box. The disk starts nothing until the last of it is written, so that whatever
//! interrupts this leaves a disk that is only to be written anew.

use super::{Plain, Step, StepContext, StepError, StepOutcome};
use crate::port::disks::{Disks, InstallProgress};
use async_trait::async_trait;
use hearth_model::{job::JobKind, system::Disk};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, sync::Arc};
use tokio::sync::watch;

/// Its steps, in order.
pub const STEPS: [&str; 1] = ["writing"];

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The disk as the person saw it.
    pub disk: Disk,
}

/// The saga over these disks.
#[must_use]
pub fn saga(disks: Arc<dyn Disks>) -> Plain {
    Plain {
        kind: JobKind::InstallDisk,
        steps: vec![Arc::new(Writing(disks))],
    }
}

struct Writing(Arc<dyn Disks>);

#[async_trait]
impl Step for Writing {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Input { disk } = context.input()?;
        let disk = self.0.meant(&disk).await?;
        let (progress, mut told) = watch::channel(InstallProgress::default());
        let tell = async {
            let mut logged = String::new();
            while told.changed().await.is_ok() {
                let step = told.borrow_and_update().clone();
                context.progress(Some(step.percent), &step.word);
                // It says the same at every percent.
                if step.word != logged {
                    context.log(&step.word);
                    logged = step.word;
                }
            }
            // The last word is told; the work may go on in silence.
            std::future::pending::<Infallible>().await
        };
        let done = tokio::select! {
            done = self.0.install(&disk, &progress) => done,
            never = tell => match never {},
        };
        done.map_err(|error| {
            StepError::from(error)
                .reworded(|text| format!("{text}. The disk starts nothing now; install onto it again."))
        })?;
        let text = format!(
            "Hearth is on {} and was read back: turn the box off, pull out what it runs from now, turn it on",
            disk.name
        );
        Ok(StepOutcome::Done(text))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let Input { disk } = context.input()?;
        // One that is gone has the name that it had when the installation began.
        let now = self.0.meant(&disk).await.unwrap_or(disk);
        Ok(self.0.stop_install(&now).await?)
    }
}
