//! The poll: asks every node every 15 s what it does, and what it is every 10 minutes.
//!
//! One loop that wakes every second does all the waiting, so that a thousand nodes cost no thousand timers: it begins
//! what is due, notices lost connections, and brings what was learnt into the store in one transaction each 15 s.
//! It is also the one that opens lost connections anew, so that nodes come back when nobody asks for them.

use super::series;
use crate::{
    engine::{
        links::{Links, Standing, same},
        nodes::{inspector::Inspector, roster::Roster},
    },
    port::{
        clock::Clock,
        session::{Exec, Output, Session, SessionError},
    },
    store::{self, Store},
};
use hearth_model::{
    fault::{Cause, Fault},
    id::NodeId,
    probe::{MAX_ANSWER_BYTES, PROBE_STATS, parse_stats},
    stats::{Counters, Sample},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often the loop wakes.
const TICK: Duration = Duration::from_secs(1);
/// In how many portions at most the nodes of a tick are asked, and the pause between two: a thousand nodes that are asked
/// at the start of each second would keep every page waiting until they have answered.
const PORTIONS: usize = 8;
const PAUSE: Duration = Duration::from_millis(80);
/// So few nodes are asked at once.
const FEW: usize = 4;
/// Between two polls of a node, and between two transactions with what they told.
const EVERY: Duration = Duration::from_secs(15);
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How many polls in a row may go unanswered on a connection that stands, before the node counts as gone: a machine that
/// swaps or unpacks an image is slow, not away.
const UNANSWERED: u32 = 3;
/// Between two looks at what a node is.
const FACTS_EVERY: Duration = Duration::from_secs(600);
/// The same while its engine does not answer.
const FACTS_SOON: Duration = Duration::from_secs(60);
/// Between two rounds of clearing up.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);

/// Polls the nodes.
pub struct Poll {
    me: Weak<Self>,
    roster: Arc<Roster>,
    links: Arc<Links>,
    inspector: Arc<Inspector>,
    store: Store,
    clock: Arc<dyn Clock>,
    turns: Mutex<BTreeMap<NodeId, Turn>>,
    pending: Mutex<Vec<(NodeId, Sample)>>,
    rounds: Mutex<Rounds>,
}

/// What is known of a node's polls.
#[derive(Default)]
struct Turn {
    busy: bool,
    due: Duration,
    facts_due: Duration,
    before: Option<Counters>,
    unanswered: u32,
    /// The connection that the facts were asked over.
    session: Option<Arc<dyn Session>>,
}

#[derive(Default)]
struct Rounds {
    flush_due: Duration,
    prune_due: Duration,
}

/// Ends a turn however it ends.
struct Busy<'a>(&'a Poll, NodeId);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if let Some(turn) = self.0.turns().get_mut(&self.1) {
            turn.busy = false;
        }
    }
}

impl Poll {
    /// Polls nothing yet.
    #[must_use]
    pub fn new(
        roster: Arc<Roster>,
        links: Arc<Links>,
        inspector: Arc<Inspector>,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            roster,
            links,
            inspector,
            store,
            clock,
            turns: Mutex::default(),
            pending: Mutex::default(),
            rounds: Mutex::default(),
        })
    }

    /// Polls until told to stop, and keeps what was learnt to the last.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let begun = self.clock.monotonic();
            self.tick().await;
            let took = self.clock.monotonic().saturating_sub(begun);
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.clock.sleep(TICK.saturating_sub(took)) => {}
            }
        }
        self.keep(true).await;
    }

    /// Begins what is due, and keeps what was learnt.
    pub async fn tick(&self) {
        self.links.tend();
        let now = self.clock.monotonic();
        let ids = self.roster.ids();
        let due: Vec<NodeId> = {
            let mut turns = self.turns();
            turns.retain(|id, _| ids.binary_search(id).is_ok());
            let due = |id: &NodeId| {
                let turn = turns.entry(*id).or_default();
                if turn.busy {
                    return false;
                }
                let begin = match self.links.standing(*id) {
                    Standing::Open => now >= turn.due,
                    Standing::Due => true,
                    Standing::Waiting => false,
                };
                turn.busy = begin;
                begin
            };
            ids.into_iter().filter(due).collect()
        };
        let portion = due.len().div_ceil(PORTIONS).max(FEW);
        for (i, ids) in due.chunks(portion).enumerate() {
            if i > 0 {
                self.clock.sleep(PAUSE).await;
            }
            for id in ids.iter().copied() {
                if let Some(me) = self.me.upgrade() {
                    tokio::spawn(async move { me.visit(id).await });
                }
            }
        }
        self.keep(false).await;
    }

    /// Whether a poll is under way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.turns().values().any(|turn| turn.busy)
    }

    async fn visit(&self, id: NodeId) {
        let _busy = Busy(self, id);
        let Ok(session) = self.links.session(id).await else {
            // The roster knows why; nothing more is to be told.
            return;
        };
        let now = self.clock.monotonic();
        let facts_due = {
            let mut turns = self.turns();
            let turn = turns.entry(id).or_default();
            turn.due = next(id, now);
            let anew = turn.session.as_ref().is_none_or(|known| !same(known, &session));
            turn.session = Some(Arc::clone(&session));
            anew || now >= turn.facts_due
        };
        self.stats(id, &*session).await;
        if facts_due {
            let facts = self.inspector.refresh(id).await;
            if let Err(error) = &facts {
                tracing::debug!(node = %id, error = %error, "facts could not be refreshed");
            }
            let soon = facts.is_ok_and(|facts| facts.engine.is_some());
            let wait = if soon { FACTS_EVERY } else { FACTS_SOON };
            if let Some(turn) = self.turns().get_mut(&id) {
                turn.facts_due = now + wait;
            }
        }
    }

    async fn stats(&self, id: NodeId, session: &dyn Session) {
        let mut exec = Exec::script::<String>(PROBE_STATS, []).within(LIMIT);
        exec.max_output = MAX_ANSWER_BYTES;
        let answer = session.exec(exec).await;
        self.heard(id, answer).await;
    }

    /// Takes an answer, or what came instead of one.
    async fn heard(&self, id: NodeId, answer: Result<Output, SessionError>) {
        let at = self.clock.now();
        match answer {
            Ok(output) => match parse_stats(&output.stdout) {
                Ok(reading) => {
                    let mut turns = self.turns();
                    let turn = turns.entry(id).or_default();
                    turn.unanswered = 0;
                    let sample = Sample::between(at, turn.before.as_ref(), &reading);
                    // The first reading has no rates: it is shown, but would put a false zero into the series.
                    let first = turn.before.replace(reading.counters).is_none();
                    drop(turns);
                    if !first {
                        self.pending().push((id, sample.clone()));
                    }
                    self.roster.sampled(id, sample);
                    self.roster.measured(id, reading.disks);
                }
                Err(error) => tracing::warn!(node = %id, error = %error, "the answer to a poll cannot be read"),
            },
            Err(error @ SessionError::TimedOut { .. }) => {
                let unanswered = {
                    let mut turns = self.turns();
                    let turn = turns.entry(id).or_default();
                    turn.unanswered += 1;
                    turn.unanswered
                };
                if unanswered >= UNANSWERED {
                    let detail = format!("connected, but {unanswered} polls went unanswered: {error}");
                    self.links.give_up(id, Fault::new(Cause::TimedOut, detail)).await;
                }
            }
            // A lost connection is noticed by the links themselves.
            Err(error) => tracing::debug!(node = %id, error = %error, "a poll failed"),
        }
    }

    /// Brings what was learnt into the store: states at once, samples each 15 s.
    async fn keep(&self, all: bool) {
        let now = self.clock.monotonic();
        let (flush, prune) = {
            let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
            let flush = all || now >= rounds.flush_due;
            let prune = now >= rounds.prune_due;
            if flush {
                rounds.flush_due = now + EVERY;
            }
            if prune {
                rounds.prune_due = now + PRUNE_EVERY;
            }
            (flush, prune)
        };
        if let Err(error) = self.roster.flush().await {
            tracing::error!(error = %error, cause = ?error, "node states could not be kept");
        }
        if flush && let Err(error) = self.keep_samples(prune).await {
            tracing::error!(error = %error, cause = ?error, "samples could not be kept");
        }
        if prune && let Err(error) = self.roster.recount().await {
            tracing::error!(error = %error, cause = ?error, "outages could not be counted");
        }
    }

    async fn keep_samples(&self, prune: bool) -> store::Result<()> {
        let at = self.clock.now();
        let samples = std::mem::take(&mut *self.pending());
        let total = if samples.is_empty() {
            None
        } else {
            series::total(at, &self.online())
        };
        self.store
            .write(move |tx| {
                store::samples::insert(tx, &samples, total.as_ref())?;
                store::samples::roll_up(tx, at.as_second())?;
                if prune {
                    store::samples::prune(tx, at.as_second())?;
                }
                Ok(())
            })
            .await
    }

    /// The newest sample of each node that is online, with its number of processors.
    fn online(&self) -> Vec<(u32, Sample)> {
        let mut latest = self.roster.latest();
        let nodes = self.roster.all();
        let online = nodes.iter().filter(|node| node.state.is_online());
        online
            .filter_map(|node| {
                let cores = node.facts.as_ref().map_or(1, |facts| facts.cpu_cores);
                Some((cores, latest.remove(&node.id)?))
            })
            .collect()
    }

    fn turns(&self) -> MutexGuard<'_, BTreeMap<NodeId, Turn>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Vec<(NodeId, Sample)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a node is polled next: each has its own second of the 15, so that their answers do not come all at once.
fn next(id: NodeId, now: Duration) -> Duration {
    let phase = u64::from(id.0.as_bytes()[15]) % EVERY.as_secs();
    let secs = now.as_secs();
    let base = secs - secs % EVERY.as_secs() + phase;
    let due = if base > secs { base } else { base + EVERY.as_secs() };
    Duration::from_secs(due)
}

#[cfg(test)]
mod tests;
