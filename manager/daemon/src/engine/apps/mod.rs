//! Apps: deploying, seeing, changing and removing installed recipes.

mod deploy;
mod list;
mod look;
pub(in crate::engine) mod secrets;
#[cfg(test)]
mod tests;

pub use crate::store::apps::Filter;

use super::{
    Error, Result,
    audit::Note,
    catalogue::Catalogue,
    jobs::{Jobs, Prepared, Wish},
    links::Links,
    nodes::{roster::Roster, usage::Usage},
    once::Once,
    placer::Placer,
    saga::{act, app::set_app_state, remove},
};
use crate::{
    port::{clock::Clock, compose::Action, ids::Ids, vault::Vault},
    store::{self, Store, apps},
};
use hearth_model::{
    account::Actor,
    app::{App, AppState},
    id::AppId,
    job::{Job, JobKind},
    name::Slug,
    placement::Placement,
    plan::DeployPlan,
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// A wish to deploy a recipe.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeployRequest {
    /// Name of the app; default: the recipe's, with a number when taken.
    pub name: Option<Slug>,
    /// Node, by id or name; default: the best.
    pub node: Option<String>,
    /// Answers to the recipe's questions, by id.
    pub answers: BTreeMap<String, String>,
}

/// What would be done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeployPreview {
    /// Where, and why there.
    pub placement: Placement,
    /// Everything that would be done.
    pub plan: DeployPlan,
}

/// The generated files of an app.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Rendered {
    /// Folder on the node.
    pub dir: String,
    /// `compose.yaml`.
    pub compose: String,
    /// `.env`, secrets shown as `********`.
    pub env: String,
}

/// A secret that the person needs to know.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ShownSecret {
    /// Id in the recipe.
    pub id: String,
    /// Label.
    pub label: String,
    /// The secret itself.
    pub value: String,
}

/// What apps work with.
pub struct AppsParts {
    /// The store.
    pub store: Store,
    /// Accepts long work.
    pub jobs: Arc<Jobs>,
    /// Says where an app should run.
    pub placer: Arc<Placer>,
    /// The recipes.
    pub catalogue: Arc<Catalogue>,
    /// The nodes as they are.
    pub roster: Arc<Roster>,
    /// Their connections.
    pub links: Arc<Links>,
    /// What their containers use.
    pub usage: Arc<Usage>,
    /// Seals secrets.
    pub vault: Arc<dyn Vault>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
}

/// Apps.
pub struct Apps {
    parts: AppsParts,
}

impl Apps {
    /// Apps with these parts.
    #[must_use]
    pub fn new(parts: AppsParts) -> Self {
        Self { parts }
    }

    /// One app, by id or slug.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, key: &str) -> Result<App> {
        let key = key.to_owned();
        self.parts.store.read(move |c| find(c, &key)).await
    }

    /// Starts, stops or restarts its containers.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` while a job works on it.
    pub async fn act(&self, app: &str, action: Action, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let word = match action {
            Action::Start => "app.start",
            Action::Stop => "app.stop",
            Action::Restart => "app.restart",
        };
        let wish = Wish {
            kind: act::kind(action),
            steps: act::steps(action),
            action: word,
            once: Once::new(key, word, &app)?,
        };
        let app = app.to_owned();
        let prepare = move |tx: &rusqlite::Transaction<'_>, _| {
            let app = find(tx, &app)?;
            deployed(&app)?;
            let input = act::Input {
                app: app.id,
                slug: app.slug.clone(),
                node: app.node,
                before: app.desired,
            };
            let desired = act::desired(action);
            apps::put(tx, &App { desired, ..app.clone() })?;
            prepared(&app, true, &input, String::new(), Vec::new())
        };
        self.parts.jobs.submit(wish, actor, prepare).await
    }

    /// Removes it; with `keep_data` its volumes stay on the node.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` while a job works on it.
    pub async fn remove(&self, app: &str, keep_data: bool, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let wish = Wish {
            kind: JobKind::Remove,
            steps: &remove::STEPS,
            action: "app.remove",
            once: Once::new(key, "app.remove", &(app, keep_data))?,
        };
        let app = app.to_owned();
        let prepare = move |tx: &rusqlite::Transaction<'_>, _| {
            let app = find(tx, &app)?;
            let input = remove::Input {
                app: app.id,
                slug: app.slug.clone(),
                node: app.node,
                keep_data,
                occupies: app.state.occupies(),
                before: app.state.clone(),
            };
            let told = set_app_state(tx, &app, &AppState::Removing)?;
            let detail = if keep_data { "data kept" } else { "with its data" };
            prepared(&app, true, &input, detail.to_owned(), vec![told])
        };
        self.parts.jobs.submit(wish, actor, prepare).await
    }

    /// A row for the audit log.
    fn note(&self, actor: &Actor, action: &'static str, app: &App) -> Note {
        Note::new(self.parts.clock.as_ref(), self.parts.ids.as_ref(), actor, action).on(subject(&app.slug))
    }
}

/// One app, by id or slug.
fn find(connection: &Connection, key: &str) -> Result<App> {
    let by_id = match key.parse::<AppId>() {
        Ok(id) => apps::get(connection, id)?,
        Err(_) => None,
    };
    let found = match (by_id, key.parse::<Slug>()) {
        (None, Ok(slug)) => apps::by_slug(connection, &slug)?,
        (by_id, _) => by_id,
    };
    found.ok_or_else(|| Error::not_found("app", key))
}

fn subject(slug: &Slug) -> String {
    format!("app {slug}")
}

fn prepared<T: Serialize>(
    app: &App,
    exclusive: bool,
    input: &T,
    detail: String,
    tell: Vec<super::jobs::Announcement>,
) -> Result<Prepared> {
    let input = serde_json::to_value(input).map_err(store::error::row("jobs"))?;
    Ok(Prepared {
        subject: subject(&app.slug),
        exclusive,
        input,
        detail,
        tell,
    })
}

/// That an app is on its node, wholly, so that it can be worked with.
fn deployed(app: &App) -> Result<()> {
    let why = match &app.state {
        AppState::Running
        | AppState::Unhealthy { .. }
        | AppState::Stopped
        | AppState::Drifted { .. }
        | AppState::Unreachable => return Ok(()),
        AppState::Deploying => "is being deployed",
        AppState::RollingBack => "is being rolled back",
        AppState::RolledBack { .. } => "was rolled back; deploy it again",
        AppState::Stuck { .. } => "is stuck; have its job tried again, or remove it",
        AppState::Removing => "is being removed",
    };
    Err(Error::Conflict(format!("app {} {why}", app.slug)))
}
