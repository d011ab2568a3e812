//! The roster: all nodes as they are at the moment, in memory, with the store behind it.
//!
//! Every page asks for nodes, and a thousand of them with their facts are too much to read from the database each time.
//! What a person changes is in the store before it is here. What the nodes themselves tell (whether they answer, what
//! they are) is here at once and in the store with the next [`Roster::flush`]: all of it in one transaction, for a network
//! that comes back brings a thousand nodes back in the same second. Losing that at a crash loses nothing that the next
//! start would not find out again.

mod heard;

use super::{NodeChange, request::MAX_GROUPS, told::Told, twin::is_twin};
use crate::{
    engine::{Error, Result, audit::Note, events::Events},
    port::{clock::Clock, ids::Ids},
    store::{self, Store},
};
use hearth_model::{
    account::Actor,
    event::Channel,
    facts::Facts,
    id::NodeId,
    name::Slug,
    node::{HostKey, Link, Node, NodeState},
    stats::{DiskSpace, Sample},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

/// Over how many hours outages are counted for placement.
const OUTAGES_HOURS: i64 = 30 * 24;

/// All nodes.
pub struct Roster {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    events: Arc<Events>,
    nodes: RwLock<BTreeMap<NodeId, Arc<Node>>>,
    latest: RwLock<BTreeMap<NodeId, Sample>>,
    spaces: RwLock<BTreeMap<NodeId, BTreeMap<String, DiskSpace>>>,
    open_outages: Mutex<BTreeMap<NodeId, Timestamp>>,
    unsaved: Mutex<Vec<Told>>,
    /// Held over a change in the store and in memory, so that both happen in the same order.
    changing: tokio::sync::Mutex<()>,
}

/// What came of adding a node.
#[derive(Debug, Clone)]
pub enum Added {
    /// It is in the roster.
    New(Arc<Node>),
    /// The machine is this other node already; nothing was changed.
    Twin(NodeId),
}

impl Roster {
    /// Reads all nodes. Each is `Connecting` until it was asked.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        events: Arc<Events>,
    ) -> Result<Self, store::Error> {
        let now = clock.now();
        let (nodes, counts, newest) = store
            .read(move |connection| {
                let nodes = store::nodes::list(connection)?;
                let counts = store::outages::count(connection, before(now, OUTAGES_HOURS))?;
                let newest = store::samples::newest(connection, before(now, 24).as_second())?;
                Ok::<_, store::Error>((nodes, counts, newest))
            })
            .await?;
        let latest: BTreeMap<NodeId, Sample> = newest.into_iter().collect();
        let mut open_outages = BTreeMap::new();
        let nodes = nodes
            .into_iter()
            .map(|mut node| {
                if let NodeState::Offline { since, .. } = node.state {
                    open_outages.insert(node.id, since);
                }
                node.state = NodeState::Connecting;
                node.outages_30d = counts.get(&node.id).copied().unwrap_or(0);
                node.last_seen_at = node.last_seen_at.max(latest.get(&node.id).map(|sample| sample.at));
                (node.id, Arc::new(node))
            })
            .collect();
        Ok(Self {
            store,
            clock,
            ids,
            events,
            nodes: RwLock::new(nodes),
            latest: RwLock::new(latest),
            spaces: RwLock::default(),
            open_outages: Mutex::new(open_outages),
            unsaved: Mutex::new(Vec::new()),
            changing: tokio::sync::Mutex::new(()),
        })
    }

    /// All nodes by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Node>> {
        let mut nodes: Vec<_> = self.read().values().cloned().collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        nodes
    }

    /// The ids of all nodes.
    #[must_use]
    pub fn ids(&self) -> Vec<NodeId> {
        self.read().keys().copied().collect()
    }

    /// One node.
    #[must_use]
    pub fn get(&self, id: NodeId) -> Option<Arc<Node>> {
        self.read().get(&id).cloned()
    }

    /// One node by id or name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(&self, key: &str) -> Result<Arc<Node>> {
        let by_id = key.parse::<NodeId>().ok().and_then(|id| self.get(id));
        by_id
            .or_else(|| self.read().values().find(|node| node.name.as_str() == key).cloned())
            .ok_or_else(|| Error::not_found("node", key))
    }

    /// The newest sample of every node that has one.
    #[must_use]
    pub fn latest(&self) -> BTreeMap<NodeId, Sample> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest sample of one node.
    #[must_use]
    pub fn latest_of(&self, id: NodeId) -> Option<Sample> {
        let latest = self.latest.read().unwrap_or_else(PoisonError::into_inner);
        latest.get(&id).cloned()
    }

    /// Space of the file system of a node that is mounted there, as it was last told.
    #[must_use]
    pub fn space_of(&self, id: NodeId, mount: &str) -> Option<DiskSpace> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces.get(&id)?.get(mount).copied()
    }

    /// A name that no node has: the wished one, or with a number.
    #[must_use]
    pub fn free_name(&self, wish: &Slug) -> Slug {
        let taken = |name: &str| self.read().values().any(|node| node.name.as_str() == name);
        if !taken(wish.as_str()) {
            return wish.clone();
        }
        // 58 + "-" + at most 4 digits stay within the 63 of a name.
        let stem: String = wish.as_str().chars().take(58).collect();
        (2..10_000)
            .map(|number| format!("{}-{number}", stem.trim_end_matches('-')))
            .find(|name| !taken(name))
            .map_or_else(|| wish.clone(), |name| Slug::nearest(&name, "node"))
    }

    /// Adds a node; one that is there already stays as it is.
    ///
    /// # Errors
    /// `Conflict` when the name is taken.
    pub async fn add(&self, node: Node, actor: &Actor, detail: String) -> Result<Added> {
        let _order = self.changing.lock().await;
        if let Some(there) = self.get(node.id) {
            return Ok(Added::New(there));
        }
        let host_key = match &node.link {
            Link::Ssh { host_key, .. } => Some(host_key),
            Link::Local => None,
        };
        if let Some(twin) = node.facts.as_ref().and_then(|facts| self.twin(facts, host_key)) {
            return Ok(Added::Twin(twin));
        }
        self.name_is_free(&node)?;
        let (row, note) = (node.clone(), self.note(actor, "node.adopted", &node).detail(detail));
        self.store
            .write(move |tx| {
                store::nodes::insert(tx, &row)?;
                note.write(tx)
            })
            .await?;
        self.tell("added", &node, json!({}));
        let node = Arc::new(node);
        self.write().insert(node.id, Arc::clone(&node));
        Ok(Added::New(node))
    }

    /// The node that a machine is already: the same machine id and a network card in common. A machine id alone is not
    /// enough, for copies of a virtual machine have the same.
    #[must_use]
    pub fn twin(&self, facts: &Facts, host_key: Option<&HostKey>) -> Option<NodeId> {
        let nodes = self.read();
        let twin = nodes.values().find(|node| is_twin(node, facts, host_key));
        twin.map(|node| node.id)
    }

    /// Renames, labels, groups.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the name is taken.
    pub async fn change(&self, key: &str, change: NodeChange, actor: &Actor) -> Result<Node> {
        let _order = self.changing.lock().await;
        let before = self.find(key)?;
        let mut node = Node::clone(&before);
        let mut words = Vec::new();
        if let Some(name) = change.name.filter(|name| *name != node.name) {
            words.push(format!("renamed to {name}"));
            node.name = name;
        }
        if let Some(labels) = change.labels.filter(|labels| *labels != node.labels) {
            let shown: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            words.push(format!("labels: {}", shown.join(", ")));
            node.labels = labels;
        }
        if let Some(groups) = change.groups.filter(|groups| *groups != node.groups) {
            let shown: Vec<&str> = groups.iter().map(Slug::as_str).collect();
            words.push(format!("groups: {}", shown.join(", ")));
            node.groups = groups;
        }
        if words.is_empty() {
            return Ok(node);
        }
        self.name_is_free(&node)?;
        let note = self.note(actor, "node.change", &before).detail(words.join("; "));
        let row = node.clone();
        self.store
            .write(move |tx| {
                store::nodes::update(tx, &row)?;
                note.write(tx)
            })
            .await?;
        let node = self.edit(node.id, |current| {
            current.name = node.name.clone();
            current.labels = node.labels.clone();
            current.groups = node.groups.clone();
        });
        let node = node.ok_or_else(|| Error::not_found("node", key))?;
        self.tell("changed", &node, json!({}));
        Ok(Node::clone(&node))
    }

    /// Forgets a node with its series and its apps; one that is forgotten already is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(&self, id: NodeId, actor: &Actor, detail: String) -> Result<()> {
        let _order = self.changing.lock().await;
        let Some(node) = self.get(id) else { return Ok(()) };
        let note = self.note(actor, "node.released", &node).detail(detail);
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                for app in store::apps::on_node(tx, id)? {
                    store::incidents::close(tx, now, &format!("app {}", app.slug), "Its node was released.")?;
                }
                store::nodes::forget(tx, id)?;
                note.write(tx)
            })
            .await?;
        self.write().remove(&id);
        self.latest.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        self.spaces.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        self.outages().remove(&id);
        self.tell("removed", &node, json!({}));
        Ok(())
    }

    /// Changes which groups nodes are in: all of them in one transaction, with one row in the audit log.
    ///
    /// # Errors
    /// `Conflict` when a node would be in too many.
    pub(super) async fn regroup(
        &self,
        group: &Slug,
        detail: String,
        actor: &Actor,
        edit: impl Fn(NodeId, &mut BTreeSet<Slug>),
    ) -> Result<()> {
        let _order = self.changing.lock().await;
        let mut changed = Vec::new();
        for before in self.all() {
            let mut groups = before.groups.clone();
            edit(before.id, &mut groups);
            if groups.len() > MAX_GROUPS {
                let text = format!("{} would be in more than {MAX_GROUPS} groups", before.name);
                return Err(Error::Conflict(text));
            }
            if groups != before.groups {
                let node = Node::clone(&before);
                changed.push(Node { groups, ..node });
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let note = Note::new(&*self.clock, &*self.ids, actor, "group.change").on(format!("group {group}"));
        let (rows, note) = (changed.clone(), note.detail(detail));
        self.store
            .write(move |tx| {
                for row in &rows {
                    store::nodes::update(tx, row)?;
                }
                note.write(tx)
            })
            .await?;
        for node in changed {
            if let Some(node) = self.edit(node.id, |current| current.groups = node.groups) {
                self.tell("changed", &node, json!({}));
            }
        }
        Ok(())
    }

    fn note(&self, actor: &Actor, action: &'static str, node: &Node) -> Note {
        Note::new(&*self.clock, &*self.ids, actor, action).on(format!("node {}", node.name))
    }

    fn name_is_free(&self, node: &Node) -> Result<()> {
        let taken = self
            .read()
            .values()
            .any(|other| other.name == node.name && other.id != node.id);
        if taken {
            return Err(Error::Conflict(format!("a node is called {} already", node.name)));
        }
        Ok(())
    }

    fn edit(&self, id: NodeId, edit: impl FnOnce(&mut Node)) -> Option<Arc<Node>> {
        let mut nodes = self.write();
        let node = nodes.get_mut(&id)?;
        edit(Arc::make_mut(node));
        Some(Arc::clone(node))
    }

    fn tell(&self, event: &str, node: &Node, more: serde_json::Value) {
        let mut data = json!({"node": node.id, "name": node.name});
        if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
        }
        self.events.tell(Channel::Nodes, event, data);
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<NodeId, Arc<Node>>> {
        self.nodes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<NodeId, Arc<Node>>> {
        self.nodes.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn outages(&self) -> MutexGuard<'_, BTreeMap<NodeId, Timestamp>> {
        self.open_outages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsaved(&self) -> MutexGuard<'_, Vec<Told>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn before(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours))
        .unwrap_or(Timestamp::MIN)
}
