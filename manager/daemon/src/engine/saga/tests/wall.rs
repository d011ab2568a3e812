//! A saga of three steps that put words on a wall and take them off again, and what it runs on.

use super::super::{Runner, Saga, Step, StepContext, StepError, StepOutcome};
use crate::{
    engine::{
        Error,
        events::Events,
        jobs::{Announcement, Jobs, Prepared, Wish},
        once::Once,
    },
    port::{
        clock::FakeClock,
        crash::{CrashPoint, Moment, NoCrash},
        ids::FakeIds,
        vault::FakeVault,
    },
    store::{self, Store},
};
use async_trait::async_trait;
use hearth_model::{
    account::Actor,
    id::JobId,
    job::{Job, JobKind, JobState},
};
use rusqlite::Transaction;
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

pub(super) const STEPS: [&str; 3] = ["one", "two", "three"];

/// What the steps act on, and how they shall behave.
#[derive(Default)]
pub(super) struct Wall {
    pub(super) words: Mutex<BTreeSet<String>>,
    pub(super) doings: Mutex<Vec<String>>,
    pub(super) fails: Mutex<BTreeSet<String>>,
    pub(super) losses: Mutex<u32>,
    pub(super) hangs: Mutex<BTreeSet<String>>,
    pub(super) at_once: Mutex<(u32, u32)>,
}

impl Wall {
    pub(super) fn words(&self) -> Vec<String> {
        self.words.lock().unwrap().iter().cloned().collect()
    }

    fn fails(&self, what: &str) -> bool {
        self.fails.lock().unwrap().contains(what)
    }
}

struct Put(&'static str, Arc<Wall>);

#[async_trait]
impl Step for Put {
    fn name(&self) -> &'static str {
        self.0
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(name, wall) = self;
        wall.doings.lock().unwrap().push((*name).to_owned());
        context.log(&format!("putting {name}"));
        context.save(&json!({"put": name})).await?;
        {
            let mut at_once = wall.at_once.lock().unwrap();
            at_once.0 += 1;
            at_once.1 = at_once.1.max(at_once.0);
        }
        tokio::task::yield_now().await;
        wall.at_once.lock().unwrap().0 -= 1;
        let word = format!(
            "{} {name}",
            context.input::<serde_json::Value>()?["what"].as_str().unwrap()
        );
        wall.words.lock().unwrap().insert(word);
        if wall.hangs.lock().unwrap().contains(*name) {
            std::future::pending::<()>().await;
        }
        if *name == "two" && *wall.losses.lock().unwrap() > 0 {
            *wall.losses.lock().unwrap() -= 1;
            return Err(StepError::transient("connection to cellar lost"));
        }
        assert!(!wall.fails(&format!("panic {name}")), "a fault in step {name}");
        if wall.fails(name) {
            return Err(StepError::new(format!("{name} does not hold")));
        }
        Ok(StepOutcome::Done(format!("{name} is up")))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let Self(name, wall) = self;
        wall.doings.lock().unwrap().push(format!("undo {name}"));
        let saved: Option<serde_json::Value> = context.own()?;
        let word = format!(
            "{} {name}",
            context.input::<serde_json::Value>()?["what"].as_str().unwrap()
        );
        let was_put = wall.words.lock().unwrap().remove(&word);
        assert!(!was_put || saved.is_some(), "what was put was saved before");
        if wall.fails(&format!("undo {name}")) {
            return Err(StepError::new(format!("{name} sticks")));
        }
        Ok(())
    }
}

struct Words(Vec<Arc<dyn Step>>);

impl Saga for Words {
    fn kind(&self) -> JobKind {
        JobKind::Deploy
    }

    fn steps(&self) -> &[Arc<dyn Step>] {
        &self.0
    }

    fn entering(
        &self,
        tx: &Transaction<'_>,
        job: &Job,
        _: &str,
        state: JobState,
        _: &str,
    ) -> store::Result<Vec<Announcement>> {
        let key = format!("state of {}", job.subject);
        tx.execute(
            "INSERT OR REPLACE INTO settings VALUES (?1, ?2)",
            [key, format!("{state:?}")],
        )
        .map_err(store::error::sqlite("noting"))?;
        Ok(Vec::new())
    }
}

/// Ends the runner's task at a moment, as a kill ends the process.
pub(super) struct KillAt {
    pub(super) step: &'static str,
    pub(super) undo: bool,
    pub(super) moment: Moment,
    pub(super) killed: tokio::sync::watch::Sender<bool>,
}

impl CrashPoint for KillAt {
    fn reached(&self, kind: &str, step: &str, undo: bool, moment: Moment) {
        assert_eq!(kind, "deploy");
        if (step, undo, moment) == (self.step, self.undo, self.moment) && !*self.killed.borrow() {
            self.killed.send_replace(true);
            panic!("killed at {step}");
        }
    }
}

pub(super) struct Bench {
    _dir: tempfile::TempDir,
    pub(super) jobs: Arc<Jobs>,
    pub(super) wall: Arc<Wall>,
}

impl Bench {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let jobs = Arc::new(Jobs::new(
            store,
            Arc::new(Events::default()),
            Arc::new(FakeClock::default()),
            Arc::new(FakeIds::default()),
            Arc::new(FakeVault),
        ));
        Self {
            _dir: dir,
            jobs,
            wall: Arc::default(),
        }
    }

    pub(super) fn runner(&self, crash: Arc<dyn CrashPoint>) -> Runner {
        let steps = STEPS.map(|name| Arc::new(Put(name, Arc::clone(&self.wall))) as Arc<dyn Step>);
        let saga: Arc<dyn Saga> = Arc::new(Words(steps.to_vec()));
        Runner::new(Arc::clone(&self.jobs), crash, vec![saga])
    }

    pub(super) async fn submit(&self, what: &'static str, key: Option<&str>) -> Result<Job, Error> {
        let wish = Wish {
            kind: JobKind::Deploy,
            steps: &STEPS,
            action: "app.deploy",
            once: Once::new(key, "app.deploy", &what)?,
        };
        let prepare = move |_: &Transaction<'_>, _: JobId| {
            Ok(Prepared {
                subject: format!("app {what}"),
                exclusive: false,
                input: json!({"what": what}),
                detail: String::new(),
                tell: Vec::new(),
            })
        };
        self.jobs.submit(wish, &Actor::system(), prepare).await
    }

    pub(super) async fn ended(&self, id: JobId) -> Job {
        wait(async || {
            let job = self.jobs.get(id).await.unwrap();
            job.state.is_final().then_some(job)
        })
        .await
    }

    /// Runs until the job has ended.
    pub(super) async fn run(&self, id: JobId) -> Job {
        let stop = CancellationToken::new();
        let runner = self.runner(Arc::new(NoCrash));
        let (job, ()) = tokio::join!(
            async {
                let job = self.ended(id).await;
                stop.cancel();
                job
            },
            runner.run(stop.clone())
        );
        job
    }

    pub(super) async fn setting(&self, key: &'static str) -> String {
        self.jobs
            .store
            .read(move |c| {
                c.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0))
                    .map_err(store::error::sqlite("reading"))
            })
            .await
            .unwrap()
    }
}

/// Asks until there is an answer, for at most 20 s.
pub(super) async fn wait<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .expect("the condition comes true")
}
