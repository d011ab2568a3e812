//! After the restart: says what came of it.

use super::{
    super::{Step, StepContext, StepError, StepOutcome},
    ON_TRIAL, PACE, PATIENCE, Parts, STEPS, refused,
};
use crate::engine::updates::failed_start;
use async_trait::async_trait;
use hearth_model::update::{Installed, Outcome, Slots, settle};
use std::sync::Arc;

pub(super) struct Checking(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Checking {
    fn name(&self) -> &'static str {
        STEPS[4]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let installed = context.saved::<Installed>(STEPS[2])?;
        let installed = installed.ok_or_else(|| StepError::new("nothing tells what was installed"))?;
        let boot_id = self.0.boot_id()?;
        let begun = self.0.clock.monotonic();
        loop {
            let (slots, good) = match self.look().await {
                Ok(seen) => seen,
                // RAUC starts on demand, which on a busy box takes longer than the bus waits: that says nothing about the update.
                Err(_) if self.0.clock.monotonic() - begun < PATIENCE => {
                    context.progress(None, "waits for the updater");
                    self.0.clock.sleep(PACE).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match settle(&installed, &slots, &boot_id) {
                Outcome::Updated if good => {
                    return Ok(StepOutcome::Done(format!(
                        "{} runs from slot {} and is found good",
                        installed.to, installed.slot
                    )));
                }
                Outcome::Updated if self.0.clock.monotonic() - begun > PATIENCE => {
                    return Err(StepError::new(format!(
                        "{} runs, but was not found good within {} s: see its services in Settings",
                        installed.to,
                        PATIENCE.as_secs()
                    )));
                }
                Outcome::Updated => {}
                // Who marks this start good has left word before, where the failed one could not.
                Outcome::FellBack if good || self.0.clock.monotonic() - begun > PATIENCE => {
                    let why = failed_start(self.0.machine.as_ref(), &installed.to);
                    let why = why.unwrap_or_else(|| "it did not get far enough to leave word why".to_owned());
                    return Err(StepError::new(format!(
                        "{} did not come up, and the box fell back to {}: {why}",
                        installed.to, installed.from
                    )));
                }
                Outcome::FellBack => {}
                Outcome::WaitsForRestart => return Err(StepError::new("the box was not restarted")),
            }
            context.progress(None, ON_TRIAL);
            self.0.clock.sleep(PACE).await;
        }
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it only looks")
    }
}

impl Checking {
    /// Which slot runs, and whether it was found good.
    async fn look(&self) -> Result<(Slots, bool), StepError> {
        let slots = self.0.updater.slots().await.map_err(refused)?;
        Ok((slots, self.0.is_found_good().await?))
    }
}
