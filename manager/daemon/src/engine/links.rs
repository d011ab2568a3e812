//! Links: the one held connection of each node, and the engine behind it.

use super::Result;
use crate::port::{containers::Containers, session::Session};
use hearth_model::id::NodeId;
use std::sync::Arc;

/// Holds a connection a node and opens it anew when it breaks: at once the first time, then after 1, 2, 4 … 15 s with jitter, so that a returning network is no storm.
pub struct Links {}

impl Links {
    /// The held session of a node, opened when there is none.
    ///
    /// # Errors
    /// `NotFound`; `Node` with the cause when it cannot be opened.
    pub async fn session(&self, node: NodeId) -> Result<Arc<dyn Session>> {
        let _ = node;
        unimplemented!()
    }

    /// The engine of a node.
    ///
    /// # Errors
    /// `NotFound`; `Node` with the cause when it cannot be opened.
    pub async fn containers(&self, node: NodeId) -> Result<Arc<dyn Containers>> {
        let _ = node;
        unimplemented!()
    }

    /// Ends the connection of a node that was released.
    pub async fn forget(&self, node: NodeId) {
        let _ = node;
        unimplemented!()
    }
}
