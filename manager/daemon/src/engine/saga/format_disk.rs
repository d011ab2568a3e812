//! Making a disk empty, and adding it. What was on it is gone with the first step, so that nothing of this can be undone.

use super::{Plain, Step, StepContext, StepError, StepOutcome};
use crate::{
    engine::appliance::{BoxMounts, MountKind, NewMount},
    port::disks::Disks,
};
use async_trait::async_trait;
use hearth_model::{account::Actor, job::JobKind, name::Slug, system::Disk};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Its steps, in order.
pub const STEPS: [&str; 2] = ["formatting", "mounting"];

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The disk as the person saw it.
    pub disk: Disk,
    /// The name that it gets.
    pub name: Slug,
    /// Who wants it.
    pub actor: Actor,
}

/// What the steps work with.
pub struct Parts {
    /// The disks of the box.
    pub disks: Arc<dyn Disks>,
    /// Where it is added.
    pub mounts: Arc<BoxMounts>,
}

/// The saga with these parts.
#[must_use]
pub fn saga(parts: Parts) -> Plain {
    let parts = Arc::new(parts);
    Plain {
        kind: JobKind::FormatDisk,
        steps: vec![Arc::new(Formatting(Arc::clone(&parts))), Arc::new(Mounting(parts))],
    }
}

struct Formatting(Arc<Parts>);

#[async_trait]
impl Step for Formatting {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        context.progress(None, &format!("formatting {}", input.disk.called()));
        let disk = self.0.disks.meant(&input.disk).await?;
        self.0.disks.format(&disk).await?;
        Ok(StepOutcome::Done(format!("{} is empty", disk.name)))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("what was on the disk is gone")
    }
}

struct Mounting(Arc<Parts>);

#[async_trait]
impl Step for Mounting {
    fn name(&self) -> &'static str {
        STEPS[1]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let disk = self.0.disks.meant(&input.disk).await?;
        let Some(uuid) = disk.volumes.first().and_then(|volume| volume.uuid.clone()) else {
            return Err(StepError::transient("the new file system is not to be seen yet"));
        };
        // It was done, and the manager ended before it could say so.
        let listed = self.0.mounts.list().await?;
        if listed
            .items
            .iter()
            .any(|view| view.mount.name == input.name && view.mount.has(&uuid))
        {
            return Ok(StepOutcome::Done(format!("it is {}", input.name)));
        }
        let new = NewMount {
            name: input.name.clone(),
            kind: MountKind::Disk,
            uuid: Some(uuid),
            host: None,
            path: None,
            version: None,
            user: None,
            password: None,
        };
        let added = self.0.mounts.add(new, &input.actor).await?;
        Ok(StepOutcome::Done(format!("it is at {}", added.path)))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("an added disk is removed in the settings")
    }
}
