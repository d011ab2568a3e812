//! Gathers what the nodes have left and asks the pure placement which suits an app best.
//!
//! What has been promised but cannot be seen yet is taken off first: apps that are being deployed, and apps that
//! were deployed so shortly ago that the newest sample of their node does not show them. That is why several
//! deployments at once do not pile up on one node.

use super::{Result, catalogue::Catalogue, nodes::roster::Roster};
use crate::store::{
    self, Store,
    apps::{Claim, Claims},
};
use hearth_model::{
    app::AppState,
    facts::{Disk, DiskKind, Facts},
    id::NodeId,
    name::Slug,
    node::Node,
    placement::{self, Candidate, Placement, Request},
    stats::{DiskSpace, Sample},
    units::Bytes,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use std::{collections::BTreeMap, sync::Arc};

/// How long after its deployment an app's memory may still grow to its everyday use.
const SETTLING: SignedDuration = SignedDuration::from_secs(60);
/// The label that keeps new apps away from a node.
const DRAIN: &str = "drain";

/// Answers where an app should run.
pub struct Placer {
    store: Store,
    roster: Arc<Roster>,
    catalogue: Arc<Catalogue>,
}

/// What is promised to apps of a node and not yet seen in its samples.
#[derive(Debug, Clone, Copy, Default)]
struct Reserved {
    memory: Bytes,
    storage: Bytes,
}

impl Placer {
    /// A placer over these nodes.
    #[must_use]
    pub fn new(store: Store, roster: Arc<Roster>, catalogue: Arc<Catalogue>) -> Self {
        Self {
            store,
            roster,
            catalogue,
        }
    }

    /// Every node with its score and reasons, or why it does not fit.
    ///
    /// # Errors
    /// `NotFound` when there is no such recipe.
    pub async fn place(&self, recipe: &Slug) -> Result<Placement> {
        let request = Request::from(&self.catalogue.get(recipe)?.manifest);
        let which = self.which(&request);
        let claims = self.store.read(move |c| store::apps::claims(c, which)).await?;
        Ok(placement::place(&request, &self.candidates(&claims)))
    }

    /// The same, from the apps that a transaction sees: what is written in it afterwards is reserved for whoever comes next.
    ///
    /// # Errors
    /// When the store fails.
    pub fn place_in(&self, connection: &Connection, request: &Request) -> Result<Placement, store::Error> {
        let claims = store::apps::claims(connection, self.which(request))?;
        Ok(placement::place(request, &self.candidates(&claims)))
    }

    /// Whose claims matter: the newest sample of a node shows what its older apps use, and ports matter to an app that cannot
    /// take others. Where no sample is, nothing of what was promised can be seen.
    fn which(&self, request: &Request) -> Claims {
        let latest = self.roster.latest();
        let nodes = self.roster.all();
        let mut sampled = nodes
            .iter()
            .filter(|node| node.state.is_online())
            .map(|node| latest.get(&node.id).map(|sample| sample.at));
        match sampled.try_fold(Timestamp::MAX, |oldest, at| Some(oldest.min(at?))) {
            Some(oldest) if request.fixed_ports.is_empty() => Claims::Since(oldest - SETTLING),
            _ => Claims::All,
        }
    }

    fn candidates(&self, claims: &[Claim]) -> Vec<Candidate> {
        let latest = self.roster.latest();
        let mut reserved: BTreeMap<NodeId, Reserved> = BTreeMap::new();
        for claim in claims {
            let sampled_at = latest.get(&claim.node).map(|sample| sample.at);
            if let Some(of_app) = self.reservation(claim, sampled_at) {
                let sum = reserved.entry(claim.node).or_default();
                sum.memory += of_app.memory;
                sum.storage += of_app.storage;
            }
        }
        let mut ports: BTreeMap<NodeId, Vec<u16>> = BTreeMap::new();
        for claim in claims.iter().filter(|claim| claim.state.occupies()) {
            let given = claim.ports.iter().map(|port| port.given);
            ports.entry(claim.node).or_default().extend(given);
        }
        let nodes = self.roster.all();
        nodes
            .iter()
            .map(|node| {
                let reserved = reserved.get(&node.id).copied().unwrap_or_default();
                let disk = node.facts.as_ref().and_then(|facts| facts.disk_of(node.data_dir()));
                let space = disk.and_then(|disk| self.roster.space_of(node.id, &disk.mount));
                let mut candidate = candidate(node, latest.get(&node.id), disk, space, reserved);
                candidate.ports_taken.extend(ports.get(&node.id).into_iter().flatten());
                candidate
            })
            .collect()
    }

    /// What an app will use that its node's sample does not show yet; a recipe that is gone from the catalogue reserves nothing.
    fn reservation(&self, claim: &Claim, sampled_at: Option<Timestamp>) -> Option<Reserved> {
        let unseen = match claim.state {
            AppState::Deploying => true,
            AppState::Running | AppState::Unhealthy { .. } => {
                sampled_at.is_none_or(|at| at.duration_since(claim.updated_at) < SETTLING)
            }
            AppState::Stopped
            | AppState::Drifted { .. }
            | AppState::Unreachable
            | AppState::RollingBack
            | AppState::RolledBack { .. }
            | AppState::Stuck { .. }
            | AppState::Removing => false,
        };
        let needs = &self
            .catalogue
            .get(&claim.recipe)
            .ok()
            .filter(|_| unseen)?
            .manifest
            .needs;
        Some(Reserved {
            memory: needs.memory.typical,
            storage: needs.storage.initial,
        })
    }
}

fn candidate(
    node: &Node,
    sample: Option<&Sample>,
    disk: Option<&Disk>,
    space: Option<DiskSpace>,
    reserved: Reserved,
) -> Candidate {
    let facts = node.facts.as_ref();
    let storage_total = space
        .map(|space| space.total)
        .or(disk.map(|disk| disk.total))
        .unwrap_or_default();
    // What no sample tells yet is taken for free: a node that was adopted a moment ago can be used at once.
    let memory_used = sample.map_or(Bytes(0), |sample| sample.memory_used);
    Candidate {
        node: node.id,
        name: node.name.clone(),
        online: node.state.is_online(),
        drained: node.labels.get(DRAIN).is_some_and(|value| value == "true"),
        arch: facts.and_then(|facts| facts.arch),
        engine_fault: engine_fault(facts),
        memory_total: node.memory(),
        memory_free: node.memory().minus(memory_used).minus(reserved.memory),
        storage_total,
        storage_free: space.map_or(storage_total, |space| space.free).minus(reserved.storage),
        storage_kind: disk.map_or(DiskKind::Unknown, |disk| disk.kind),
        cpu_cores: facts.map_or(1, |facts| facts.cpu_cores),
        cpu_percent: sample.map_or(0.0, |sample| sample.cpu_percent),
        load1: sample.map_or(0.0, |sample| sample.load1),
        outages_30d: node.outages_30d,
        devices: facts
            .into_iter()
            .flat_map(|facts| facts.devices.iter().map(|device| device.path.clone()))
            .collect(),
        ports_taken: facts
            .into_iter()
            .flat_map(|facts| facts.listening_ports.iter().copied())
            .collect(),
    }
}

fn engine_fault(facts: Option<&Facts>) -> Option<String> {
    match facts {
        None => Some("Hearth has not yet been able to look at it".to_owned()),
        Some(facts) if facts.engine.is_none() => Some("it has no container engine that Hearth may use".to_owned()),
        Some(_) => None,
    }
}
