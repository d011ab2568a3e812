//! What happens, told as it happens: over a WebSocket to programs, as server-sent events to pages.
//!
//! Pages that want HTML instead of JSON make their own stream with [`sse`], from the same events.

mod sse;
mod websocket;

pub use sse::{Channels, get as server_sent, sse};
pub use websocket::upgrade as websocket;

use tokio_util::sync::CancellationToken;

/// Told when the manager ends, so that streams that never end by themselves do. An extension of every request.
#[derive(Debug, Clone, Default)]
pub struct Ending(pub CancellationToken);
