//! Apps: deploying, seeing, changing and removing installed recipes.

use super::Result;
use crate::port::containers::LogEntry;
use hearth_model::{
    account::Actor,
    app::{App, CommandRecord, Container},
    job::Job,
    name::Slug,
    placement::Placement,
    plan::DeployPlan,
    stats::ContainerStats,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
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

/// Apps.
pub struct Apps {}

impl Apps {
    /// All apps, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<Vec<App>> {
        unimplemented!()
    }

    /// One app, by id or slug.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, key: &str) -> Result<App> {
        let _ = key;
        unimplemented!()
    }

    /// What a deployment would do; nothing is changed.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` answers, `Conflict` when the name is taken or it fits nowhere.
    pub async fn preview(&self, recipe: &Slug, request: DeployRequest) -> Result<DeployPreview> {
        let _ = (recipe, request);
        unimplemented!()
    }

    /// Deploys. The same idempotency key and request give the same job.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub async fn deploy(&self, recipe: &Slug, request: DeployRequest, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let _ = (recipe, request, key, actor);
        unimplemented!()
    }

    /// Renders it anew with other answers and brings the node to it; answers not given stay.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`, `Conflict` while a job works on it.
    pub async fn change(&self, key: &str, answers: BTreeMap<String, String>, actor: &Actor) -> Result<Job> {
        let _ = (key, answers, actor);
        unimplemented!()
    }

    /// Starts, stops or restarts its containers.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` while a job works on it.
    pub async fn act(&self, key: &str, action: crate::port::compose::Action, actor: &Actor) -> Result<Job> {
        let _ = (key, action, actor);
        unimplemented!()
    }

    /// Removes it; with `keep_data` its volumes stay on the node.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` while a job works on it.
    pub async fn remove(&self, key: &str, keep_data: bool, actor: &Actor) -> Result<Job> {
        let _ = (key, keep_data, actor);
        unimplemented!()
    }

    /// Its containers as they are.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn containers(&self, key: &str) -> Result<Vec<Container>> {
        let _ = key;
        unimplemented!()
    }

    /// Use of each of its containers, at most 15 s old.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn stats(&self, key: &str) -> Result<Vec<ContainerStats>> {
        let _ = key;
        unimplemented!()
    }

    /// Sends its log lines: the last `tail` (0 to 10,000) and, with `follow`, what comes.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn logs(&self, key: &str, tail: u32, follow: bool, lines: mpsc::Sender<LogEntry>) -> Result<()> {
        let _ = (key, tail, follow, lines);
        unimplemented!()
    }

    /// The generated files.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rendered(&self, key: &str) -> Result<Rendered> {
        let _ = key;
        unimplemented!()
    }

    /// The secrets that the person needs to know; audited.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn secrets(&self, key: &str, actor: &Actor) -> Result<Vec<ShownSecret>> {
        let _ = (key, actor);
        unimplemented!()
    }

    /// Every command that was run for it, newest first, secrets redacted.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn commands(&self, key: &str) -> Result<Vec<CommandRecord>> {
        let _ = key;
        unimplemented!()
    }
}
