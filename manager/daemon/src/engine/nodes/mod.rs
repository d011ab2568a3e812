//! Nodes: adopting, seeing, changing and releasing machines.

#[cfg(test)]
pub(crate) mod bench;
pub mod groups;
pub mod inspector;
pub mod keys;
pub mod local;
pub mod one_time;
mod request;
pub mod roster;
mod told;
mod twin;
pub mod usage;

pub use groups::{Group, GroupAction};
pub use request::{AdoptRequest, NodeChange};

use super::{
    Error, Result,
    bootstrap::findings::Findings,
    jobs::{Jobs, Prepared, Wish},
    links::Links,
    preflight::{Looker, judge},
    reconcile::series::{LEAST_RANGE_SECS, MOST_RANGE_SECS, thinned},
    saga::{adopt, bootstrap, release},
};
use crate::{
    port::{clock::Clock, containers::Engines, ids::Ids, session::Connector},
    store::{self, Store},
};
use hearth_model::{
    account::Actor,
    app::Container,
    facts::FoundProject,
    fault::Preflight,
    id::NodeId,
    job::{Job, JobKind},
    name::Slug,
    node::{Host, HostKey, Link, Node},
    stats::{ContainerStats, Resolution, Sample},
};
use inspector::{Inspector, engine_fault, fault_of};
use one_time::OneTime;
use roster::Roster;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use usage::Usage;
use utoipa::ToSchema;

/// Stats of a node.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NodeStats {
    /// The newest sample.
    pub now: Option<Sample>,
    /// The series, oldest first.
    pub series: Vec<Sample>,
    /// Seconds between its points.
    pub step_secs: i64,
    /// Use of each running container, at most 15 s old.
    pub containers: Vec<ContainerStats>,
}

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

    /// All nodes, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<Vec<Node>> {
        Ok(self.parts.roster.all().iter().map(|node| Node::clone(node)).collect())
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
    pub async fn adopt(&self, request: AdoptRequest, actor: &Actor) -> Result<Job> {
        request.check()?;
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
            key: None,
            request: value.clone(),
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
    pub async fn release(&self, key: &str, force: bool, actor: &Actor) -> Result<Job> {
        let node = self.parts.roster.find(key)?;
        let input = to_value(&release::Input { node: node.id, force })?;
        let wish = Wish {
            kind: JobKind::Release,
            steps: &release::STEPS,
            action: "node.release",
            key: None,
            request: input.clone(),
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

    /// What is missing for apps to be deployed there, and how to mend it.
    ///
    /// # Errors
    /// `NotFound`; `Node` when it does not answer.
    pub async fn preflight(&self, key: &str) -> Result<Preflight> {
        let node = self.parts.roster.find(key)?;
        let found = look(&self.parts.inspector, &self.parts.links, &self.parts.looker, &node).await?;
        Ok(judge(&found))
    }

    /// Installs what preflight found missing and bootstrap can bring.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nothing is missing.
    pub async fn bootstrap(&self, key: &str, actor: &Actor) -> Result<Job> {
        let node = self.parts.roster.find(key)?;
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
        bootstrap::submit(&self.parts.jobs, &node, None, &verdict.bootstrap, actor).await
    }

    /// Now and the series of the last `range_secs` (900 to 31,622,400).
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub async fn stats(&self, key: &str, range_secs: i64) -> Result<NodeStats> {
        let id = self.parts.roster.find(key)?.id;
        let (resolution, step) = plot(range_secs)?;
        let since = self.parts.clock.now().as_second() - range_secs;
        let series = self
            .parts
            .store
            .read(move |c| store::samples::of_node(c, id, resolution, since, step))
            .await?;
        // A node without an engine, or one that is away, has its series all the same.
        let containers = match self.parts.usage.of(id).await {
            Ok(containers) => containers,
            Err(Error::Node { .. }) => Vec::new(),
            Err(other) => return Err(other),
        };
        Ok(NodeStats {
            now: self.parts.roster.latest_of(id),
            series,
            step_secs: step,
            containers,
        })
    }

    /// The newest sample of every node that has one.
    #[must_use]
    pub fn latest(&self) -> BTreeMap<NodeId, Sample> {
        self.parts.roster.latest()
    }

    /// All containers on a node.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn containers(&self, key: &str) -> Result<Vec<Container>> {
        let node = self.parts.roster.find(key)?;
        let containers = self.parts.links.containers(node.id).await?;
        containers.list(None).await.map_err(|error| Error::Node {
            node: node.name.to_string(),
            fault: engine_fault(error),
        })
    }

    /// All Compose projects and single containers on a node, ours and others.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn projects(&self, key: &str) -> Result<Vec<FoundProject>> {
        let id = self.parts.roster.find(key)?.id;
        let containers = self.containers(key).await?;
        let apps = self.parts.store.read(move |c| store::apps::on_node(c, id)).await?;
        let mut found: BTreeMap<String, FoundProject> = BTreeMap::new();
        for container in containers {
            let name = container.project.unwrap_or(container.name);
            let project = found.entry(name.clone()).or_insert_with(|| FoundProject {
                app: apps
                    .iter()
                    .find(|app| app.slug.as_str() == name)
                    .map(|app| app.slug.clone()),
                name,
                containers: 0,
                running: 0,
            });
            project.containers += 1;
            project.running += u32::from(container.state == "running");
        }
        Ok(found.into_values().collect())
    }

    /// All groups with the names of their nodes.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        groups::list(&self.parts.roster)
    }

    /// Makes a group of exactly these nodes (by id or name); without any, the group is gone.
    ///
    /// # Errors
    /// `NotFound` for a node.
    pub async fn set_group(&self, name: &Slug, nodes: &[String], actor: &Actor) -> Result<Group> {
        groups::set(&self.parts.roster, name, nodes, actor).await
    }

    /// Runs one action on every node of a group; the job's log has a result a node.
    ///
    /// # Errors
    /// `NotFound` for a group without nodes; `Conflict` while another action works on it.
    pub async fn group_action(&self, name: &Slug, action: GroupAction, actor: &Actor) -> Result<Job> {
        groups::act(&self.parts.roster, &self.parts.jobs, name, action, actor).await
    }
}

/// Looks at everything that preflight and bootstrap need of a node.
///
/// # Errors
/// `Node` when it does not answer.
pub async fn look(inspector: &Inspector, links: &Links, looker: &Looker, node: &Node) -> Result<Findings> {
    let facts = inspector.refresh(node.id).await?;
    let session = links.session(node.id).await?;
    let engine = match links.containers(node.id).await {
        Ok(containers) => Ok(containers),
        Err(Error::Node { fault, .. }) => Err(fault),
        Err(other) => return Err(other),
    };
    let found = looker.look(&*session, &facts, engine).await;
    found.map_err(|error| Error::Node {
        node: node.name.to_string(),
        fault: fault_of(error),
    })
}

/// Which series to read for a range, and the seconds between the points of the plot.
///
/// # Errors
/// `Invalid` for a range that is too short or too long.
pub fn plot(range_secs: i64) -> Result<(Resolution, i64)> {
    if (LEAST_RANGE_SECS..=MOST_RANGE_SECS).contains(&range_secs) {
        Ok(thinned(range_secs))
    } else {
        let message = format!("must be {LEAST_RANGE_SECS} to {MOST_RANGE_SECS} seconds");
        Err(Error::field("/range", message))
    }
}

/// What a saga is submitted with.
fn to_value(input: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(input).map_err(|source| Error::internal("writing what a job works on", source))
}

#[cfg(test)]
mod tests;
