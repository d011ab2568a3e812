//! What the nodes themselves tell: whether they answer, what they are, what they use. It is in memory at once, and in
//! the store with the next [`Roster::flush`].

use super::{OUTAGES_HOURS, Roster, before};
use crate::{engine::nodes::told::Told, store};
use hearth_model::{
    facts::Facts,
    fault::Fault,
    id::NodeId,
    node::NodeState,
    stats::{DiskSpace, Sample},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

/// How many hours outages are kept.
const OUTAGES_KEEP_HOURS: i64 = 366 * 24;

impl Roster {
    /// A node has told the space of its file systems, by mount point.
    pub fn measured(&self, id: NodeId, spaces: BTreeMap<String, DiskSpace>) {
        if self.get(id).is_some() {
            self.spaces
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id, spaces);
        }
    }

    /// A node answers.
    pub fn online(&self, id: NodeId) {
        let now = self.clock.now();
        let mut changed = false;
        let node = self.edit(id, |node| {
            changed = !node.state.is_online();
            node.state = NodeState::Online;
            node.last_seen_at = Some(now);
        });
        if let Some(node) = node.filter(|_| changed) {
            self.outages().remove(&id);
            self.unsaved().push(Told::Online(id, now));
            self.tell("state", &node, json!({"state": "online"}));
        }
    }

    /// A node does not answer. Its outage is counted once, and goes on when it was under way before a restart of Hearth.
    pub fn offline(&self, id: NodeId, fault: Fault) {
        let now = self.clock.now();
        let open = self.outages().get(&id).copied();
        let since = open.unwrap_or(now);
        let mut changed = false;
        let node = self.edit(id, |node| {
            changed = match &node.state {
                NodeState::Offline { fault: known, .. } => known.cause != fault.cause,
                NodeState::Online | NodeState::Connecting => true,
            };
            if open.is_none() {
                node.outages_30d = node.outages_30d.saturating_add(1);
            }
            node.state = NodeState::Offline {
                since,
                fault: fault.clone(),
            };
        });
        if let Some(node) = node.filter(|_| changed) {
            self.outages().insert(id, since);
            let data = json!({"state": "offline", "since": since, "fault": fault});
            self.unsaved().push(Told::Offline(id, since, node.last_seen_at, fault));
            self.tell("state", &node, data);
        }
    }

    /// A node told what it is.
    pub fn facts(&self, id: NodeId, facts: Facts) {
        let mut changed = false;
        let node = self.edit(id, |node| {
            changed = node.facts.as_ref() != Some(&facts);
            node.facts = Some(facts);
        });
        if let Some(node) = node.filter(|_| changed) {
            self.unsaved().push(Told::Facts(id, Arc::clone(&node)));
            self.tell("facts", &node, json!({}));
        }
    }

    /// A node answered a poll.
    pub fn sampled(&self, id: NodeId, sample: Sample) {
        let Some(node) = self.edit(id, |node| node.last_seen_at = Some(sample.at)) else {
            return;
        };
        self.tell("stats", &node, json!({"sample": sample}));
        self.latest
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, sample);
    }

    /// Brings what the nodes told into the store, in one transaction.
    ///
    /// # Errors
    /// When the store fails; what was told is then kept for the next time.
    pub async fn flush(&self) -> Result<(), store::Error> {
        let told = std::mem::take(&mut *self.unsaved());
        if told.is_empty() {
            return Ok(());
        }
        let kept = told.clone();
        let written = self
            .store
            .write(move |tx| {
                for one in &told {
                    one.write(tx)?;
                }
                Ok::<_, store::Error>(())
            })
            .await;
        if written.is_err() {
            self.unsaved().splice(0..0, kept);
        }
        written
    }

    /// Counts the outages anew, for old ones no longer count, and removes those that are of no use any more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recount(&self) -> Result<(), store::Error> {
        let now = self.clock.now();
        let counts = self
            .store
            .write(move |tx| {
                store::outages::prune(tx, before(now, OUTAGES_KEEP_HOURS))?;
                store::outages::count(tx, before(now, OUTAGES_HOURS))
            })
            .await?;
        for id in self.ids() {
            self.edit(id, |node| node.outages_30d = counts.get(&id).copied().unwrap_or(0));
        }
        Ok(())
    }
}
