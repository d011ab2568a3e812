//! What nodes told of themselves and the store does not know yet.

use crate::store;
use hearth_model::{
    fault::Fault,
    id::NodeId,
    node::{Node, NodeState},
};
use jiff::Timestamp;
use rusqlite::Transaction;
use std::sync::Arc;

/// One thing that a node told.
#[derive(Clone)]
pub(super) enum Told {
    /// It answers since then.
    Online(NodeId, Timestamp),
    /// It does not answer since then, was last seen then, for this cause.
    Offline(NodeId, Timestamp, Option<Timestamp>, Fault),
    /// What it is.
    Facts(NodeId, Arc<Node>),
}

impl Told {
    /// Brings it into the store.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn write(&self, tx: &Transaction<'_>) -> store::Result<()> {
        match self {
            Self::Online(id, at) => {
                store::outages::end(tx, *id, *at)?;
                store::nodes::set_state(tx, *id, &NodeState::Online, Some(*at))
            }
            Self::Offline(id, since, seen, fault) => {
                store::outages::begin(tx, *id, *since, fault)?;
                let state = NodeState::Offline {
                    since: *since,
                    fault: fault.clone(),
                };
                store::nodes::set_state(tx, *id, &state, *seen)
            }
            Self::Facts(id, node) => match &node.facts {
                Some(facts) => store::nodes::set_facts(tx, *id, facts),
                None => Ok(()),
            },
        }
    }
}
