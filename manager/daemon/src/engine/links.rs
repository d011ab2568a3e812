//! Links: the one held connection of each node, and the engine behind it.
//!
//! Whoever needs a node asks here; nobody else opens connections. That is what keeps a returning network from becoming a
//! storm: one attempt a node at a time, waits that grow between failed ones, and a refusal from memory in between.
//! Who decides when an unused link is tried again is the poll (`reconcile::poll`).

use super::{Error, Result, nodes::roster::Roster};
use crate::port::{
    clock::Clock,
    containers::{Containers, DEFAULT_SOCKET, Engines},
    ids::Ids,
    session::{Connector, Credentials, ExpectedKey, Session, Target},
};
use hearth_model::{
    fault::{Cause, Fault},
    id::NodeId,
    node::{Link, Node},
};
use std::{
    collections::BTreeMap,
    ptr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Longest wait between two attempts: a node is shown online within 20 s of its return.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// Wait after a fault that only a person can end: trying often would look like an attack.
const HOPELESS_WAIT: Duration = Duration::from_secs(60);
/// After how many refused logins in a row a person is needed. Fewer happen by themselves: `pam_nologin` refuses everyone
/// while a machine starts.
const HOPELESS_LOGINS: u32 = 8;
/// How long a lost connection may be opened anew before the node is called offline: a restarted SSH server is no outage.
const BLINK: Duration = Duration::from_secs(2);
/// How many connections are opened at the same time.
const OPENING: usize = 256;

/// Holds a connection a node and opens it anew when it breaks: at once the first time, then after 1, 2, 4 … 15 s with jitter, so that a returning network is no storm.
pub struct Links {
    connector: Arc<dyn Connector>,
    engines: Arc<dyn Engines>,
    roster: Arc<Roster>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    slots: Mutex<BTreeMap<NodeId, Arc<Slot>>>,
    opening: Semaphore,
}

/// What is held of one node.
#[derive(Default)]
struct Slot {
    held: Mutex<Held>,
    /// Held while the connection is opened, so that it is opened once.
    connecting: tokio::sync::Mutex<()>,
    engine: tokio::sync::Mutex<Option<Engine>>,
}

#[derive(Default)]
struct Held {
    session: Option<Arc<dyn Session>>,
    /// When the connection was seen to be lost.
    lost_at: Option<Duration>,
    /// Failed attempts since it last stood.
    failures: u32,
    refused: Option<Refused>,
}

/// Why the last attempt failed, and until when that is the answer.
#[derive(Clone)]
struct Refused {
    fault: Fault,
    until: Duration,
}

/// An open engine, and the session it belongs to.
struct Engine {
    session: Arc<dyn Session>,
    containers: Arc<dyn Containers>,
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A connection is held.
    Open,
    /// None is held, and it is time to try.
    Due,
    /// An attempt is under way, or it is not yet time for the next.
    Waiting,
}

impl Links {
    /// Holds nothing yet.
    #[must_use]
    pub fn new(
        connector: Arc<dyn Connector>,
        engines: Arc<dyn Engines>,
        roster: Arc<Roster>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self {
            connector,
            engines,
            roster,
            clock,
            ids,
            slots: Mutex::new(BTreeMap::new()),
            opening: Semaphore::new(OPENING),
        }
    }

    /// The held session of a node, opened when there is none.
    ///
    /// # Errors
    /// `NotFound`; `Node` with the cause when it cannot be opened.
    pub async fn session(&self, node: NodeId) -> Result<Arc<dyn Session>> {
        let found = self.roster.get(node).ok_or_else(|| Error::not_found("node", node))?;
        let slot = self.slot(node);
        if let Some(session) = slot.open() {
            return Ok(session);
        }
        let _single = slot.connecting.lock().await;
        if let Some(session) = slot.open() {
            return Ok(session);
        }
        if let Some(refused) = slot.held().refused.clone().filter(|r| self.clock.monotonic() < r.until) {
            return Err(of(&found, refused.fault));
        }
        let opening = self.opening.acquire().await;
        let opened = self.connector.connect(&target(&found.link), &Credentials::OwnKey).await;
        drop(opening);
        match opened {
            Ok(session) => {
                *slot.held() = Held {
                    session: Some(Arc::clone(&session)),
                    ..Held::default()
                };
                self.roster.online(node);
                Ok(session)
            }
            Err(fault) => {
                let mut held = slot.held();
                held.session = None;
                held.failures = held.failures.saturating_add(1);
                let wait = self.jitter(wait(held.failures, fault.cause));
                held.refused = Some(Refused {
                    fault: fault.clone(),
                    until: self.clock.monotonic() + wait,
                });
                drop(held);
                self.roster.offline(node, fault.clone());
                Err(of(&found, fault))
            }
        }
    }

    /// The engine of a node.
    ///
    /// # Errors
    /// `NotFound`; `Node` with the cause when it cannot be opened.
    pub async fn containers(&self, node: NodeId) -> Result<Arc<dyn Containers>> {
        let session = self.session(node).await?;
        let slot = self.slot(node);
        let mut engine = slot.engine.lock().await;
        if let Some(open) = engine.as_ref().filter(|open| same(&open.session, &session)) {
            return Ok(Arc::clone(&open.containers));
        }
        match self.engines.open(Arc::clone(&session), DEFAULT_SOCKET).await {
            Ok(containers) => {
                *engine = Some(Engine {
                    session,
                    containers: Arc::clone(&containers),
                });
                Ok(containers)
            }
            Err(fault) => {
                *engine = None;
                let found = self.roster.get(node).ok_or_else(|| Error::not_found("node", node))?;
                Err(of(&found, fault))
            }
        }
    }

    /// Takes over a connection that was opened elsewhere, as adoption does.
    pub fn hold(&self, node: NodeId, session: Arc<dyn Session>) {
        *self.slot(node).held() = Held {
            session: Some(session),
            ..Held::default()
        };
        self.roster.online(node);
    }

    /// How the link of a node stands; opens nothing.
    #[must_use]
    pub fn standing(&self, node: NodeId) -> Standing {
        let slot = self.slot(node);
        if slot.open().is_some() {
            return Standing::Open;
        }
        let waits = slot
            .held()
            .refused
            .as_ref()
            .is_some_and(|refused| self.clock.monotonic() < refused.until);
        if waits || slot.connecting.try_lock().is_err() {
            Standing::Waiting
        } else {
            Standing::Due
        }
    }

    /// Notices connections that were lost, and calls those nodes offline that were not back in a moment. To be called every second.
    pub fn tend(&self) {
        let now = self.clock.monotonic();
        let slots: Vec<_> = self
            .slots()
            .iter()
            .map(|(node, slot)| (*node, Arc::clone(slot)))
            .collect();
        for (node, slot) in slots {
            let mut held = slot.held();
            if held.session.as_ref().is_some_and(|session| !session.is_open()) {
                held.session = None;
                held.lost_at = Some(now);
            }
            let gone = held.lost_at.is_some_and(|at| now >= at + BLINK);
            if gone {
                held.lost_at = None;
            }
            // When an attempt has failed meanwhile, it has told a better cause already.
            let told = held.refused.is_some();
            drop(held);
            if gone && !told {
                self.roster
                    .offline(node, Fault::new(Cause::Disconnected, "the connection broke"));
            }
        }
    }

    /// Gives a connection up that stands but does not answer.
    pub async fn give_up(&self, node: NodeId, fault: Fault) {
        let session = self.slot(node).held().session.take();
        if let Some(session) = session {
            session.close().await;
        }
        self.roster.offline(node, fault);
    }

    /// Ends the connection, so that the next one who asks gets a new login: a group that the user was put in counts only from then on.
    pub async fn renew(&self, node: NodeId) {
        let slot = self.slot(node);
        *slot.engine.lock().await = None;
        let session = slot.held().session.take();
        if let Some(session) = session {
            session.close().await;
        }
    }

    /// Ends the connection of a node that was released.
    pub async fn forget(&self, node: NodeId) {
        let slot = self.slots().remove(&node);
        let session = slot.and_then(|slot| slot.held().session.take());
        if let Some(session) = session {
            session.close().await;
        }
    }

    fn slot(&self, node: NodeId) -> Arc<Slot> {
        Arc::clone(self.slots().entry(node).or_default())
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<NodeId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Three quarters of a wait and a random part of the last quarter: nodes that were lost together do not come back together.
    fn jitter(&self, wait: Duration) -> Duration {
        let mut byte = [0];
        self.ids.random(&mut byte);
        wait.mul_f64(0.75 + f64::from(byte[0]) / 1024.0)
    }
}

impl Slot {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Option<Arc<dyn Session>> {
        self.held().session.clone().filter(|session| session.is_open())
    }
}

/// How long to wait after that many failed attempts in a row.
fn wait(failures: u32, cause: Cause) -> Duration {
    let hopeless = match cause {
        Cause::HostKeyChanged | Cause::HostKeyMismatch => true,
        Cause::WrongPassword => failures >= HOPELESS_LOGINS,
        _ => false,
    };
    if hopeless {
        return HOPELESS_WAIT;
    }
    let doubled = 1u64 << failures.saturating_sub(1).min(10);
    Duration::from_secs(doubled).min(LONGEST_WAIT)
}

/// Where a node's link leads.
fn target(link: &Link) -> Target {
    match link {
        Link::Local => Target::Local,
        Link::Ssh {
            host,
            port,
            user,
            host_key,
        } => Target::Ssh {
            host: host.clone(),
            port: *port,
            user: user.clone(),
            expected: ExpectedKey::Pinned(host_key.clone()),
        },
    }
}

/// Whether two handles are of the same session.
#[must_use]
pub fn same(a: &Arc<dyn Session>, b: &Arc<dyn Session>) -> bool {
    ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}

fn of(node: &Node, fault: Fault) -> Error {
    Error::Node {
        node: node.name.to_string(),
        fault,
    }
}
