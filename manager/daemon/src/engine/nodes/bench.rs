//! What the tests of this floor share: a network of fake machines, and every service over it.

use super::{inspector::Inspector, roster::Roster};
use crate::{
    engine::{events::Events, links::Links, preflight::Looker, reconcile::poll::Poll},
    port::{
        clock::{Clock, FakeClock},
        compose::FakeCompose,
        containers::FakeEngines,
        ids::FakeIds,
        session::{Connector, FakeConnector, FakeMachine, Output},
        tools::FakeTools,
    },
    store::Store,
};
use hearth_model::{
    account::Actor,
    id::NodeId,
    node::{Link, Node, NodeState},
    probe::{PROBE_FACTS, PROBE_STATS},
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use uuid::Uuid;

const FACTS: &str = include_str!("../../../../model/src/probe/fixtures/debian_vm.facts");
const STATS: &str = include_str!("../../../../model/src/probe/fixtures/debian_vm.stats");

/// Every service of this floor over fakes.
pub(crate) struct Bench {
    dir: tempfile::TempDir,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) ids: Arc<FakeIds>,
    pub(crate) events: Arc<Events>,
    pub(crate) network: Arc<FakeConnector>,
    pub(crate) engines: Arc<FakeEngines>,
    pub(crate) compose: Arc<FakeCompose>,
    pub(crate) store: Store,
    pub(crate) roster: Arc<Roster>,
    pub(crate) links: Arc<Links>,
    pub(crate) looker: Arc<Looker>,
    pub(crate) inspector: Arc<Inspector>,
    pub(crate) poll: Arc<Poll>,
}

impl Bench {
    /// A network without machines; they all have Compose, or (`compose` false) none.
    pub(crate) async fn new(compose: bool) -> Self {
        let engines = Arc::new(FakeEngines::default());
        let network = Arc::new(FakeConnector::default());
        let clock = Arc::new(FakeClock::default());
        Self::start(tempfile::tempdir().unwrap(), network, engines, clock, compose).await
    }

    /// The same network and database, everything else anew: Hearth was restarted.
    pub(crate) async fn restarted(self) -> Self {
        let Self {
            dir,
            network,
            engines,
            clock,
            ..
        } = self;
        Self::start(dir, network, engines, clock, true).await
    }

    async fn start(
        dir: tempfile::TempDir,
        network: Arc<FakeConnector>,
        engines: Arc<FakeEngines>,
        clock: Arc<FakeClock>,
        compose: bool,
    ) -> Self {
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let (ids, events) = (Arc::new(FakeIds::default()), Arc::new(Events::default()));
        let roster = Roster::open(store.clone(), clock.clone(), ids.clone(), events.clone()).await;
        let roster = Arc::new(roster.unwrap());
        let links = Arc::new(Links::new(
            network.clone(),
            engines.clone(),
            roster.clone(),
            clock.clone(),
            ids.clone(),
        ));
        let compose = Arc::new(FakeCompose::new(engines.clone(), compose));
        let looker = Arc::new(Looker::new(compose.clone(), Arc::new(FakeTools), clock.clone()));
        let inspector = Arc::new(Inspector::new(roster.clone(), links.clone(), looker.clone()));
        let poll = Poll::new(
            roster.clone(),
            links.clone(),
            inspector.clone(),
            store.clone(),
            clock.clone(),
        );
        Self {
            dir,
            clock,
            ids,
            events,
            network,
            engines,
            compose,
            store,
            roster,
            links,
            looker,
            inspector,
            poll,
        }
    }

    /// Where the database lies.
    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Puts machine `number` on the network at `10.0.0.<number>`; `root` may log in with the password `once`.
    pub(crate) fn machine(&self, number: u8) -> Arc<FakeMachine> {
        let machine = FakeMachine::new(&format!("m{number}"));
        machine.allow_password("root", "once");
        let facts = FACTS
            .replace("nas ", &format!("m{number} "))
            .replace("3d1219c7", &format!("3d1219{number:02x}"))
            .replace("12:34:56", &format!("12:34:{number:02x}"));
        let clock = Arc::clone(&self.clock);
        machine.on(move |_, exec| {
            let answer = if exec.stdin == PROBE_FACTS.as_bytes() {
                facts.clone()
            } else if exec.stdin == PROBE_STATS.as_bytes() {
                let up = clock.monotonic().as_secs();
                STATS.replace("86400.52", &format!("{}.5", 86_400 + up))
            } else {
                return None;
            };
            Some(Output {
                stdout: answer.into_bytes(),
                ..Output::default()
            })
        });
        let _ = self.engines.install(machine.name());
        self.network.put(&format!("10.0.0.{number}"), 22, &machine);
        machine
    }

    /// The same, adopted already.
    pub(crate) async fn node(&self, number: u8) -> (NodeId, Arc<FakeMachine>) {
        let machine = self.machine(number);
        machine.authorize(&self.network.own_public_key());
        let id = NodeId(Uuid::from_u128(u128::from(number)));
        let node = Node {
            id,
            name: machine.name().parse().unwrap(),
            link: Link::Ssh {
                host: format!("10.0.0.{number}").parse().unwrap(),
                port: 22,
                user: "root".to_owned(),
                host_key: machine.host_key(),
            },
            state: NodeState::Connecting,
            facts: None,
            labels: Default::default(),
            groups: Default::default(),
            adopted_at: self.clock.now(),
            last_seen_at: None,
            outages_30d: 0,
        };
        self.roster.add(node, &Actor::system(), String::new()).await.unwrap();
        (id, machine)
    }

    /// Lets the poll run for some seconds, a tick each.
    pub(crate) async fn pass(&self, seconds: u64) {
        for _ in 0..seconds {
            self.poll.tick().await;
            self.settle().await;
            self.clock.advance(Duration::from_secs(1));
        }
    }

    /// Waits until no poll is under way.
    pub(crate) async fn settle(&self) {
        let idle = async {
            while self.poll.is_busy() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), idle)
            .await
            .expect("polls end");
    }

    pub(crate) fn state(&self, id: NodeId) -> NodeState {
        self.roster.get(id).unwrap().state.clone()
    }
}
