//! What the manager tells those who watch: the same events over the WebSocket and as server-sent events.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A channel one can subscribe to. `logs:<app>` is a channel of its own and carries no events of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Nodes come, go, and report.
    Nodes,
    /// Apps change their state.
    Apps,
    /// Jobs and their steps.
    Jobs,
    /// Something went wrong, and what was done.
    Incidents,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// The channel it belongs to.
    pub channel: Channel,
    /// What happened: `progress`, `state`, `stats`, `added`, `removed`, `log`.
    pub event: String,
    /// Details; always names its subject (`job`, `node` or `app`).
    pub data: serde_json::Value,
    /// Counts up by one from the manager's start, so that a gap can be seen.
    pub seq: u64,
}
