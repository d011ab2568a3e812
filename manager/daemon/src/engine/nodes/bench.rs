//! What the tests of this floor share: a network of fake machines, and every service over it.

use super::{Nodes, NodesParts, inspector::Inspector, keys, one_time::OneTime, roster::Roster, usage::Usage};
use crate::{
    engine::{
        bootstrap::findings::LOOK,
        discovery::Discovery,
        events::Events,
        jobs::Jobs,
        links::Links,
        preflight::Looker,
        reconcile::poll::Poll,
        saga::{
            Runner, Saga,
            adopt::{self, Adopt},
            bootstrap, discover, group, release,
        },
    },
    port::{
        clock::{Clock, FakeClock},
        compose::FakeCompose,
        containers::FakeEngines,
        crash::{CrashPoint, Moment, NoCrash},
        ids::FakeIds,
        scanner::{FakeScanner, Found},
        session::{Connector, Exec, FakeConnector, FakeMachine, Output},
        tools::FakeTools,
        vault::FakeVault,
    },
    store::Store,
};
use hearth_model::{
    account::Actor,
    id::{JobId, NodeId},
    job::Job,
    node::{Link, Node, NodeState},
    probe::{PROBE_FACTS, PROBE_STATS},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
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
    pub(crate) store: Store,
    pub(crate) roster: Arc<Roster>,
    pub(crate) links: Arc<Links>,
    pub(crate) looker: Arc<Looker>,
    pub(crate) inspector: Arc<Inspector>,
    pub(crate) poll: Arc<Poll>,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) one_time: Arc<OneTime>,
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) discovery: Arc<Discovery>,
    /// Whether all machines have Compose of their own.
    compose: bool,
    /// What the scanner will find.
    pub(crate) found: Vec<Found>,
}

/// The address of machine `number`: `10.0.0.1` of the first.
fn address(number: u16) -> String {
    format!("10.0.{}.{}", number >> 8, number & 255)
}

/// Ends the runner's task at a moment, as a kill ends the process.
struct KillAt {
    step: &'static str,
    undo: bool,
    moment: Moment,
    killed: tokio::sync::watch::Sender<bool>,
}

impl CrashPoint for KillAt {
    fn reached(&self, _: &str, step: &str, undo: bool, moment: Moment) {
        if (step, undo, moment) == (self.step, self.undo, self.moment) && !*self.killed.borrow() {
            self.killed.send_replace(true);
            panic!("killed at {step}");
        }
    }
}

/// What the script that installs a key does.
fn install_key(machine: &FakeMachine, exec: &Exec) -> String {
    let key = &exec.argv[3];
    let word = match (machine.is_authorized(key), exec.argv.get(4)) {
        (true, _) => "present",
        (false, Some(_)) => "absent",
        (false, None) => {
            machine.authorize(key);
            "added"
        }
    };
    format!("{word}\n")
}

impl Bench {
    /// A network without machines; they all have Compose, or (`compose` false) none.
    pub(crate) async fn new(compose: bool) -> Self {
        let engines = Arc::new(FakeEngines::default());
        let network = Arc::new(FakeConnector::default());
        let (clock, ids) = (Arc::new(FakeClock::default()), Arc::new(FakeIds::default()));
        Self::start(tempfile::tempdir().unwrap(), network, engines, clock, ids, compose).await
    }

    /// The same network and database, everything else anew: Hearth was restarted.
    pub(crate) async fn restarted(self) -> Self {
        let Self {
            dir,
            network,
            engines,
            clock,
            ids,
            compose,
            ..
        } = self;
        Self::start(dir, network, engines, clock, ids, compose).await
    }

    async fn start(
        dir: tempfile::TempDir,
        network: Arc<FakeConnector>,
        engines: Arc<FakeEngines>,
        clock: Arc<FakeClock>,
        ids: Arc<FakeIds>,
        compose: bool,
    ) -> Self {
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let events = Arc::new(Events::default());
        let roster = Roster::open(store.clone(), clock.clone(), ids.clone(), events.clone()).await;
        let roster = Arc::new(roster.unwrap());
        let links = Arc::new(Links::new(
            network.clone(),
            engines.clone(),
            roster.clone(),
            clock.clone(),
            ids.clone(),
        ));
        let docker_compose = Arc::new(FakeCompose::new(engines.clone(), compose));
        let looker = Arc::new(Looker::new(docker_compose, Arc::new(FakeTools), clock.clone()));
        let inspector = Arc::new(Inspector::new(roster.clone(), links.clone(), looker.clone()));
        let poll = Poll::new(
            roster.clone(),
            links.clone(),
            inspector.clone(),
            store.clone(),
            clock.clone(),
        );
        let jobs = Arc::new(Jobs::new(
            store.clone(),
            events.clone(),
            clock.clone(),
            ids.clone(),
            Arc::new(FakeVault),
        ));
        let one_time = Arc::new(OneTime::default());
        let nodes = Arc::new(Nodes::new(NodesParts {
            store: store.clone(),
            roster: roster.clone(),
            links: links.clone(),
            inspector: inspector.clone(),
            looker: looker.clone(),
            usage: Arc::new(Usage::new(links.clone(), clock.clone())),
            jobs: jobs.clone(),
            connector: network.clone(),
            engines: engines.clone(),
            one_time: one_time.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        }));
        let discovery = Arc::new(Discovery::new(jobs.clone(), roster.clone(), store.clone()));
        Self {
            jobs,
            one_time,
            nodes,
            discovery,
            found: Vec::new(),
            compose,
            dir,
            clock,
            ids,
            events,
            network,
            engines,
            store,
            roster,
            links,
            looker,
            inspector,
            poll,
        }
    }

    /// The sagas of this floor.
    fn sagas(&self) -> Vec<Arc<dyn Saga>> {
        let scanner = Arc::new(FakeScanner(self.found.clone()));
        vec![
            Arc::new(Adopt::new(adopt::Parts {
                connector: self.network.clone(),
                engines: self.engines.clone(),
                roster: self.roster.clone(),
                links: self.links.clone(),
                inspector: self.inspector.clone(),
                one_time: self.one_time.clone(),
                clock: self.clock.clone(),
            })),
            Arc::new(release::saga(release::Parts {
                connector: self.network.clone(),
                roster: self.roster.clone(),
                links: self.links.clone(),
            })),
            Arc::new(bootstrap::saga(bootstrap::Parts {
                roster: self.roster.clone(),
                links: self.links.clone(),
                inspector: self.inspector.clone(),
                looker: self.looker.clone(),
                tools: Arc::new(FakeTools),
                clock: self.clock.clone(),
            })),
            Arc::new(group::saga(group::Parts {
                roster: self.roster.clone(),
                links: self.links.clone(),
                inspector: self.inspector.clone(),
                looker: self.looker.clone(),
                jobs: self.jobs.clone(),
                clock: self.clock.clone(),
            })),
            Arc::new(discover::saga(discover::Parts {
                scanner,
                roster: self.roster.clone(),
                events: self.events.clone(),
            })),
        ]
    }

    /// Carries a job out to its end.
    pub(crate) async fn run(&self, id: JobId) -> Job {
        let stop = CancellationToken::new();
        let runner = Runner::new(self.jobs.clone(), Arc::new(NoCrash), self.sagas());
        let ended = async {
            let job = self.ended(id).await;
            stop.cancel();
            job
        };
        tokio::join!(ended, runner.run(stop.clone())).0
    }

    async fn ended(&self, id: JobId) -> Job {
        let ended = async {
            loop {
                let job = self.jobs.get(id).await.unwrap();
                if job.state.is_final() {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ended)
            .await
            .expect("the job ends")
    }

    /// Carries a job out until a moment, at which the process is killed.
    pub(crate) async fn run_until(&self, step: &'static str, undo: bool, moment: Moment) {
        let (killed, mut dead) = tokio::sync::watch::channel(false);
        let crash = KillAt {
            step,
            undo,
            moment,
            killed,
        };
        let runner = Runner::new(self.jobs.clone(), Arc::new(crash), self.sagas());
        let stop = CancellationToken::new();
        let kill = async {
            let dead = tokio::time::timeout(Duration::from_secs(20), dead.wait_for(|dead| *dead));
            dead.await.expect("the moment is reached").unwrap();
            stop.cancel();
        };
        tokio::join!(runner.run(stop.clone()), kill);
    }

    /// Everything that the database's files hold, as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.dir.path()).unwrap();
        files
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    /// Puts machine `number` on the network at [`address`]; `root` may log in with the password `once`.
    pub(crate) fn machine(&self, number: u16) -> Arc<FakeMachine> {
        let machine = FakeMachine::new(&format!("m{number}"));
        machine.allow_password("root", "once");
        let facts = FACTS
            .replace("nas ", &format!("m{number} "))
            .replace("3d1219c7", &format!("3d12{number:04x}"))
            .replace("12:34:56", &format!("12:{:02x}:{:02x}", number >> 8, number & 255));
        let clock = Arc::clone(&self.clock);
        machine.on(move |m, exec| {
            let answer = if exec.stdin == PROBE_FACTS.as_bytes() {
                facts.clone()
            } else if exec.stdin == PROBE_STATS.as_bytes() {
                let up = clock.monotonic().as_secs();
                STATS.replace("86400.52", &format!("{}.5", 86_400 + up))
            } else if exec.stdin == keys::INSTALL.as_bytes() {
                install_key(m, exec)
            } else if exec.stdin == keys::REMOVE.as_bytes() {
                m.revoke(&exec.argv[3]);
                String::new()
            } else if exec.stdin == LOOK.as_bytes() {
                format!(
                    "user root\nuid 0\ngroups root\nclock {}\nfree 9999999\n",
                    clock.now().as_second()
                )
            } else {
                return None;
            };
            Some(Output {
                stdout: answer.into_bytes(),
                ..Output::default()
            })
        });
        let _ = self.engines.install(machine.name());
        self.network.put(&address(number), 22, &machine);
        machine
    }

    /// The same, adopted already.
    pub(crate) async fn node(&self, number: u16) -> (NodeId, Arc<FakeMachine>) {
        let machine = self.machine(number);
        machine.authorize(&self.network.own_public_key());
        let id = NodeId(Uuid::from_u128(u128::from(number)));
        let node = Node {
            id,
            name: machine.name().parse().unwrap(),
            link: Link::Ssh {
                host: address(number).parse().unwrap(),
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
