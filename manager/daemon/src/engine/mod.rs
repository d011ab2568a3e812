//! The engine: one use case a file, over ports and store; it never knows an adapter.
//!
//! Each service gets what it needs through its constructor, and answers with model types or an [`Error`].

pub mod accounts;
pub mod appliance;
pub mod apps;
pub mod audit;
pub mod boot;
pub mod bootstrap;
pub mod catalogue;
pub mod discovery;
pub mod error;
pub mod events;
pub mod health;
pub mod homelab;
pub mod incidents;
pub mod jobs;
pub mod links;
pub mod nodes;
pub mod older;
pub mod once;
pub mod placer;
pub mod power;
pub mod preflight;
pub mod reconcile;
pub mod recorder;
pub mod saga;
pub mod setup;
pub mod support;
pub mod updates;

pub use error::{Error, FieldError, Result};

/// What this program was built from; `development` outside of a release.
pub const BUILD: &str = match option_env!("HEARTH_BUILD") {
    Some(build) => build,
    None => "development",
};
