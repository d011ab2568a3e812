//! Writes the bundle into the slot that does not run, and has the boot loader take it next.

use super::{
    super::{Step, StepContext, StepError, StepOutcome},
    Input, ON_TRIAL, PACE, PATIENCE, Parts, STEPS, Source,
    downloading::remove,
    refused, telling,
};
use crate::{engine::updates::keep_installed, port::updater::Progress, store};
use async_trait::async_trait;
use hearth_model::update::{Boot, Installed, Slots};
use semver::Version;
use std::{path::Path, sync::Arc};
use tokio::sync::watch;

pub(super) struct Installing(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Installing {
    fn name(&self) -> &'static str {
        STEPS[2]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let boot_id = self.0.boot_id()?;
        // It was interrupted by the restart itself, or by one that came of another reason.
        if let Some(installed) = context.own::<Installed>()?
            && installed.boot_id != boot_id
        {
            return Ok(StepOutcome::Done("installed before this start".to_owned()));
        }
        let updater = self.0.updater.as_ref();
        let to = match context.saved::<Version>(STEPS[1])? {
            Some(version) => {
                self.until_found_good(context).await;
                self.write(context, &input.source, &version).await?;
                version.to_string()
            }
            None => {
                updater.choose(Boot::Inactive).await.map_err(refused)?;
                let slots = updater.slots().await.map_err(refused)?;
                let version = slots.other().and_then(|slot| slot.version.clone());
                version.unwrap_or_else(|| "what is in the other slot".to_owned())
            }
        };
        let slots = updater.slots().await.map_err(refused)?;
        let slot = slots.other().map(|slot| slot.bootname.clone());
        let installed = Installed {
            from: self.0.version.to_string(),
            to,
            slot: slot.ok_or_else(|| StepError::new("there is no other slot"))?,
            at: self.0.clock.now(),
            boot_id,
        };
        let row = installed.clone();
        let kept = self.0.store.write(move |tx| keep_installed(tx, &row)).await;
        kept.map_err(|error: store::Error| StepError::from(error))?;
        context.save(&installed).await?;
        if let (Source::Feed { .. }, Some(path)) = (&input.source, self.0.bundle(&input.source)) {
            remove(&path).await?;
        }
        let text = format!("{} is in slot {} and starts next", installed.to, installed.slot);
        Ok(StepOutcome::Done(text))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        // An installation cannot be ended on the way; what it writes is not started.
        let (progress, _) = watch::channel(Progress::default());
        self.0.updater.settled(&progress).await.map_err(refused)?;
        self.0.updater.choose(Boot::Booted).await.map_err(refused)
    }
}

impl Installing {
    /// A system on trial must not write over the one that the box would fall back to.
    async fn until_found_good(&self, context: &StepContext) {
        let begun = self.0.clock.monotonic();
        while self.0.clock.monotonic() - begun < PATIENCE {
            match self.0.is_found_good().await {
                Ok(true) => return,
                Ok(false) => context.progress(None, ON_TRIAL),
                Err(error) => context.progress(None, &format!("{ON_TRIAL}: {error}")),
            }
            self.0.clock.sleep(PACE).await;
        }
        context.log(&format!(
            "this start was not found good within {} s, and the box knows of nothing better: an update may help",
            PATIENCE.as_secs()
        ));
    }

    async fn write(&self, context: &StepContext, source: &Source, version: &Version) -> Result<(), StepError> {
        let updater = self.0.updater.as_ref();
        let (progress, told) = watch::channel(Progress::default());
        // This step may have begun it before the manager was restarted: it goes on without us.
        let work = async {
            updater.settled(&progress).await?;
            if is_next(&updater.slots().await?, version) {
                return Ok(());
            }
            let path = self.0.bundle(source);
            updater
                .install(path.as_deref().unwrap_or(Path::new("")), &progress)
                .await
        };
        let mut logged = String::new();
        let tell = |step: Progress| {
            context.progress(Some(step.percent), &step.message);
            // It says the same at every percent.
            if step.message != logged {
                context.log(&step.message);
                logged = step.message;
            }
        };
        telling(work, told, tell).await.map_err(refused)
    }
}

/// Whether this version waits in the other slot.
fn is_next(slots: &Slots, version: &Version) -> bool {
    slots.other().is_some_and(|slot| {
        slot.version.as_deref() == Some(version.to_string().as_str()) && slots.next.as_ref() == Some(&slot.bootname)
    })
}
