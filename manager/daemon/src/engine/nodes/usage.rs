//! What each container uses, asked from the engine when somebody looks, and not more often than every 15 s.

use super::inspector::engine_fault;
use crate::{
    engine::{Error, Result, links::Links},
    port::clock::Clock,
};
use hearth_model::{id::NodeId, stats::ContainerStats};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How old an answer may be.
const FRESH: Duration = Duration::from_secs(15);

type Slot = Arc<tokio::sync::Mutex<Option<(Duration, Vec<ContainerStats>)>>>;

/// Asks engines what their containers use.
pub struct Usage {
    links: Arc<Links>,
    clock: Arc<dyn Clock>,
    slots: Mutex<BTreeMap<NodeId, Slot>>,
}

impl Usage {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(links: Arc<Links>, clock: Arc<dyn Clock>) -> Self {
        Self {
            links,
            clock,
            slots: Mutex::default(),
        }
    }

    /// Use of each running container of a node, at most 15 s old. Those who ask at the same time share one question.
    ///
    /// # Errors
    /// `NotFound`; `Node` when its engine does not answer.
    pub async fn of(&self, node: NodeId) -> Result<Vec<ContainerStats>> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(node).or_default())
        };
        let mut known = slot.lock().await;
        let now = self.clock.monotonic();
        if let Some((_, stats)) = known.as_ref().filter(|(at, _)| now < *at + FRESH) {
            return Ok(stats.clone());
        }
        let containers = self.links.containers(node).await?;
        let stats = containers.stats().await.map_err(|error| Error::Node {
            node: node.to_string(),
            fault: engine_fault(error),
        })?;
        *known = Some((now, stats.clone()));
        Ok(stats)
    }
}
