//! What the sagas of apps share: their services, and an app's place on its node.

use super::{StepContext, StepError};
use crate::{
    engine::{
        Error,
        catalogue::Catalogue,
        jobs::Announcement,
        links::Links,
        nodes::roster::Roster,
        recorder::{Purpose, Recorder},
    },
    port::{
        clock::Clock,
        compose::{ComposeError, Project, SharedCompose},
        containers::Containers,
        ids::Ids,
        prober::Prober,
        session::{Line, Session},
        tools::Tools,
        vault::Vault,
    },
    store::{self, Store, secrets},
};
use hearth_model::{
    app::{App, AppState},
    event::Channel,
    id::{AppId, NodeId, SecretId},
    name::Slug,
    plan::APPS_DIR,
};
use rusqlite::Transaction;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::mpsc;

/// Lines of a command's output that wait to be logged.
const LINES: usize = 64;

/// What Compose says when two of them work on one project: a connection that was cut off leaves one behind that goes
/// on for a while.
const RACES: [&str; 4] = [
    "is already in use by container",
    "already exists",
    "is already in progress",
    "No such container",
];

/// What the sagas of apps work with.
pub struct AppParts {
    /// The store.
    pub store: Store,
    /// The nodes as they are.
    pub roster: Arc<Roster>,
    /// Their connections.
    pub links: Arc<Links>,
    /// The recipes.
    pub catalogue: Arc<Catalogue>,
    /// Compose.
    pub compose: SharedCompose,
    /// What is brought to nodes that lack it.
    pub tools: Arc<dyn Tools>,
    /// Asks apps whether they answer.
    pub prober: Arc<dyn Prober>,
    /// Seals secrets.
    pub vault: Arc<dyn Vault>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
}

/// An app's place on its node, for one step.
pub(super) struct Site {
    pub(super) node: NodeId,
    pub(super) project: Project,
    pub(super) session: Arc<dyn Session>,
    pub(super) containers: Arc<dyn Containers>,
    pub(super) recorder: Arc<Recorder>,
    /// The app's secrets in the open.
    pub(super) secrets: BTreeMap<SecretId, String>,
}

impl AppParts {
    /// Opens an app's place on a node.
    ///
    /// # Errors
    /// When the node does not answer or has no engine, or a secret cannot be unsealed.
    pub(super) async fn site(
        &self,
        context: &StepContext,
        app: AppId,
        slug: &Slug,
        node: NodeId,
    ) -> Result<Site, StepError> {
        let secrets = self.secrets(app).await?;
        let purpose = Purpose {
            node,
            app,
            job: context.job,
            word: format!("{:?}", context.kind).to_lowercase(),
        };
        let recorder = Recorder::new(
            self.store.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.ids),
            purpose,
        );
        recorder.redact_these(secrets.values().cloned());
        let session = recorder.wrap(self.links.session(node).await?);
        let containers = self.links.containers(node).await?;
        let project = Project {
            name: slug.to_string(),
            dir: format!("{APPS_DIR}/{slug}"),
        };
        Ok(Site {
            node,
            project,
            session,
            containers,
            recorder,
            secrets,
        })
    }

    /// All secrets of an app in the open, by id.
    async fn secrets(&self, app: AppId) -> Result<BTreeMap<SecretId, String>, StepError> {
        let owner = owner(app);
        let sealed = self.store.read(move |c| secrets::of_owner(c, &owner)).await?;
        sealed
            .into_iter()
            .map(|secret| {
                let plain = self.vault.unseal(&context_of(secret.id), &secret.sealed)?;
                Ok((secret.id, String::from_utf8_lossy(plain.expose()).into_owned()))
            })
            .collect()
    }

    /// The app's row.
    pub(super) async fn app(&self, id: AppId) -> Result<App, StepError> {
        let found = self.store.read(move |c| store::apps::get(c, id)).await?;
        found.ok_or_else(|| StepError::from(Error::not_found("app", id)))
    }
}

impl Site {
    /// Runs work of Compose that sends lines, and puts them into the job's log.
    ///
    /// # Errors
    /// What Compose answers, secrets taken out.
    pub(super) async fn logged<F>(
        &self,
        context: &StepContext,
        work: impl FnOnce(mpsc::Sender<Line>) -> F,
    ) -> Result<(), StepError>
    where
        F: Future<Output = Result<(), ComposeError>>,
    {
        let (lines, mut receiver) = mpsc::channel::<Line>(LINES);
        let log = async {
            while let Some(line) = receiver.recv().await {
                let text = self.recorder.redact(line.text.trim_end());
                context.log(&text);
                context.progress(None, text.trim());
            }
        };
        let (outcome, ()) = tokio::join!(work(lines), log);
        outcome.map_err(|error| self.told(error))
    }

    /// An error of Compose as it may be told: without the secrets that it may have read from the files, and to be
    /// tried again when it met what an attempt that was cut off is still doing.
    pub(super) fn told(&self, error: ComposeError) -> StepError {
        let raced = match &error {
            ComposeError::Failed { reason, .. } => RACES.iter().any(|race| reason.contains(race)),
            ComposeError::Missing { .. } | ComposeError::Session { .. } => false,
        };
        let error = StepError::from(error).reworded(|text| self.recorder.redact(text));
        if raced { error.to_be_retried() } else { error }
    }

    /// A file of the project.
    pub(super) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.project.dir)
    }
}

/// The owner's name of an app's secrets.
#[must_use]
pub fn owner(app: AppId) -> String {
    format!("app:{app}")
}

/// The owner's name of the secrets of an app whose data was kept on a node.
#[must_use]
pub fn kept_owner(node: NodeId, slug: &Slug) -> String {
    format!("kept:{node}:{slug}")
}

/// What a secret is sealed for.
#[must_use]
pub fn context_of(secret: SecretId) -> String {
    format!("secret:{secret}")
}

/// Keeps where an app stands and answers what watchers are told.
///
/// # Errors
/// When the store fails.
pub fn set_app_state(tx: &Transaction<'_>, app: &App, state: &AppState) -> store::Result<Announcement> {
    store::apps::set_state(tx, app.id, state)?;
    Ok(state_told(app, state))
}

/// What watchers are told of an app's state.
#[must_use]
pub fn state_told(app: &App, state: &AppState) -> Announcement {
    let mut data = json!({"app": app.id, "slug": app.slug, "node": app.node});
    if let (Some(data), Ok(serde_json::Value::Object(state))) = (data.as_object_mut(), serde_json::to_value(state)) {
        data.extend(state);
    }
    Announcement {
        channel: Channel::Apps,
        event: "state",
        data,
    }
}
