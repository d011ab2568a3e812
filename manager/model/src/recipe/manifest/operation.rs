//! How an app is kept: volumes, backup, health, updates, and the rights it asks.

use super::Seconds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a volume holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Kind of data.
    pub holds: Holds,
    /// Whether it is backed up.
    pub backup: bool,
}

/// Kind of data in a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// What would be missed.
    Data,
    /// What can be made again.
    Cache,
    /// Large files that often have another home too.
    Media,
}

/// How an app is backed up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// While it runs, or while it stands.
    pub mode: BackupMode,
    /// Commands before, each in a service.
    pub before: Vec<Hook>,
    /// Commands after.
    pub after: Vec<Hook>,
    /// Paths left out.
    pub exclude: Vec<String>,
}

/// Whether an app runs while it is backed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackupMode {
    /// It runs.
    #[default]
    Hot,
    /// It stands.
    Cold,
}

/// A command in a service's container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Compose service.
    pub service: String,
    /// Program and arguments; no shell.
    pub command: Vec<String>,
}

/// How one knows that an app works. Exactly one of the checks is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// A request to its web port.
    #[serde(default)]
    pub http: Option<HttpHealth>,
    /// A connection to the published port of this name (`web` or one of `ports`).
    #[serde(default)]
    pub tcp: Option<String>,
    /// The container's own health check of this service.
    #[serde(default)]
    pub container: Option<String>,
    /// Seconds after which a start has failed, such as `120s`; default 120 s.
    #[serde(default = "two_minutes")]
    pub within: Seconds,
}

fn two_minutes() -> Seconds {
    Seconds(120)
}

/// A request and the answer it shall get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpHealth {
    /// Path.
    pub path: String,
    /// Status; default: any from 200 to 399.
    #[serde(default)]
    pub status: Option<u16>,
}

/// How an app is updated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Update {
    /// How the new version takes over.
    pub strategy: UpdateStrategy,
    /// Versions from which one cannot simply go on.
    pub breaking: Vec<String>,
    /// Whether an older version reads the newer one's data.
    pub can_downgrade: bool,
}

/// How a new version takes over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStrategy {
    /// The old one is stopped, then the new one started.
    #[default]
    Recreate,
    /// One container after the other.
    Rolling,
    /// The new one beside the old one, then switched over.
    BlueGreen,
    /// The new one for a share of the requests first.
    Canary,
}

/// What an app asks beyond the ordinary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Security {
    /// It talks to the container engine: as good as root.
    pub docker_socket: bool,
    /// It runs privileged: as good as root.
    pub privileged: bool,
    /// It shares the node's network.
    pub host_network: bool,
    /// Its root file system is read-only.
    pub read_only: bool,
    /// User it runs as, such as `1000:1000`.
    pub user: Option<String>,
    /// Why a default hardening is not possible.
    pub reason: Option<String>,
}
