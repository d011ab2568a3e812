//! Nodes: adopting, seeing, changing and releasing machines.

#[cfg(test)]
pub(crate) mod bench;
pub mod inspector;
pub mod roster;

use super::Result;
use hearth_model::{
    account::Actor,
    app::Container,
    facts::FoundProject,
    fault::Preflight,
    id::NodeId,
    job::Job,
    name::Slug,
    node::{Host, HostKey, Login, Node},
    stats::{ContainerStats, Sample},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A wish to adopt a machine.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptRequest {
    /// Address or name.
    pub address: Host,
    /// Port of the SSH server; default 22.
    #[serde(default)]
    pub port: Option<u16>,
    /// User to log in as.
    pub user: String,
    /// Password, used once; either this or `key`.
    #[serde(default)]
    pub password: Option<String>,
    /// Private key, used once; either this or `password`.
    #[serde(default)]
    pub key: Option<String>,
    /// Passphrase of `key`.
    #[serde(default)]
    pub passphrase: Option<String>,
    /// Name of the node; default: its host name.
    #[serde(default)]
    pub name: Option<Slug>,
    /// Fingerprint (`SHA256:…`) of the host key that the person confirmed; without it, the key it shows now is pinned.
    #[serde(default)]
    pub host_key: Option<String>,
}

impl AdoptRequest {
    /// How to log in.
    ///
    /// # Errors
    /// `Invalid` unless exactly one of password and key is given.
    pub fn login(&self) -> Result<Login> {
        unimplemented!()
    }
}

/// A change to a node; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeChange {
    /// New name.
    pub name: Option<Slug>,
    /// All its labels (the label `drain` set to `true` keeps new apps away).
    pub labels: Option<BTreeMap<String, String>>,
    /// All its groups.
    pub groups: Option<BTreeSet<Slug>>,
}

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
pub struct Nodes {}

impl Nodes {
    /// All nodes, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<Vec<Node>> {
        unimplemented!()
    }

    /// One node, by id or name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, key: &str) -> Result<Node> {
        let _ = key;
        unimplemented!()
    }

    /// The host key that a machine shows now, to be confirmed by a person.
    ///
    /// # Errors
    /// `Node` with the cause.
    pub async fn host_key(&self, address: &Host, port: u16) -> Result<HostKey> {
        let _ = (address, port);
        unimplemented!()
    }

    /// Adopts a machine; adopting it again changes nothing (the job says so).
    ///
    /// # Errors
    /// `Invalid`; what goes wrong on the machine is told by the job.
    pub async fn adopt(&self, request: AdoptRequest, actor: &Actor) -> Result<Job> {
        let _ = (request, actor);
        unimplemented!()
    }

    /// Makes the machine that Hearth runs on a node, when it is none yet and has an engine that we may use.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn adopt_local(&self, actor: &Actor) -> Result<Option<Node>> {
        let _ = actor;
        unimplemented!()
    }

    /// Renames, labels, groups.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the name is taken.
    pub async fn change(&self, key: &str, change: NodeChange, actor: &Actor) -> Result<Node> {
        let _ = (key, change, actor);
        unimplemented!()
    }

    /// Releases a node: our key is removed, its apps keep running and are forgotten here. `force` when it cannot be reached any more.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn release(&self, key: &str, force: bool, actor: &Actor) -> Result<Job> {
        let _ = (key, force, actor);
        unimplemented!()
    }

    /// What is missing for apps to be deployed there, and how to mend it.
    ///
    /// # Errors
    /// `NotFound`; `Node` when it does not answer.
    pub async fn preflight(&self, key: &str) -> Result<Preflight> {
        let _ = key;
        unimplemented!()
    }

    /// Installs what preflight found missing and bootstrap can bring.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nothing is missing.
    pub async fn bootstrap(&self, key: &str, actor: &Actor) -> Result<Job> {
        let _ = (key, actor);
        unimplemented!()
    }

    /// Now and the series of the last `range_secs` (900 to 31,622,400).
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub async fn stats(&self, key: &str, range_secs: i64) -> Result<NodeStats> {
        let _ = (key, range_secs);
        unimplemented!()
    }

    /// The newest sample of every node that has one.
    #[must_use]
    pub fn latest(&self) -> BTreeMap<NodeId, Sample> {
        unimplemented!()
    }

    /// All containers on a node.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn containers(&self, key: &str) -> Result<Vec<Container>> {
        let _ = key;
        unimplemented!()
    }

    /// All Compose projects and single containers on a node, ours and others.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn projects(&self, key: &str) -> Result<Vec<FoundProject>> {
        let _ = key;
        unimplemented!()
    }
}
