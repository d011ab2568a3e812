//! Seeing an app: its containers, their use and logs, its files, its secrets, what was run for it.

use super::{Apps, Rendered, ShownSecret, find};
use crate::{
    engine::{
        Error, Result,
        saga::app::{context_of, owner},
    },
    port::containers::{Containers, ContainersError, LogEntry},
    store::{apps, commands, secrets},
};
use hearth_model::{
    account::Actor,
    app::{App, CommandRecord, Container},
    plan,
    stats::ContainerStats,
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Most lines of the past that are sent of each container.
const MAX_TAIL: u32 = 10_000;

impl Apps {
    /// Its containers as they are.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn containers(&self, key: &str) -> Result<Vec<Container>> {
        let app = self.get(key).await?;
        let engine = self.engine(&app).await?;
        let listed = engine.list(Some(app.slug.as_str())).await;
        listed.map_err(|error| self.fault(&app, error))
    }

    /// Use of each of its containers, at most 15 s old.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn stats(&self, key: &str) -> Result<Vec<ContainerStats>> {
        let app = self.get(key).await?;
        let of_node = self.parts.usage.of(app.node).await?;
        let own = |stats: &ContainerStats| stats.project.as_deref() == Some(app.slug.as_str());
        Ok(of_node.into_iter().filter(own).collect())
    }

    /// Sends its log lines: the last `tail` (0 to 10,000) and, with `follow`, what comes.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn logs(&self, key: &str, tail: u32, follow: bool, lines: mpsc::Sender<LogEntry>) -> Result<()> {
        let app = self.get(key).await?;
        let engine = self.engine(&app).await?;
        let sent = engine.logs(app.slug.as_str(), tail.min(MAX_TAIL), follow, lines).await;
        sent.map_err(|error| self.fault(&app, error))
    }

    /// The generated files.
    ///
    /// # Errors
    /// `NotFound`; also for an app that was rolled back, for it has none.
    pub async fn rendered(&self, key: &str) -> Result<Rendered> {
        let key = key.to_owned();
        let plan = self
            .parts
            .store
            .read(move |c| {
                let app = find(c, &key)?;
                apps::plan(c, app.id)?.ok_or_else(|| Error::not_found("generated compose file of app", key))
            })
            .await?;
        let env = plan::render_env(&plan, |_| Some(plan::REDACTED.to_owned()))
            .map_err(|source| Error::internal("rendering .env", source))?;
        Ok(Rendered {
            dir: plan.dir,
            compose: plan.compose,
            env,
        })
    }

    /// The secrets that the person needs to know; audited.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn secrets(&self, key: &str, actor: &Actor) -> Result<Vec<ShownSecret>> {
        let app = self.get(key).await?;
        let manifest = &self.parts.catalogue.get(&app.recipe)?.manifest;
        let (owner, note) = (owner(app.id), self.note(actor, "app.secrets", &app));
        let sealed = self
            .parts
            .store
            .write(move |tx| {
                note.write(tx)?;
                secrets::of_owner(tx, &owner)
            })
            .await?;
        let mut shown = Vec::new();
        for wanted in manifest.secrets.iter().filter(|secret| secret.show) {
            let Some(secret) = sealed.iter().find(|secret| secret.name == wanted.id) else {
                continue;
            };
            let plain = self
                .parts
                .vault
                .unseal(&context_of(secret.id), &secret.sealed)
                .map_err(|source| Error::internal(format!("unsealing {} of app {}", wanted.id, app.slug), source))?;
            shown.push(ShownSecret {
                id: wanted.id.clone(),
                label: wanted.label.clone().unwrap_or_else(|| wanted.id.clone()),
                value: String::from_utf8_lossy(plain.expose()).into_owned(),
            });
        }
        Ok(shown)
    }

    /// Every command that was run for it, newest first, secrets redacted.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn commands(&self, key: &str) -> Result<Vec<CommandRecord>> {
        let key = key.to_owned();
        self.parts
            .store
            .read(move |c| {
                let app = find(c, &key)?;
                Ok(commands::of_app(c, app.id)?)
            })
            .await
    }

    async fn engine(&self, app: &App) -> Result<Arc<dyn Containers>> {
        self.parts.links.containers(app.node).await
    }

    fn fault(&self, app: &App, error: ContainersError) -> Error {
        let name = |node| {
            let found = self.parts.roster.get(node);
            found.map_or_else(|| node.to_string(), |node| node.name.to_string())
        };
        match error {
            ContainersError::Unreachable { fault, .. } => Error::Node {
                node: name(app.node),
                fault,
            },
            ContainersError::NotFound { what, .. } => Error::not_found("container or volume", what),
            refused @ ContainersError::Refused { .. } => {
                Error::internal(format!("asking the engine of {}", name(app.node)), refused)
            }
        }
    }
}
