//! Watches deployed apps: what is on their nodes is compared with what was deployed, every 15 s and whenever a
//! node's engine tells of something.
//!
//! It shows and never undoes: whoever stops a container or edits a file on a node has their reasons. An app that a
//! job works on is left alone, for then it is meant to be different.

mod judge;
mod look;

use crate::{
    engine::{
        Error, Result, catalogue::Catalogue, events::Events, incidents::told, jobs::Announcement, links::Links,
        nodes::roster::Roster, saga::app::state_told,
    },
    port::{clock::Clock, ids::Ids, prober::Prober, vault::Vault},
    store::{self, Store, apps, incidents, jobs},
};
use hearth_model::{
    app::{App, AppState},
    id::NodeId,
    incident::Incident,
    node::Node,
};
use look::Look;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Between two looks at a node of which nothing is heard.
const EVERY: Duration = Duration::from_secs(15);
/// How often it is looked which nodes went or came.
const TICK: Duration = Duration::from_secs(1);
/// Between two attempts to hear what an engine tells.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);
/// How many nodes are looked at together.
const TOGETHER: usize = 64;
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Events that wait to be looked into.
const EVENTS: usize = 256;

/// What the watch works with.
pub struct WatchAppsParts {
    /// The store.
    pub store: Store,
    /// The nodes as they are.
    pub roster: Arc<Roster>,
    /// Their connections.
    pub links: Arc<Links>,
    /// The recipes, for their health checks.
    pub catalogue: Arc<Catalogue>,
    /// Asks apps whether they answer.
    pub prober: Arc<dyn Prober>,
    /// Unseals secrets, to know what a file should be.
    pub vault: Arc<dyn Vault>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
    /// Tells watchers.
    pub events: Arc<Events>,
}

/// Watches apps.
pub struct WatchApps {
    store: Store,
    roster: Arc<Roster>,
    links: Arc<Links>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    events: Arc<Events>,
    look: Look,
    seen: Mutex<Seen>,
    turns: Semaphore,
}

/// When and how nodes were last looked at.
#[derive(Default)]
struct Seen {
    due: BTreeMap<NodeId, Duration>,
    online: BTreeMap<NodeId, bool>,
    /// Looks under way, and whether another one is wanted after them.
    looking: BTreeMap<NodeId, bool>,
}

impl WatchApps {
    /// Watches nothing yet.
    #[must_use]
    pub fn new(parts: WatchAppsParts) -> Arc<Self> {
        let WatchAppsParts {
            store,
            roster,
            links,
            catalogue,
            prober,
            vault,
            clock,
            ids,
            events,
        } = parts;
        let look = Look::new(
            store.clone(),
            Arc::clone(&links),
            catalogue,
            prober,
            vault,
            Arc::clone(&clock),
        );
        Arc::new(Self {
            store,
            roster,
            links,
            clock,
            ids,
            events,
            look,
            seen: Mutex::default(),
            turns: Semaphore::new(TOGETHER),
        })
    }

    /// Watches until `stop`. Each node is looked at on its own, so that one which hangs holds up no other.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let (tell, mut told) = mpsc::channel(EVENTS);
        let (mut listeners, mut looks) = (JoinSet::new(), JoinSet::new());
        let mut heard = BTreeSet::new();
        let mut next_tick = self.clock.monotonic();
        loop {
            let until_tick = next_tick.saturating_sub(self.clock.monotonic());
            tokio::select! {
                () = stop.cancelled() => break,
                Some(node) = told.recv() => self.begin(node, &mut looks),
                Some(looked) = looks.join_next() => self.looked(looked, &mut looks),
                Some(ended) = listeners.join_next() => {
                    // A node that was released is no longer listened to; adopted again, it is a new one.
                    if let Ok(node) = ended {
                        heard.remove(&node);
                    }
                }
                () = self.clock.sleep(until_tick) => {
                    next_tick = self.clock.monotonic() + TICK;
                    let Ok(nodes) = self.nodes_with_apps().await.inspect_err(lament) else { continue };
                    for node in nodes.iter().filter(|node| heard.insert(**node)) {
                        listeners.spawn(Arc::clone(&self).listen(*node, tell.clone()));
                    }
                    for node in self.due(nodes) {
                        self.begin(node, &mut looks);
                    }
                }
            }
        }
        listeners.shutdown().await;
        looks.shutdown().await;
    }

    /// Begins a look at a node; while one is under way, another one is made after it.
    fn begin(self: &Arc<Self>, node: NodeId, looks: &mut JoinSet<NodeId>) {
        let mut seen = self.seen();
        if let Some(again) = seen.looking.get_mut(&node) {
            *again = true;
            return;
        }
        seen.looking.insert(node, false);
        let me = Arc::clone(self);
        looks.spawn(async move {
            let Ok(_turn) = me.turns.acquire().await else {
                return node;
            };
            // A node that hangs is the poll's to judge; nothing is said of its apps until it answers or is given up.
            match tokio::time::timeout(PATIENCE, me.check(node)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => lament(&error),
                Err(_) => tracing::debug!(%node, "a look at a node's apps took too long"),
            }
            node
        });
    }

    fn looked(self: &Arc<Self>, looked: Result<NodeId, tokio::task::JoinError>, looks: &mut JoinSet<NodeId>) {
        let Ok(node) = looked else {
            // Which node it was is not told: all may be looked at again.
            self.seen().looking.clear();
            return;
        };
        let again = {
            let mut seen = self.seen();
            seen.due.insert(node, self.clock.monotonic() + EVERY);
            seen.looking.remove(&node) == Some(true)
        };
        if again {
            self.begin(node, looks);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at all apps of a node and keeps what it finds.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn check(&self, node: NodeId) -> Result<()> {
        let (found, busy) = self
            .store
            .read(move |c| {
                let found = apps::on_node(c, node)?.into_iter().map(|app| {
                    let plan = apps::plan(c, app.id)?;
                    Ok((app, plan))
                });
                let found = found.collect::<store::Result<Vec<_>>>()?;
                let busy: BTreeSet<String> = jobs::active_subjects(c)?.into_iter().collect();
                Ok::<_, store::Error>((found, busy))
            })
            .await?;
        let watched: Vec<_> = found
            .into_iter()
            .filter(|(app, _)| is_watched(app) && !busy.contains(&subject(app)))
            .filter_map(|(app, plan)| Some((app, plan?)))
            .collect();
        let Some(node) = self.roster.get(node).filter(|_| !watched.is_empty()) else {
            return Ok(());
        };
        for (app, state) in self.look.at(&node, &watched).await {
            self.keep(&node, app, state).await?;
        }
        Ok(())
    }

    /// Writes an app's state, unless a job or a person changed the app since it was looked at.
    async fn keep(&self, node: &Node, seen: App, state: AppState) -> Result<()> {
        let (id, now, uuid) = (seen.id, self.clock.now(), self.ids.uuid());
        let node_name = node.name.to_string();
        let told = self
            .store
            .write(move |tx| {
                let Some(app) = apps::get(tx, id)?.filter(|app| *app == seen) else {
                    return Ok(Vec::new());
                };
                let subject = subject(&app);
                if jobs::active_on(tx, &subject)?.is_some() {
                    return Ok(Vec::new());
                }
                let mut told = incident(tx, uuid, now, &app, &state, &node_name)?;
                if app.state != state {
                    apps::set_state(tx, app.id, &state)?;
                    told.push(state_told(&app, &state));
                }
                Ok::<_, store::Error>(told)
            })
            .await?;
        for Announcement { channel, event, data } in told {
            self.events.tell(channel, event, data);
        }
        Ok(())
    }

    /// Nodes that have not been looked at for long, or that went or came since.
    fn due(&self, nodes: BTreeSet<NodeId>) -> BTreeSet<NodeId> {
        let now = self.clock.monotonic();
        let mut seen = self.seen();
        nodes
            .into_iter()
            .filter(|node| {
                let online = self.roster.get(*node).is_some_and(|node| node.state.is_online());
                let turned = seen.online.insert(*node, online) != Some(online);
                turned || seen.due.get(node).is_none_or(|due| now >= *due)
            })
            .collect()
    }

    async fn nodes_with_apps(&self) -> Result<BTreeSet<NodeId>> {
        let all = self.store.read(apps::nodes).await?;
        Ok(all)
    }

    /// Listens to what a node's engine tells, until the node is released.
    async fn listen(self: Arc<Self>, node: NodeId, tell: mpsc::Sender<NodeId>) -> NodeId {
        while let Some(found) = self.roster.get(node) {
            if found.state.is_online()
                && let Err(error) = self.hear(node, &tell).await
            {
                // The poll tells of the node; here it only means that the next look is a timer's.
                tracing::debug!(node = %found.name, error = &error as &dyn std::error::Error, "an engine's events cannot be heard");
            }
            self.clock.sleep(LISTEN_AGAIN).await;
        }
        node
    }

    async fn hear(&self, node: NodeId, tell: &mpsc::Sender<NodeId>) -> Result<()> {
        let containers = self.links.containers(node).await?;
        let (events, mut heard) = mpsc::channel(EVENTS);
        let listening = containers.events(events);
        let passing = async {
            while let Some(event) = heard.recv().await {
                // Health checks and `exec` tell something every few seconds that changes nothing.
                let matters = event.kind == "container" && !event.action.starts_with("exec_");
                if matters && event.project.is_some() && tell.send(node).await.is_err() {
                    break;
                }
            }
        };
        let (ended, ()) = tokio::join!(listening, passing);
        ended.map_err(|error| Error::internal("hearing an engine's events", error))
    }
}

/// Whether what is on the node should be what was deployed.
fn is_watched(app: &App) -> bool {
    match app.state {
        AppState::Running
        | AppState::Unhealthy { .. }
        | AppState::Stopped
        | AppState::Drifted { .. }
        | AppState::Unreachable => true,
        AppState::Deploying
        | AppState::RollingBack
        | AppState::RolledBack { .. }
        | AppState::Stuck { .. }
        | AppState::Removing => false,
    }
}

fn subject(app: &App) -> String {
    format!("app {}", app.slug)
}

/// Opens or ends the incident of an app. A node that does not answer is an outage of the node, not of each of its apps.
fn incident(
    tx: &rusqlite::Transaction<'_>,
    id: uuid::Uuid,
    now: jiff::Timestamp,
    app: &App,
    state: &AppState,
    node: &str,
) -> store::Result<Vec<Announcement>> {
    let subject = subject(app);
    let open = incidents::open_of(tx, &subject)?;
    let wrong = match state {
        AppState::Drifted { differences } => format!("On {node}: {}.", differences.join("; ")),
        AppState::Unhealthy { reason } => format!("On {node}: {reason}."),
        AppState::Running | AppState::Stopped => {
            let Some(open) = open else { return Ok(Vec::new()) };
            let done = "It is as it should be again.";
            incidents::close(tx, now, &subject, done)?;
            let ended = Incident {
                ended_at: Some(now),
                done: done.to_owned(),
                ..open
            };
            return Ok(vec![told("ended", &ended)]);
        }
        _ => return Ok(Vec::new()),
    };
    match open {
        Some(open) if open.text == wrong => Ok(Vec::new()),
        Some(open) => {
            incidents::reword(tx, open.id, &wrong)?;
            Ok(vec![told("changed", &Incident { text: wrong, ..open })])
        }
        None => {
            incidents::open(tx, id.into(), now, &subject, &wrong)?;
            let added = incidents::open_of(tx, &subject)?;
            Ok(added.iter().map(|added| told("added", added)).collect())
        }
    }
}

fn lament(error: &Error) {
    tracing::error!(error = error as &dyn std::error::Error, "apps cannot be watched");
}
