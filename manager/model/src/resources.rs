//! The homelab as one machine.

use crate::units::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Total, used and free of one resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Amount {
    /// All there is.
    pub total: Bytes,
    /// In use.
    pub used: Bytes,
    /// What is left.
    pub free: Bytes,
}

/// All nodes that are online, added up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Resources {
    /// Logical processors.
    pub cpu_cores: u32,
    /// Processor use, 0 to 100, weighted by cores.
    pub cpu_percent: f64,
    /// Memory.
    pub memory: Amount,
    /// Storage.
    pub storage: Amount,
    /// Nodes that answer.
    pub nodes_online: u32,
    /// Nodes that do not.
    pub nodes_offline: u32,
    /// Apps that are deployed.
    pub apps: u32,
    /// Apps that run.
    pub apps_running: u32,
    /// Memory saved by shared database engines, measured; zero while there are none.
    pub memory_saved_by_pooling: Bytes,
}
