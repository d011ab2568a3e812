//! Starts, stops or restarts an app's containers.

use super::{
    Saga, Step, StepContext, StepError, StepOutcome,
    app::{AppParts, Site, state_told},
    deploy,
};
use crate::{
    engine::jobs::Announcement,
    port::compose::Action,
    store::{self, apps},
};
use async_trait::async_trait;
use hearth_model::{
    app::{App, AppState, Desired},
    id::{AppId, NodeId},
    job::{Job, JobKind, JobState},
    name::Slug,
};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The app.
    pub app: AppId,
    /// Its name.
    pub slug: Slug,
    /// Where it is.
    pub node: NodeId,
    /// What was wanted of it before.
    pub before: Desired,
}

/// The kind of job that does an action.
#[must_use]
pub const fn kind(action: Action) -> JobKind {
    match action {
        Action::Start => JobKind::Start,
        Action::Stop => JobKind::Stop,
        Action::Restart => JobKind::Restart,
    }
}

/// Names of the steps of an action.
#[must_use]
pub const fn steps(action: Action) -> &'static [&'static str] {
    match action {
        Action::Start => &["starting"],
        Action::Stop => &["stopping"],
        Action::Restart => &["restarting"],
    }
}

/// What is wanted of an app after an action.
#[must_use]
pub const fn desired(action: Action) -> Desired {
    match action {
        Action::Start | Action::Restart => Desired::Running,
        Action::Stop => Desired::Stopped,
    }
}

/// The saga of one action.
pub struct Act {
    action: Action,
    steps: [Arc<dyn Step>; 1],
}

impl Act {
    /// A saga over these services.
    #[must_use]
    pub fn new(action: Action, parts: &Arc<AppParts>) -> Self {
        let step = Acting {
            action,
            parts: Arc::clone(parts),
        };
        Self {
            action,
            steps: [Arc::new(step)],
        }
    }
}

impl Saga for Act {
    fn kind(&self) -> JobKind {
        kind(self.action)
    }

    fn steps(&self) -> &[Arc<dyn Step>] {
        &self.steps
    }

    fn entering(
        &self,
        tx: &Transaction<'_>,
        _: &Job,
        input: &str,
        state: JobState,
        _: &str,
    ) -> store::Result<Vec<Announcement>> {
        let input: Input = serde_json::from_str(input).map_err(store::error::row("jobs"))?;
        let Some(app) = apps::get(tx, input.app)? else {
            return Ok(Vec::new());
        };
        let app = match state {
            JobState::Succeeded => App {
                state: match desired(self.action) {
                    Desired::Running => AppState::Running,
                    Desired::Stopped => AppState::Stopped,
                },
                ..app
            },
            JobState::Cancelled => App {
                desired: input.before,
                ..app
            },
            // The wish stands; how far the node is from it is seen and shown by the reconciler.
            JobState::Queued
            | JobState::Running
            | JobState::Failed
            | JobState::RollingBack
            | JobState::RolledBack
            | JobState::Stuck => return Ok(Vec::new()),
        };
        apps::put(tx, &app)?;
        Ok(vec![state_told(&app, &app.state)])
    }
}

struct Acting {
    action: Action,
    parts: Arc<AppParts>,
}

#[async_trait]
impl Step for Acting {
    fn name(&self) -> &'static str {
        let [name] = steps(self.action) else { return "acting" };
        name
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self { action, parts } = self;
        let input: Input = context.input()?;
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        let there = site.containers.list(Some(&site.project.name)).await?;
        if there.is_empty() && *action != Action::Stop {
            self.bring_back(context, &input, &site).await?;
            return Ok(StepOutcome::Done(
                "The containers were gone and are made anew.".to_owned(),
            ));
        }
        let act = |lines| {
            let session = site.session.as_ref();
            parts.compose.act(session, &site.project, *action, lines)
        };
        site.logged(context, act).await?;
        Ok(StepOutcome::Done(match action {
            Action::Start => "The containers are started.".to_owned(),
            Action::Stop => "The containers are stopped.".to_owned(),
            Action::Restart => "The containers are restarted.".to_owned(),
        }))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("starting undoes stopping, and only the person knows which of them is wanted")
    }
}

impl Acting {
    /// Makes a project anew that somebody has removed from the node.
    async fn bring_back(&self, context: &StepContext, input: &Input, site: &Site) -> Result<(), StepError> {
        deploy::write_files(&self.parts, input.app, site).await?;
        let up = |lines| {
            let session = site.session.as_ref();
            self.parts.compose.up(session, &site.project, lines)
        };
        site.logged(context, up).await
    }
}
