//! The web floor: pages and API over the engine. A handler parses, calls one function of the engine, and renders.

use crate::engine::{
    accounts::Accounts, apps::Apps, audit::Audit, catalogue::Catalogue, discovery::Discovery, events::Events,
    homelab::Homelab, jobs::Jobs, nodes::Nodes, placer::Placer, setup::Setup,
};
use std::sync::Arc;

pub mod api;
pub mod pages;
pub mod parse;
pub mod problem;
pub mod security;

/// What handlers reach: the services, each by its own name.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is the service of its name")]
pub struct Services {
    pub accounts: Arc<Accounts>,
    pub apps: Arc<Apps>,
    pub audit: Arc<Audit>,
    pub catalogue: Arc<Catalogue>,
    pub discovery: Arc<Discovery>,
    pub events: Arc<Events>,
    pub homelab: Arc<Homelab>,
    pub jobs: Arc<Jobs>,
    pub nodes: Arc<Nodes>,
    pub placer: Arc<Placer>,
    pub setup: Arc<Setup>,
}
