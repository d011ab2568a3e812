//! Discovery: looking for machines that could be adopted.

use super::Result;
use crate::port::scanner::FoundBy;
use hearth_model::{
    account::Actor,
    id::{JobId, NodeId},
    job::Job,
    node::Host,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, net::IpAddr};
use utoipa::ToSchema;

/// What to look at beyond multicast DNS and the neighbour table.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiscoverRequest {
    /// Subnets in CIDR notation, IPv4, /22 or smaller each, at most 4.
    pub subnets: Vec<String>,
    /// SSH port to try there; default 22.
    pub port: Option<u16>,
}

/// A machine that was found, all that was learnt of it put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Machine {
    /// Address.
    #[schema(value_type = String)]
    pub address: IpAddr,
    /// Port of its SSH server, when one answers.
    pub ssh_port: Option<u16>,
    /// Name it goes by.
    pub name: Option<Host>,
    /// How it was found.
    pub by: BTreeSet<FoundBy>,
    /// What its SSH server says of itself.
    pub banner: Option<String>,
    /// Which node it is already.
    pub node: Option<NodeId>,
}

/// Looks for machines.
pub struct Discovery {}

impl Discovery {
    /// Begins to look; results come as events (`nodes`/`found`) and by [`Self::results`].
    ///
    /// # Errors
    /// `Invalid` for a bad subnet.
    pub async fn start(&self, request: DiscoverRequest, actor: &Actor) -> Result<Job> {
        let _ = (request, actor);
        unimplemented!()
    }

    /// What a search has found so far; machines with an SSH server first, then by address.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn results(&self, job: JobId) -> Result<Vec<Machine>> {
        let _ = job;
        unimplemented!()
    }
}
