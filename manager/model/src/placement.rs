//! Placement: which node suits an app best, and why. Types first; the formula is in docs/placement.md.

use crate::{
    facts::{Arch, DiskKind},
    id::NodeId,
    name::Slug,
    units::Bytes,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
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
    pub name: String,
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
