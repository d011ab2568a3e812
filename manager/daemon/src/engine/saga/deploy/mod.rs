//! Deploys an app, or renders it anew with other answers; undone in reverse when a step fails.
//!
//! The node was chosen and reserved when the job was accepted. `validating` looks at it and makes the plan, which
//! leaves no choice open; the other steps carry the plan out. An app that was deployed before is brought back to
//! the files that lay on its node, whoever had edited them.

mod configuring;
mod deploying;
mod files;
mod health_check;
mod planning;
mod ports;
mod preparing;
mod validating;

use super::{
    Saga, Step, StepError,
    app::{AppParts, Site, kept_owner, owner, set_app_state, state_told},
};
use crate::{
    engine::jobs::Announcement,
    store::{self, apps, secrets, settings},
};
use hearth_model::{
    app::{App, AppState, Desired},
    id::{AppId, NodeId},
    job::{Job, JobKind, JobState},
    name::Slug,
    plan::DeployPlan,
};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Names of the steps.
pub const STEPS: [&str; 5] = ["validating", "preparing", "deploying", "configuring", "health_check"];

/// Follows the name of a secret that takes over when a changed app runs.
pub const NEXT: &str = ":next";

/// What a deployment is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The app; its row holds recipe, node and answers.
    pub app: AppId,
    /// Its name.
    pub slug: Slug,
    /// Where.
    pub node: NodeId,
    /// Why there.
    pub reason: String,
    /// What was there before, when it is rendered anew.
    pub before: Option<Before>,
    /// Whether it takes over data and secrets that an app of that name left on the node.
    pub kept: bool,
}

/// An app as it was before it was rendered anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Before {
    /// Its row.
    pub app: App,
    /// The plan that it was deployed by.
    pub plan: DeployPlan,
}

/// Writes the files of an app anew, as they were deployed.
pub(super) async fn write_files(parts: &AppParts, app: AppId, site: &Site) -> Result<(), StepError> {
    files::write(site, &preparing::plan_of(parts, app).await?).await
}

pub(super) use files::clear as clear_files;
pub(in crate::engine) use planning::{Material, make_plan};

/// The saga.
pub struct Deploy {
    steps: Vec<Arc<dyn Step>>,
}

impl Deploy {
    /// A saga over these services.
    #[must_use]
    pub fn new(parts: &Arc<AppParts>) -> Self {
        let parts = || Arc::clone(parts);
        Self {
            steps: vec![
                Arc::new(validating::Validating(parts())),
                Arc::new(preparing::Preparing(parts())),
                Arc::new(deploying::Deploying(parts())),
                Arc::new(configuring::Configuring(parts())),
                Arc::new(health_check::HealthCheck(parts())),
            ],
        }
    }
}

impl Saga for Deploy {
    fn kind(&self) -> JobKind {
        JobKind::Deploy
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
        reason: &str,
    ) -> store::Result<Vec<Announcement>> {
        let input: Input = serde_json::from_str(input).map_err(store::error::row("jobs"))?;
        let Some(app) = apps::get(tx, input.app)? else {
            return Ok(Vec::new());
        };
        let told = match state {
            JobState::Queued | JobState::Running => return Ok(Vec::new()),
            JobState::Succeeded => succeeded(tx, &input, app)?,
            JobState::RollingBack => set_app_state(tx, &app, &AppState::RollingBack)?,
            JobState::Stuck => {
                let reason = reason.to_owned();
                set_app_state(tx, &app, &AppState::Stuck { reason })?
            }
            JobState::Failed | JobState::RolledBack | JobState::Cancelled => undone(tx, &input, app, reason)?,
        };
        Ok(vec![told])
    }
}

fn succeeded(tx: &Transaction<'_>, input: &Input, app: App) -> store::Result<Announcement> {
    let owner = owner(app.id);
    if input.kept {
        settings::remove(tx, &kept_owner(input.node, &input.slug))?;
    }
    for secret in secrets::of_owner(tx, &owner)? {
        if let Some(name) = secret.name.strip_suffix(NEXT) {
            secrets::rename(tx, &owner, &secret.name, name)?;
        }
    }
    let app = App {
        desired: Desired::Running,
        state: AppState::Running,
        ..app
    };
    apps::put(tx, &app)?;
    Ok(state_told(&app, &app.state))
}

/// An app that was there before is as it was; of a new one only the name and the reason are left.
fn undone(tx: &Transaction<'_>, input: &Input, app: App, reason: &str) -> store::Result<Announcement> {
    let owner = owner(app.id);
    if let Some(before) = &input.before {
        for secret in secrets::of_owner(tx, &owner)? {
            if secret.name.ends_with(NEXT) {
                secrets::remove(tx, &owner, &secret.name)?;
            }
        }
        apps::put(tx, &before.app)?;
        apps::set_plan(tx, app.id, Some(&before.plan), &before.app.ports, before.app.updated_at)?;
        return Ok(state_told(&before.app, &before.app.state));
    }
    if input.kept {
        secrets::give(tx, &owner, &kept_owner(input.node, &input.slug))?;
    } else {
        secrets::remove_of_owner(tx, &owner)?;
    }
    let reason = reason.to_owned();
    let app = App {
        state: AppState::RolledBack { reason },
        ports: Vec::new(),
        url: None,
        ..app
    };
    apps::put(tx, &app)?;
    apps::set_plan(tx, app.id, None, &[], app.updated_at)?;
    Ok(state_told(&app, &app.state))
}
