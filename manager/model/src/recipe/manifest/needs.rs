//! What an app takes, and where the figures come from.

use crate::{facts::DiskKind, units::Bytes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an app takes; placement compares it with what a node has left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Memory.
    pub memory: MemoryNeed,
    /// Storage.
    pub storage: StorageNeed,
    /// Processor.
    #[serde(default)]
    pub cpu: CpuNeed,
    /// Devices by path; they pin the app to nodes that have them.
    #[serde(default)]
    pub devices: Vec<String>,
}

/// Memory, all services together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryNeed {
    /// Below this it does not start.
    pub min: Bytes,
    /// In everyday use; what placement reserves.
    pub typical: Bytes,
    /// Under load.
    pub peak: Bytes,
}

/// Storage, all volumes together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageNeed {
    /// Images and first data.
    pub initial: Bytes,
    /// What is added in a month of ordinary use.
    #[serde(default)]
    pub monthly_growth: Bytes,
    /// Medium it runs best on.
    #[serde(default)]
    pub prefer: Option<DiskKind>,
}

/// Processor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CpuNeed {
    /// Processors kept busy in everyday use, such as 0.2.
    #[serde(default)]
    pub cores: f64,
}

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Which figure: `memory`, `storage`, ….
    pub figure: String,
    /// Page that says it.
    pub url: String,
    /// What it says, in short.
    #[serde(default)]
    pub note: Option<String>,
}

/// A part that may run on another node than the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Name.
    pub name: String,
    /// Compose services of this part.
    pub services: Vec<String>,
    /// What this part takes.
    pub needs: Needs,
    /// What it runs best on: `storage`, `always-on`, ….
    #[serde(default)]
    pub prefer: Vec<String>,
}
