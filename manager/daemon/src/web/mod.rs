//! The web floor: pages and API over the engine. A handler parses, calls one function of the engine, and renders.

use crate::engine::{
    accounts::Accounts, appliance, apps::Apps, audit::Audit, boot::Boot, catalogue::Catalogue, discovery::Discovery,
    events::Events, homelab::Homelab, incidents::Incidents, jobs::Jobs, nodes::Nodes, placer::Placer, power::Power,
    setup::Setup, support::Support, updates::Updates,
};
use axum::{Router, routing::get};
use std::{sync::Arc, time::Instant};

pub mod api;
pub mod events;
pub mod layers;
pub mod pages;
pub mod parse;
pub mod plain;
pub mod problem;
pub mod security;
pub mod server;
mod support;
pub mod tls;
mod trace;
pub mod upload;

/// What handlers reach: the services, each by its own name.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is the service of its name")]
pub struct Services {
    pub accounts: Arc<Accounts>,
    pub apps: Arc<Apps>,
    pub audit: Arc<Audit>,
    pub boot: Arc<Boot>,
    pub box_services: Arc<appliance::BoxServices>,
    pub catalogue: Arc<Catalogue>,
    pub disks: Arc<appliance::BoxDisks>,
    pub discovery: Arc<Discovery>,
    pub events: Arc<Events>,
    pub factory_reset: Arc<appliance::FactoryReset>,
    pub homelab: Arc<Homelab>,
    pub host_name: Arc<appliance::HostName>,
    pub incidents: Arc<Incidents>,
    pub jobs: Arc<Jobs>,
    pub logs: Arc<appliance::Logs>,
    pub mounts: Arc<appliance::BoxMounts>,
    pub network: Arc<appliance::BoxNetwork>,
    pub nodes: Arc<Nodes>,
    pub placer: Arc<Placer>,
    pub power: Arc<Power>,
    pub setup: Arc<Setup>,
    pub ssh: Arc<appliance::BoxSsh>,
    pub support: Arc<Support>,
    pub time: Arc<appliance::Time>,
    pub updates: Arc<Updates>,
}

/// What is known of the running manager without asking anybody.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// When it was started.
    pub started: Instant,
}

impl About {
    fn now() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

/// Every route over HTTPS, without the layers around them.
pub fn routes() -> Router<Services> {
    Router::new()
        .merge(api::router())
        .merge(pages::router())
        .route("/events", get(events::server_sent))
        .route("/ws", get(events::websocket))
}
