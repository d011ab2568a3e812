//! Nodes: adopting, seeing, changing and releasing machines.

#[cfg(test)]
pub(crate) mod bench;
pub mod groups;
pub mod inspector;
pub mod keys;
pub mod list;
pub mod local;
mod look;
pub mod one_time;
mod request;
pub mod roster;
mod told;
mod twin;
pub mod usage;

pub use groups::{Group, GroupAction, GroupChange};
pub use look::{NodeStats, look, plot};
pub use request::{AdoptRequest, NodeChange};

use super::{
    Error, Result,
    jobs::{Jobs, Prepared, Wish},
    links::Links,
    once::Once,
    preflight::{Looker, judge},
    saga::{adopt, bootstrap, release},
};
use crate::{
    port::{clock::Clock, containers::Engines, ids::Ids, session::Connector},
    store::{self, Store},
};
use hearth_model::{
    account::Actor,
    job::{Job, JobKind},
    name::Slug,
    node::{Host, HostKey, Link, Node},
};
use inspector::Inspector;
use one_time::OneTime;
use roster::Roster;
use serde::Serialize;
use std::sync::Arc;
use usage::Usage;

/// Nodes.
pub struct Nodes {
    parts: NodesParts,
}

/// What nodes are made of.
pub struct NodesParts {
    /// Database.
    pub store: Store,
    /// All nodes.
    pub roster: Arc<Roster>,
    /// Held connections.
    pub links: Arc<Links>,
    /// Asks what a node is.
    pub inspector: Arc<Inspector>,
    /// Asks what a node lacks.
    pub looker: Arc<Looker>,
    /// Asks what containers use.
    pub usage: Arc<Usage>,
    /// Long work.
    pub jobs: Arc<Jobs>,
    /// Opens connections to machines that are no nodes yet.
    pub connector: Arc<dyn Connector>,
    /// Opens their engines.
    pub engines: Arc<dyn Engines>,
    /// Passwords that are used once; the same that the adoption saga has.
    pub one_time: Arc<OneTime>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn Ids>,
}

impl Nodes {
    /// Nodes made of these parts.
    #[must_use]
    pub fn new(parts: NodesParts) -> Self {
        Self { parts }
    }

    /// One node, by id or name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, key: &str) -> Result<Node> {
        self.parts.roster.find(key).map(|node| Node::clone(&node))
    }

    /// The host key that a machine shows now, to be confirmed by a person.
    ///
    /// # Errors
    /// `Node` with the cause.
    pub async fn host_key(&self, address: &Host, port: u16) -> Result<HostKey> {
        let shown = self.parts.connector.host_key(address, port).await;
        shown.map_err(|fault| Error::Node {
            node: address.to_string(),
            fault,
        })
    }

    /// Adopts a machine; adopting it again changes nothing (the job says so).
    ///
    /// # Errors
    /// `Invalid`; what goes wrong on the machine is told by the job.
    pub async fn adopt(&self, request: AdoptRequest, key: Option<&str>, actor: &Actor) -> Result<Job> {
        request.check()?;
        let once = Once::new(key, "node.adopt", &request)?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        let login = request.login()?;
        let port = request.port.unwrap_or(22);
        let input = adopt::Input {
            node: self.parts.ids.make(),
            name: request.name,
            address: request.address,
            port,
            user: request.user,
            host_key: request.host_key,
        };
        if let Some(name) = &input.name
            && let Ok(node) = self.parts.roster.find(name.as_str())
            && !adopt::is_reached_by(&node, &input)
        {
            return Err(Error::field("/name", format!("a node is called {name} already")));
        }
        let value = to_value(&input)?;
        let wish = Wish {
            kind: JobKind::Adopt,
            steps: &adopt::STEPS,
            action: "node.adopt",
            once,
        };
        let one_time = Arc::clone(&self.parts.one_time);
        self.parts
            .jobs
            .submit(wish, actor, move |_, job| {
                // Here, before the job can be seen by its runner.
                one_time.keep(job, &login);
                Ok(Prepared {
                    subject: format!("machine {}", input.address),
                    exclusive: false,
                    detail: format!("{}@{}:{port}", input.user, input.address),
                    input: value,
                    tell: Vec::new(),
                })
            })
            .await
    }

    /// Makes the machine that Hearth runs on a node, when it is none yet and has an engine that we may use. Once released, it
    /// comes back only when a person asks for it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn adopt_local(&self, actor: &Actor) -> Result<Option<Node>> {
        local::adopt(&self.parts, actor).await
    }

    /// Renames, labels, groups.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the name is taken.
    pub async fn change(&self, key: &str, change: NodeChange, actor: &Actor) -> Result<Node> {
        change.check()?;
        self.parts.roster.change(key, change, actor).await
    }

    /// Releases a node: our key is removed, its apps keep running and are forgotten here. `force` when it cannot be reached any more.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while a job works on it or on an app of it.
    pub async fn release(&self, name: &str, force: bool, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let once = Once::new(key, "node.release", &(name, force))?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        let node = self.parts.roster.find(name)?;
        let input = to_value(&release::Input { node: node.id, force })?;
        let wish = Wish {
            kind: JobKind::Release,
            steps: &release::STEPS,
            action: "node.release",
            once,
        };
        self.parts
            .jobs
            .submit(wish, actor, move |tx, _| {
                let busy = store::jobs::active_subjects(tx)?;
                for app in store::apps::on_node(tx, node.id)? {
                    let subject = format!("app {}", app.slug);
                    if busy.contains(&subject) {
                        let text = format!(
                            "a job works on {subject}, which is on {}; wait until it has ended",
                            node.name
                        );
                        return Err(Error::Conflict(text));
                    }
                }
                if node.link == Link::Local {
                    store::settings::set(tx, local::RELEASED, "true")?;
                }
                Ok(Prepared {
                    subject: format!("node {}", node.name),
                    exclusive: true,
                    input,
                    detail: if force { "by force".to_owned() } else { String::new() },
                    tell: Vec::new(),
                })
            })
            .await
    }

    /// Installs what preflight found missing and bootstrap can bring.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nothing is missing.
    pub async fn bootstrap(&self, name: &str, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let node = self.parts.roster.find(name)?;
        let once = Once::new(key, bootstrap::ACTION, &node.id)?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        let found = look(&self.parts.inspector, &self.parts.links, &self.parts.looker, &node).await?;
        let verdict = judge(&found);
        if verdict.bootstrap.is_empty() {
            let faults = verdict.checks.iter().filter_map(|check| check.fault.as_ref());
            let faults: Vec<String> = faults.map(|fault| format!("{fault}. {}", fault.cause.mend())).collect();
            let text = if faults.is_empty() {
                format!("nothing is missing on {}", node.name)
            } else {
                format!(
                    "bootstrap cannot mend what is missing on {}: {}",
                    node.name,
                    faults.join(" ")
                )
            };
            return Err(Error::Conflict(text));
        }
        bootstrap::submit(&self.parts.jobs, &node, once, &verdict.bootstrap, actor).await
    }

    /// All groups with the names of their nodes.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        groups::list(&self.parts.roster)
    }

    /// One group.
    ///
    /// # Errors
    /// `NotFound` for one without nodes.
    pub fn group(&self, name: &Slug) -> Result<Group> {
        groups::get(&self.parts.roster, name)
    }

    /// Makes a group of exactly these nodes (by id or name); without any, the group is gone.
    ///
    /// # Errors
    /// `NotFound` for a node; `Conflict` when one would be in too many groups.
    pub async fn set_group(&self, name: &Slug, nodes: &[String], actor: &Actor) -> Result<Group> {
        groups::set(&self.parts.roster, name, nodes, actor).await
    }

    /// Renames a group, puts nodes in and takes nodes out.
    ///
    /// # Errors
    /// `NotFound` for the group or a node; `Conflict` when there is a group of the new name; `Invalid` when a node is to
    /// be put in and taken out.
    pub async fn change_group(&self, name: &Slug, change: GroupChange, actor: &Actor) -> Result<Group> {
        groups::change(&self.parts.roster, name, change, actor).await
    }

    /// Deletes a group; its nodes stay.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_group(&self, name: &Slug, actor: &Actor) -> Result<()> {
        groups::remove(&self.parts.roster, name, actor).await
    }

    /// Runs one action on every node of a group; the job has a result a node.
    ///
    /// # Errors
    /// `NotFound` for a group without nodes; `Conflict` while another action works on it.
    pub async fn group_action(
        &self,
        name: &Slug,
        action: GroupAction,
        key: Option<&str>,
        actor: &Actor,
    ) -> Result<Job> {
        let once = Once::new(key, groups::ACTION, &(name, action))?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        groups::act(&self.parts.roster, &self.parts.jobs, name, action, once, actor).await
    }
}

/// What a saga is submitted with.
fn to_value(input: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(input).map_err(|source| Error::internal("writing what a job works on", source))
}

#[cfg(test)]
mod tests;
