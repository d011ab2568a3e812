//! Starting the engine, and letting the user speak to it.

use super::{COMMAND_LIMIT, Input, Parts, STEPS, Step, StepContext, StepError, StepOutcome, run};
use crate::engine::bootstrap::{Action, ENGINE_GROUP, commands, undo_commands};
use async_trait::async_trait;
use hearth_model::fault::Cause;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// How long the engine may take until it answers.
const START_SECS: u32 = 60;

/// How things were before.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    /// Whether the service started with the machine, or the user was in the group.
    was: bool,
}

pub(super) struct Starting(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Starting {
    fn name(&self) -> &'static str {
        STEPS[2]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let sight = self.0.look(context).await?;
        let is_start = |action: &Action| *action == Action::Start;
        let (Some(action), Some(family)) = (sight.action(is_start), sight.found.family) else {
            return Ok(StepOutcome::Skipped("the engine runs".to_owned()));
        };
        if context.own::<Before>()?.is_none() {
            context
                .save(&Before {
                    was: sight.found.look.enabled,
                })
                .await?;
        }
        for argv in commands(&action, family.table(), &sight.found) {
            run(context, &*sight.session, &argv, COMMAND_LIMIT).await?;
        }
        context.progress(None, "waiting for the engine to answer");
        for _ in 0..START_SECS {
            let sight = self.0.look(context).await?;
            if !matches!(sight.found.engine_fault(), Some(Cause::NoEngine | Cause::EngineDown)) {
                return Ok(StepOutcome::Done(
                    "the engine runs, and starts with the machine".to_owned(),
                ));
            }
            self.0.clock.sleep(Duration::from_secs(1)).await;
        }
        Err(StepError::new(format!(
            "the engine does not answer after {START_SECS} s. {}",
            Cause::EngineDown.mend()
        )))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        if context.own::<Before>()?.is_none_or(|before| before.was) {
            return Ok(());
        }
        let sight = self.0.look(context).await?;
        for argv in undo_commands(&Action::Start, &sight.found) {
            run(context, &*sight.session, &argv, COMMAND_LIMIT).await?;
        }
        Ok(())
    }
}

pub(super) struct Granting(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Granting {
    fn name(&self) -> &'static str {
        STEPS[3]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let sight = self.0.look(context).await?;
        let is_join = |action: &Action| *action == Action::Join;
        let user = sight.found.look.user.clone();
        let (Some(action), Some(family)) = (sight.action(is_join), sight.found.family) else {
            return Ok(StepOutcome::Skipped(format!("{user} may speak to the engine")));
        };
        if context.own::<Before>()?.is_none() {
            let was = sight.found.look.groups.contains(ENGINE_GROUP);
            context.save(&Before { was }).await?;
        }
        for argv in commands(&action, family.table(), &sight.found) {
            run(context, &*sight.session, &argv, COMMAND_LIMIT).await?;
        }
        // Groups count from the next login on.
        self.0.links.renew(sight.node.id).await;
        Ok(StepOutcome::Done(format!("{user} is in the group {ENGINE_GROUP}")))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        if context.own::<Before>()?.is_none_or(|before| before.was) {
            return Ok(());
        }
        let sight = self.0.look(context).await?;
        if sight.found.look.groups.contains(ENGINE_GROUP) {
            for argv in undo_commands(&Action::Join, &sight.found) {
                run(context, &*sight.session, &argv, COMMAND_LIMIT).await?;
            }
        }
        let input: Input = context.input()?;
        self.0.links.renew(input.node).await;
        Ok(())
    }
}
