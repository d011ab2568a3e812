//! Seeing a node: what it uses, what runs on it, what it lacks.

use super::{
    Nodes,
    inspector::{Inspector, engine_fault, fault_of},
};
use crate::{
    engine::{
        Error, Result,
        bootstrap::findings::Findings,
        links::Links,
        preflight::{Looker, judge},
        reconcile::series::{LEAST_RANGE_SECS, MOST_RANGE_SECS, thinned},
    },
    store,
};
use hearth_model::{
    app::Container,
    facts::FoundProject,
    fault::Preflight,
    id::NodeId,
    node::Node,
    stats::{ContainerStats, Resolution, Sample},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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

impl Nodes {
    /// What is missing for apps to be deployed there, and how to mend it.
    ///
    /// # Errors
    /// `NotFound`; `Node` when it does not answer.
    pub async fn preflight(&self, key: &str) -> Result<Preflight> {
        let node = self.parts.roster.find(key)?;
        let found = look(&self.parts.inspector, &self.parts.links, &self.parts.looker, &node).await?;
        Ok(judge(&found))
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
