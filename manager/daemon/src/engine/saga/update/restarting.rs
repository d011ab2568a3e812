//! Waits for the moment, and restarts the box. A restart for any other reason is as good.

use super::{
    super::{Step, StepContext, StepError, StepOutcome},
    Input, Parts, STEPS,
};
use crate::engine::updates::RestartAt;
use async_trait::async_trait;
use hearth_model::update::Installed;
use jiff::tz::TimeZone;
use std::{sync::Arc, time::Duration};

/// How often it is looked whether the moment has come.
const PACE: Duration = Duration::from_secs(30);
/// How long the machine may take to go down.
const GOING_DOWN: Duration = Duration::from_secs(300);

pub(super) struct Restarting(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Restarting {
    fn name(&self) -> &'static str {
        STEPS[3]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let installed = context.saved::<Installed>(STEPS[2])?;
        let before = installed.map(|installed| installed.boot_id);
        if before != Some(self.0.boot_id()?) {
            return Ok(StepOutcome::Done("the box was restarted".to_owned()));
        }
        match input.restart {
            RestartAt::Now => {}
            RestartAt::Later => {
                context.progress(None, "waits until you restart the box (Settings, This box)");
                // Ended by the restart, or by whoever cancels.
                std::future::pending::<()>().await;
            }
            RestartAt::Window(window) => {
                let zone = self.zone().await?;
                context.progress(
                    None,
                    &format!("waits for {} to {} ({})", window.from, window.until, name(&zone)),
                );
                while !window.holds(self.0.clock.now().to_zoned(zone.clone()).time()) {
                    self.0.clock.sleep(PACE).await;
                }
            }
        }
        context.progress(None, "the box restarts; this page comes back by itself");
        let asked = self.0.machine.restart().await;
        asked.map_err(|error| StepError::transient(error.to_string()))?;
        self.0.clock.sleep(GOING_DOWN).await;
        Err(StepError::new(format!(
            "the box did not go down within {} s; restart it by hand",
            GOING_DOWN.as_secs()
        )))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("a restart cannot be undone; which slot starts next is the undo of the installation")
    }
}

impl Restarting {
    async fn zone(&self) -> Result<TimeZone, StepError> {
        let zone = self.0.store.read(crate::engine::setup::time_zone).await?;
        TimeZone::get(&zone).map_err(|error| StepError::new(format!("time zone {zone}: {error}")))
    }
}

fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}
