//! Looking for machines on the network.

use async_trait::async_trait;
use hearth_model::node::Host;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use tokio::sync::mpsc;
use utoipa::ToSchema;

mod fake;
pub use fake::FakeScanner;

/// How a machine was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// It announces itself by multicast DNS (RFC 6762).
    Mdns,
    /// The kernel's neighbour table knows it.
    Neighbour,
    /// It answers on the SSH port.
    Scan,
}

/// A machine that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// Address.
    #[schema(value_type = String)]
    pub address: IpAddr,
    /// Port of its SSH server, when one answers.
    pub ssh_port: Option<u16>,
    /// Name it goes by.
    #[schema(value_type = Option<String>)]
    pub name: Option<Host>,
    /// How it was found.
    pub by: FoundBy,
    /// What its SSH server says of itself, such as `SSH-2.0-OpenSSH_10.0p2 Debian-7`.
    pub banner: Option<String>,
}

/// What to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanRequest {
    /// Addresses to try on the SSH port, already expanded and bounded.
    pub addresses: Vec<IpAddr>,
    /// SSH port to try.
    pub port: u16,
}

/// Looks for machines.
#[async_trait]
pub trait Scanner: Send + Sync {
    /// Looks until all has been looked at (at most about 15 s with 1,024 addresses), and sends what it finds as it comes; the same machine may come more than once.
    /// Ends early when the receiver is dropped. Parts that cannot be done (no multicast, no neighbour table) are told as text.
    async fn scan(&self, request: ScanRequest, found: mpsc::Sender<Found>) -> Vec<String>;
}
