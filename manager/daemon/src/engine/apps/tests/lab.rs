//! A homelab in memory: machines, engines, Compose, and a Hearth that can be killed and started again.

use super::machines::{node, sample};
use crate::{
    engine::{
        apps::{Apps, AppsParts, DeployRequest},
        catalogue::Catalogue,
        events::Events,
        jobs::Jobs,
        links::Links,
        nodes::{roster::Roster, usage::Usage},
        placer::Placer,
        reconcile::apps::{WatchApps, WatchAppsParts},
        saga::{Runner, Saga, act::Act, app::AppParts, deploy::Deploy, remove::Remove},
    },
    port::{
        clock::FakeClock,
        compose::{Action, FakeCompose},
        containers::{EngineState, FakeEngine, FakeEngines},
        crash::{CrashPoint, Moment, NoCrash},
        ids::FakeIds,
        prober::FakeProber,
        session::{Connector, FakeConnector, FakeMachine},
        tools::FakeTools,
        vault::FakeVault,
    },
    store::{self, Store},
};
use hearth_model::{
    account::Actor,
    app::App,
    id::{JobId, NodeId},
    job::Job,
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What outlives Hearth: its disk, and the machines.
pub(super) struct Lab {
    _dir: tempfile::TempDir,
    store: Store,
    pub(super) connector: Arc<FakeConnector>,
    pub(super) engines: Arc<FakeEngines>,
    pub(super) prober: Arc<FakeProber>,
    pub(super) clock: Arc<FakeClock>,
    ids: Arc<FakeIds>,
    catalogue: Arc<Catalogue>,
    pub(super) machines: Vec<Arc<FakeMachine>>,
    compose_installed: bool,
}

/// A Hearth that runs.
pub(super) struct Hearth {
    pub(super) apps: Apps,
    pub(super) jobs: Arc<Jobs>,
    pub(super) roster: Arc<Roster>,
    pub(super) links: Arc<Links>,
    pub(super) watch: Arc<WatchApps>,
    pub(super) events: Arc<Events>,
    parts: Arc<AppParts>,
}

pub(super) fn node_id(number: usize) -> NodeId {
    NodeId(Uuid::from_u128(0xA000 + number as u128))
}

impl Lab {
    /// Machines `n1` to `n<count>`, each with an engine and 4 GiB of memory.
    pub(super) async fn new(count: usize) -> Self {
        Self::with(count, true).await
    }

    pub(super) async fn with(count: usize, compose_installed: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let connector = Arc::new(FakeConnector::default());
        let engines = Arc::new(FakeEngines::default());
        let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
        let mut machines = Vec::new();
        for number in 1..=count {
            let machine = FakeMachine::new(&format!("n{number}"));
            machine.authorize(&connector.own_public_key());
            machine.on(|machine, exec| {
                let tables: String = exec
                    .argv
                    .iter()
                    .skip(1)
                    .filter_map(|p| machine.file(p))
                    .map(|f| String::from_utf8(f.contents).unwrap())
                    .collect();
                (exec.argv.first().map(String::as_str) == Some("cat")).then(|| crate::port::session::Output {
                    stdout: tables.into_bytes(),
                    ..Default::default()
                })
            });
            connector.put(&format!("10.0.0.{number}"), 22, &machine);
            let _ = engines.install(machine.name());
            let node = node(number, &machine);
            store.write(move |tx| store::nodes::insert(tx, &node)).await.unwrap();
            machines.push(machine);
        }
        Self {
            _dir: dir,
            store,
            connector,
            engines,
            prober: Arc::default(),
            clock: Arc::default(),
            ids: Arc::default(),
            catalogue: Arc::new(Catalogue::load(&recipes).unwrap()),
            machines,
            compose_installed,
        }
    }

    pub(super) fn engine(&self, number: usize) -> Arc<FakeEngine> {
        self.engines.engine(&format!("n{number}"))
    }

    /// Everything on all machines, to be compared.
    pub(super) fn everything(&self) -> Vec<(EngineState, Vec<String>)> {
        self.machines
            .iter()
            .map(|machine| (self.engines.engine(machine.name()).state(), machine.files()))
            .collect()
    }

    /// Starts Hearth on what its disk holds.
    pub(super) async fn start(&self) -> Hearth {
        let store = self.store.clone();
        let events = Arc::new(Events::default());
        let (clock, ids, vault) = (self.clock.clone(), self.ids.clone(), Arc::new(FakeVault));
        let roster = Roster::open(store.clone(), clock.clone(), ids.clone(), events.clone());
        let roster = Arc::new(roster.await.unwrap());
        let links = Arc::new(Links::new(
            self.connector.clone(),
            self.engines.clone(),
            roster.clone(),
            clock.clone(),
            ids.clone(),
        ));
        for (machine, number) in self.machines.iter().zip(1..) {
            let reached = links.session(node_id(number)).await;
            assert_eq!(
                reached.is_ok(),
                roster.get(node_id(number)).unwrap().state.is_online(),
                "{}",
                machine.name()
            );
            roster.sampled(node_id(number), sample(clock.as_ref()));
        }
        let jobs = Jobs::new(store.clone(), events.clone(), clock.clone(), ids.clone(), vault.clone());
        let jobs = Arc::new(jobs);
        let placer = Arc::new(Placer::new(store.clone(), roster.clone(), self.catalogue.clone()));
        let parts = Arc::new(AppParts {
            store: store.clone(),
            roster: roster.clone(),
            links: links.clone(),
            catalogue: self.catalogue.clone(),
            compose: Arc::new(FakeCompose::new(self.engines.clone(), self.compose_installed)),
            tools: Arc::new(FakeTools),
            prober: self.prober.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let apps = Apps::new(AppsParts {
            store: store.clone(),
            jobs: jobs.clone(),
            placer,
            catalogue: self.catalogue.clone(),
            roster: roster.clone(),
            links: links.clone(),
            usage: Arc::new(Usage::new(links.clone(), clock.clone())),
            vault: vault.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        });
        let watch = WatchApps::new(WatchAppsParts {
            store,
            roster: roster.clone(),
            links: links.clone(),
            catalogue: self.catalogue.clone(),
            prober: self.prober.clone(),
            vault,
            clock,
            ids,
            events: events.clone(),
        });
        Hearth {
            apps,
            jobs,
            roster,
            links,
            watch,
            events,
            parts,
        }
    }

    /// Secrets and notes that the store holds of apps.
    pub(super) async fn secrets(&self) -> Vec<String> {
        let read = |c: &rusqlite::Connection| {
            let mut statement = c.prepare("SELECT owner || ' ' || name FROM secrets ORDER BY 1")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        self.store
            .read(move |c| read(c).map_err(store::error::sqlite("reading secrets")))
            .await
            .unwrap()
    }

    pub(super) async fn open_incident(&self, subject: &'static str) -> Option<String> {
        self.store
            .read(move |c| store::incidents::open_of(c, subject))
            .await
            .unwrap()
            .map(|incident| incident.text)
    }
}

impl Hearth {
    pub(super) fn runner(&self, crash: Arc<dyn CrashPoint>) -> Runner {
        let parts = &self.parts;
        let sagas: Vec<Arc<dyn Saga>> = vec![
            Arc::new(Deploy::new(parts)),
            Arc::new(Act::new(Action::Start, parts)),
            Arc::new(Act::new(Action::Stop, parts)),
            Arc::new(Act::new(Action::Restart, parts)),
            Arc::new(Remove::new(parts)),
        ];
        Runner::new(self.jobs.clone(), crash, sagas)
    }

    /// Works until `until` is done.
    pub(super) async fn work<T>(&self, until: impl Future<Output = T>) -> T {
        let stop = CancellationToken::new();
        let runner = self.runner(Arc::new(NoCrash));
        let (answer, ()) = tokio::join!(
            async {
                let answer = tokio::time::timeout(Duration::from_secs(60), until).await;
                stop.cancel();
                answer.expect("done within a minute")
            },
            runner.run(stop.clone())
        );
        answer
    }

    /// Works until a job has ended.
    pub(super) async fn finish(&self, id: JobId) -> Job {
        self.work(self.ended(id)).await
    }

    pub(super) async fn ended(&self, id: JobId) -> Job {
        loop {
            let job = self.jobs.get(id).await.unwrap();
            if job.state.is_final() {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Works until it is killed at a moment; answers whether it was.
    pub(super) async fn work_until_killed(&self, id: JobId, at: &str) -> bool {
        let (killed, mut dead) = tokio::sync::watch::channel(false);
        let crash = KillAt {
            at: at.to_owned(),
            killed,
        };
        let stop = CancellationToken::new();
        let runner = self.runner(Arc::new(crash));
        let (was_killed, ()) = tokio::join!(
            async {
                let was_killed = tokio::select! {
                    dead = dead.wait_for(|dead| *dead) => dead.is_ok(),
                    _ = self.ended(id) => false,
                };
                stop.cancel();
                was_killed
            },
            runner.run(stop.clone())
        );
        was_killed
    }

    pub(super) async fn deploy(&self, recipe: &str, request: DeployRequest) -> Job {
        let recipe = recipe.parse().unwrap();
        let job = self
            .apps
            .deploy(&recipe, request, None, &Actor::system())
            .await
            .unwrap();
        self.finish(job.id).await
    }

    pub(super) async fn app(&self, slug: &str) -> App {
        self.apps.get(slug).await.unwrap()
    }

    pub(super) async fn log(&self, id: JobId) -> String {
        let lines = self.jobs.log(id, 0).await.unwrap();
        lines.into_iter().map(|line| line.text + "\n").collect()
    }
}

/// A wish for a node.
pub(super) fn on(node: &str) -> DeployRequest {
    DeployRequest {
        node: Some(node.to_owned()),
        ..DeployRequest::default()
    }
}

/// Ends the job's task at a moment such as `preparing:after` or `undo.preparing:before`, as a kill ends the process.
struct KillAt {
    at: String,
    killed: tokio::sync::watch::Sender<bool>,
}

impl CrashPoint for KillAt {
    fn reached(&self, _: &str, step: &str, undo: bool, moment: Moment) {
        let undo = if undo { "undo." } else { "" };
        let moment = match moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        if format!("{undo}{step}:{moment}") == self.at && !*self.killed.borrow() {
            self.killed.send_replace(true);
            panic!("killed at {}", self.at);
        }
    }
}
