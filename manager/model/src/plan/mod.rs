//! The plan of a deployment: everything that will be done, with no choice left open. Made by a pure function, shown before it is carried out.

mod env;
mod make;
mod ports;
mod redact;
#[cfg(test)]
mod tests;

pub use env::{EnvError, render_env};
pub use make::{PlanError, PlanInput, plan};
pub use redact::{REDACTED, Redactor};

use crate::{
    app::PublishedPort,
    id::{AppId, NodeId, SecretId},
    name::Slug,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Where apps lie on a node.
pub const APPS_DIR: &str = "/var/lib/hearth/apps";

/// A value of an app's `.env`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EnvValue {
    /// Not secret.
    Plain {
        /// The value.
        value: String,
    },
    /// Sealed in the store; put in only when the file is written.
    Sealed {
        /// Which secret.
        secret: SecretId,
    },
}

/// Everything that a deployment will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeployPlan {
    /// The app.
    pub app: AppId,
    /// Its name: Compose project, folder.
    pub slug: Slug,
    /// The node.
    pub node: NodeId,
    /// Why this node.
    pub reason: String,
    /// Folder on the node.
    pub dir: String,
    /// Text of `compose.yaml`.
    pub compose: String,
    /// Lines of `.env`, in order of their names.
    pub env: BTreeMap<String, EnvValue>,
    /// Images, in order.
    pub images: Vec<String>,
    /// Ports, wishes and what they became.
    pub ports: Vec<PublishedPort>,
    /// Named volumes, by the names that the engine gives them.
    pub volumes: Vec<String>,
    /// Address where it will answer.
    pub url: Option<String>,
    /// The commands that will be run on the node, as one could type them.
    pub commands: Vec<String>,
}
