//! Placement: which node suits an app best, and why. The formula and its reasons are in docs/placement.md.
//!
//! A node's score depends on that node and the app alone, so it stays the same whichever other nodes there are.

mod filter;
mod score;
#[cfg(test)]
mod tests;

use crate::{
    facts::{Arch, DiskKind},
    id::NodeId,
    name::Slug,
    recipe::Manifest,
    units::Bytes,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, cmp::Reverse, collections::BTreeSet};
use utoipa::ToSchema;

/// What an app asks of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Architectures it is made for.
    pub architectures: Vec<Arch>,
    /// Memory below which it does not start.
    pub memory_min: Bytes,
    /// Memory in everyday use.
    pub memory: Bytes,
    /// Storage at the start.
    pub storage: Bytes,
    /// Storage added in a month.
    pub storage_monthly: Bytes,
    /// Medium it runs best on.
    pub prefer: Option<DiskKind>,
    /// Processors kept busy in everyday use.
    pub cpu_cores: f64,
    /// Devices it must have.
    pub devices: Vec<String>,
    /// Ports that cannot be replaced by others (host networking).
    pub fixed_ports: Vec<u16>,
}

/// What a node has left, reservations of deployments under way already taken off.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The node.
    pub node: NodeId,
    /// Its name: breaks ties, so that the order is always the same.
    pub name: Slug,
    /// Whether it answers.
    pub online: bool,
    /// Whether a person keeps new apps away from it.
    pub drained: bool,
    /// Its architecture, when known.
    pub arch: Option<Arch>,
    /// Why its engine cannot take an app; none when it can.
    pub engine_fault: Option<String>,
    /// Memory in all.
    pub memory_total: Bytes,
    /// Memory that can be had now, less what is reserved.
    pub memory_free: Bytes,
    /// Size of the file system that holds the engine's data.
    pub storage_total: Bytes,
    /// Free space there, less what is reserved.
    pub storage_free: Bytes,
    /// Kind of that medium.
    pub storage_kind: DiskKind,
    /// Logical processors.
    pub cpu_cores: u32,
    /// Processor use of late, 0 to 100, all processors together.
    pub cpu_percent: f64,
    /// Load average of the last minute.
    pub load1: f64,
    /// How often it went offline in the last 30 days.
    pub outages_30d: u32,
    /// Devices it has, by path.
    pub devices: BTreeSet<String>,
    /// Ports on which something listens already.
    pub ports_taken: BTreeSet<u16>,
}

/// One factor of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Factor {
    /// `memory`, `storage`, `cpu`, `load`, `reliability`.
    #[schema(value_type = String)]
    pub name: Cow<'static, str>,
    /// Most points it can give; all weights add up to 100.
    pub weight: f64,
    /// Points it gives, 0 to `weight`.
    pub points: f64,
    /// Why, in words with figures.
    pub reason: String,
}

/// What placement says of one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: Slug,
    /// Whether the app can run there.
    pub fits: bool,
    /// 0 to 100: the sum of the factors' points, rounded to one decimal; 0 when it does not fit.
    pub score: f64,
    /// Each factor; empty when it does not fit.
    pub factors: Vec<Factor>,
    /// Why it does not fit, every reason of them; empty when it does.
    pub obstacles: Vec<String>,
}

/// What placement says of all nodes, best first, those that do not fit last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Placement {
    /// The node to choose; none when the app fits nowhere.
    pub best: Option<NodeId>,
    /// One sentence: why this one.
    pub reason: String,
    /// Every node.
    pub nodes: Vec<Verdict>,
}

impl From<&Manifest> for Request {
    fn from(manifest: &Manifest) -> Self {
        let needs = &manifest.needs;
        let published = manifest
            .web
            .iter()
            .map(|web| web.port)
            .chain(manifest.ports.iter().map(|port| port.port));
        Self {
            architectures: manifest.architectures.clone(),
            memory_min: needs.memory.min,
            memory: needs.memory.typical,
            storage: needs.storage.initial,
            storage_monthly: needs.storage.monthly_growth,
            prefer: needs.storage.prefer,
            cpu_cores: needs.cpu.cores,
            devices: needs.devices.clone(),
            // In its own network an app's ports can be published under any number; in the node's they are what they are.
            fixed_ports: if manifest.security.host_network {
                published.collect()
            } else {
                Vec::new()
            },
        }
    }
}

/// Says of every node whether the app fits, how well, and why. The order of the candidates does not matter.
#[must_use]
pub fn place(request: &Request, candidates: &[Candidate]) -> Placement {
    let judged: Vec<Judged> = candidates
        .iter()
        .map(|candidate| Judged::new(request, candidate))
        .collect();
    let mut order: Vec<_> = judged
        .iter()
        .map(|one| {
            let Candidate { name, node, .. } = one.candidate;
            (!one.obstacles.is_empty(), Reverse(one.points.total()), name, node, one)
        })
        .collect();
    order.sort_unstable_by(|a, b| (a.0, a.1, a.2, a.3).cmp(&(b.0, b.1, b.2, b.3)));
    let words = score::Words::new(request);
    let nodes: Vec<Verdict> = order.into_iter().map(|(.., one)| one.verdict(&words)).collect();
    Placement {
        best: nodes.first().filter(|verdict| verdict.fits).map(|verdict| verdict.node),
        reason: reason(&nodes),
        nodes,
    }
}

/// A candidate with its points, before anything is put into words.
struct Judged<'a> {
    candidate: &'a Candidate,
    obstacles: Vec<String>,
    points: score::Points,
}

impl<'a> Judged<'a> {
    fn new(request: &Request, candidate: &'a Candidate) -> Self {
        let obstacles = filter::obstacles(request, candidate);
        let points = if obstacles.is_empty() {
            score::Points::of(request, candidate)
        } else {
            score::Points::default()
        };
        Self {
            candidate,
            obstacles,
            points,
        }
    }

    fn verdict(&self, words: &score::Words) -> Verdict {
        let fits = self.obstacles.is_empty();
        Verdict {
            node: self.candidate.node,
            name: self.candidate.name.clone(),
            fits,
            score: f64::from(self.points.total()) / 10.0,
            factors: if fits {
                words.factors(self.candidate, &self.points)
            } else {
                Vec::new()
            },
            obstacles: self.obstacles.clone(),
        }
    }
}

/// Points are whole tenths: they add up exactly, and compare the same on every machine.
fn tenths(points: f64) -> u32 {
    (points * 10.0).round() as u32
}

/// One sentence: why the first of these, or why none.
fn reason(nodes: &[Verdict]) -> String {
    let Some(best) = nodes.first() else {
        return "There is no node yet.".to_owned();
    };
    if !best.fits {
        let told = nodes.iter().take(3).filter_map(|verdict| {
            let obstacle = verdict.obstacles.first()?;
            Some(format!("{}: {obstacle}", verdict.name))
        });
        let more = if nodes.len() > 3 { "; …" } else { "" };
        return format!("It fits on no node. {}{more}", told.collect::<Vec<_>>().join("; "));
    }
    let Some(second) = nodes.get(1).filter(|verdict| verdict.fits) else {
        return format!(
            "{} is the only node it fits on ({:.1} of 100 points).",
            best.name, best.score
        );
    };
    let lead = best.score - second.score;
    if tenths(lead) == 0 {
        return format!(
            "{} and {} suit it alike ({:.1} of 100 points); the first by name is taken.",
            best.name, second.name, best.score
        );
    }
    let advantage = |pair: &(&Factor, &Factor)| tenths(pair.0.points).saturating_sub(tenths(pair.1.points));
    let most = best.factors.iter().zip(&second.factors).rev().max_by_key(advantage);
    format!(
        "{} has {:.1} of 100 points, {lead:.1} more than {}; the most by {}: {}.",
        best.name,
        best.score,
        second.name,
        most.map_or("", |(factor, _)| factor.name.as_ref()),
        most.map_or("", |(factor, _)| factor.reason.as_str()),
    )
}
