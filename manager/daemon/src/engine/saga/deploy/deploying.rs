//! Brings the project up.

use super::{Input, files, preparing};
use crate::{
    engine::saga::{
        Step, StepContext, StepError, StepOutcome,
        app::{AppParts, Site},
    },
    port::compose::Action,
};
use async_trait::async_trait;
use hearth_model::app::Desired;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(super) struct Deploying(pub(super) Arc<AppParts>);

/// How the node was before.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Found {
    /// Volumes of the project that were there: they hold somebody's data.
    volumes: Vec<String>,
}

#[async_trait]
impl Step for Deploying {
    fn name(&self) -> &'static str {
        "deploying"
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        if context.own::<Found>()?.is_none() {
            let volumes = site.containers.project(&site.project.name).await?.volumes;
            context.save(&Found { volumes }).await?;
        }
        up(parts, &site, context).await?;
        Ok(StepOutcome::Done("The containers are started.".to_owned()))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let Some(found) = context.own::<Found>()? else {
            return Ok(());
        };
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        // Compose may still be at work from an attempt that was cut off: before a person is called, it is tried for a while.
        match &input.before {
            None => {
                let down = |lines| parts.compose.down(site.session.as_ref(), &site.project, false, lines);
                let down = site.logged(context, down).await;
                down.map_err(StepError::to_be_retried)?;
            }
            Some(before) => {
                let back = go_back(parts, &site, context, before.app.desired).await;
                back.map_err(StepError::to_be_retried)?;
            }
        }
        remove_new_volumes(&site, context, &found, input.before.is_none()).await?;
        left_over(&site, input.before.is_none()).await
    }
}

/// Brings an app that was there before back to what it was.
async fn go_back(parts: &AppParts, site: &Site, context: &StepContext, desired: Desired) -> Result<(), StepError> {
    if let Some(found) = context.saved::<preparing::Found>("preparing")? {
        files::restore(parts, site, &context.job.to_string(), &found.lying).await?;
    }
    up(parts, site, context).await?;
    if desired == Desired::Stopped {
        let stop = |lines| {
            let session = site.session.as_ref();
            parts.compose.act(session, &site.project, Action::Stop, lines)
        };
        site.logged(context, stop).await?;
    }
    Ok(())
}

async fn up(parts: &AppParts, site: &Site, context: &StepContext) -> Result<(), StepError> {
    let up = |lines| parts.compose.up(site.session.as_ref(), &site.project, lines);
    site.logged(context, up).await
}

async fn remove_new_volumes(site: &Site, context: &StepContext, found: &Found, new: bool) -> Result<(), StepError> {
    let now = site.containers.project(&site.project.name).await?.volumes;
    for volume in now.iter().filter(|volume| !found.volumes.contains(volume)) {
        let work = site.containers.remove_volume(volume);
        let noted = site.recorder.noted(&format!("docker volume rm {volume}"), work).await;
        match noted {
            Ok(()) => context.log(&format!("Volume {volume} removed.")),
            // The files that were gone back to may name it: then it is in use, and stays.
            Err(error) if !new => context.log(&format!("Volume {volume} stays: {error}.")),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// That nothing of a new app is left on the node.
async fn left_over(site: &Site, new: bool) -> Result<(), StepError> {
    if !new {
        return Ok(());
    }
    let parts = site.containers.project(&site.project.name).await?;
    let names = parts.containers.into_iter().map(|container| container.name);
    let left: Vec<String> = names.chain(parts.networks).collect();
    if left.is_empty() {
        Ok(())
    } else {
        Err(StepError::transient(format!(
            "{} of the project {} is still on the node. Remove it by hand, then try again.",
            left.join(", "),
            site.project.name
        )))
    }
}
