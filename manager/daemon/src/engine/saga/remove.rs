//! Removes an app from its node, with its data or without. There is no way back: a removal that failed is done again.

use super::{
    Saga, Step, StepContext, StepError, StepOutcome,
    app::{AppParts, kept_owner, owner, set_app_state},
    deploy,
};
use crate::{
    engine::jobs::Announcement,
    store::{self, apps, secrets, settings},
};
use async_trait::async_trait;
use hearth_model::{
    app::{App, AppState},
    event::Channel,
    id::{AppId, NodeId},
    job::{Job, JobKind, JobState},
    name::Slug,
};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// Names of the steps.
pub const STEPS: [&str; 2] = ["removing", "cleaning"];

/// What is to be removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The app.
    pub app: AppId,
    /// Its name.
    pub slug: Slug,
    /// Where it is.
    pub node: NodeId,
    /// Whether its volumes stay.
    pub keep_data: bool,
    /// Whether anything of it may be on the node.
    pub occupies: bool,
    /// Where it stood before.
    pub before: AppState,
}

/// That data of an app was kept on a node: who deploys an app of that name and recipe there again takes it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Recipe it was installed from.
    pub recipe: Slug,
}

/// The saga.
pub struct Remove {
    steps: [Arc<dyn Step>; 2],
}

impl Remove {
    /// A saga over these services.
    #[must_use]
    pub fn new(parts: &Arc<AppParts>) -> Self {
        Self {
            steps: [
                Arc::new(Removing(Arc::clone(parts))),
                Arc::new(Cleaning(Arc::clone(parts))),
            ],
        }
    }
}

impl Saga for Remove {
    fn kind(&self) -> JobKind {
        JobKind::Remove
    }

    fn steps(&self) -> &[Arc<dyn Step>] {
        &self.steps
    }

    fn entering(
        &self,
        tx: &Transaction<'_>,
        job: &Job,
        input: &str,
        state: JobState,
        reason: &str,
    ) -> store::Result<Vec<Announcement>> {
        let input: Input = serde_json::from_str(input).map_err(store::error::row("jobs"))?;
        let Some(app) = apps::get(tx, input.app)? else {
            return Ok(Vec::new());
        };
        let told = match state {
            JobState::Succeeded => {
                let now = job.ended_at.unwrap_or(job.created_at);
                store::incidents::close(tx, now, &job.subject, "The app was removed.")?;
                forget(tx, &input, &app)?
            }
            JobState::Cancelled => set_app_state(tx, &app, &input.before)?,
            JobState::Failed => {
                let reason = format!("It could not be removed: {reason} Remove it again once that is mended.");
                set_app_state(tx, &app, &AppState::Stuck { reason })?
            }
            JobState::Queued | JobState::Running | JobState::RollingBack | JobState::RolledBack | JobState::Stuck => {
                return Ok(Vec::new());
            }
        };
        Ok(vec![told])
    }
}

fn forget(tx: &Transaction<'_>, input: &Input, app: &App) -> store::Result<Announcement> {
    let owner = owner(app.id);
    if input.keep_data && input.occupies {
        // A database that was kept knows only the password that it was made with.
        secrets::give(tx, &owner, &kept_owner(app.node, &app.slug))?;
        let kept = Kept {
            recipe: app.recipe.clone(),
        };
        let kept = serde_json::to_string(&kept).map_err(store::error::row("settings"))?;
        settings::set(tx, &kept_owner(app.node, &app.slug), &kept)?;
    } else {
        secrets::remove_of_owner(tx, &owner)?;
    }
    apps::delete(tx, app.id)?;
    Ok(Announcement {
        channel: Channel::Apps,
        event: "removed",
        data: json!({"app": app.id, "slug": app.slug, "node": app.node}),
    })
}

struct Removing(Arc<AppParts>);

#[async_trait]
impl Step for Removing {
    fn name(&self) -> &'static str {
        "removing"
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        if !input.occupies {
            return Ok(StepOutcome::Skipped("Nothing of it is on the node.".to_owned()));
        }
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        let down = |lines| {
            let session = site.session.as_ref();
            parts.compose.down(session, &site.project, !input.keep_data, lines)
        };
        site.logged(context, down).await?;
        Ok(StepOutcome::Done(if input.keep_data {
            "Containers and networks are removed; the volumes stay.".to_owned()
        } else {
            "Containers, networks and volumes are removed.".to_owned()
        }))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("what is removed is gone")
    }
}

struct Cleaning(Arc<AppParts>);

#[async_trait]
impl Step for Cleaning {
    fn name(&self) -> &'static str {
        "cleaning"
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        if !input.occupies {
            return Ok(StepOutcome::Skipped("Nothing of it is on the node.".to_owned()));
        }
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        // With `keep_data`, folders that the app keeps beside its files are data too.
        deploy::clear_files(&site, !input.keep_data).await?;
        Ok(StepOutcome::Done("Its files are removed.".to_owned()))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("what is removed is gone")
    }
}
