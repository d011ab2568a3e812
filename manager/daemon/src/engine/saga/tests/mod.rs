//! The runner: well, failing, cancelled and killed at every moment.

mod wall;

use crate::{
    engine::{Error, audit::Slice},
    port::crash::Moment,
    store,
};
use hearth_model::{
    account::Actor,
    job::{JobState, StepState},
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use wall::{Bench, KillAt, STEPS, wait};

#[tokio::test]
async fn passes() {
    let bench = Bench::new();
    let id = bench.submit("bread", None).await.unwrap().id;
    let job = bench.run(id).await;
    assert_eq!(job.state, JobState::Succeeded);
    assert!(job.ended_at.is_some());
    assert!(job.steps.iter().all(|step| step.state == StepState::Done));
    assert_eq!(job.steps[0].message, "one is up");
    assert_eq!(bench.wall.words(), ["bread one", "bread three", "bread two"]);
    let log: Vec<String> = bench
        .jobs
        .log(id, 1)
        .await
        .unwrap()
        .into_iter()
        .map(|l| l.text)
        .collect();
    assert_eq!(log, ["putting two", "putting three"]);
    assert_eq!(bench.setting("state of app bread").await, "Succeeded");
}

#[tokio::test]
async fn unwinds_from_every_step() {
    for (failing, name) in STEPS.iter().enumerate() {
        let bench = Bench::new();
        bench.wall.fails.lock().unwrap().insert((*name).to_owned());
        let id = bench.submit("bread", None).await.unwrap().id;
        let job = bench.run(id).await;
        assert_eq!(job.state, JobState::RolledBack, "{name}");
        assert_eq!(job.error.as_deref(), Some(format!("{name} does not hold").as_str()));
        assert!(bench.wall.words().is_empty());
        let undone = job.steps.iter().filter(|s| s.state == StepState::Undone).count();
        assert_eq!(undone, failing + 1);
        let order = bench.wall.doings.lock().unwrap().split_off(failing + 1);
        let expected: Vec<String> = STEPS[..=failing].iter().rev().map(|n| format!("undo {n}")).collect();
        assert_eq!(order, expected);
    }
}

#[tokio::test]
async fn a_failed_undo_is_stuck_and_can_be_tried_again() {
    let bench = Bench::new();
    bench
        .wall
        .fails
        .lock()
        .unwrap()
        .extend(["three".to_owned(), "undo two".to_owned()]);
    let id = bench.submit("bread", None).await.unwrap().id;
    let job = bench.run(id).await;
    assert_eq!(job.state, JobState::Stuck);
    assert_eq!(job.steps[1].state, StepState::Stuck);
    assert!(job.error.unwrap().ends_with("It could not be undone: two: two sticks"));
    assert!(matches!(
        bench.jobs.cancel(id, &Actor::system()).await,
        Err(Error::Conflict(_))
    ));

    bench.wall.fails.lock().unwrap().clear();
    bench.jobs.retry(id, &Actor::system()).await.unwrap();
    let job = bench.run(id).await;
    assert_eq!(
        (job.state, job.error.as_deref()),
        (JobState::RolledBack, Some("three does not hold"))
    );
    assert!(bench.wall.words().is_empty());
    assert!(matches!(
        bench.jobs.retry(id, &Actor::system()).await,
        Err(Error::Conflict(_))
    ));
}

#[tokio::test]
async fn a_lost_connection_is_waited_for_but_not_for_ever() {
    let bench = Bench::new();
    *bench.wall.losses.lock().unwrap() = 4;
    let id = bench.submit("bread", None).await.unwrap().id;
    assert_eq!(bench.run(id).await.state, JobState::Succeeded);

    *bench.wall.losses.lock().unwrap() = 1_000;
    let id = bench.submit("wine", None).await.unwrap().id;
    let job = bench.run(id).await;
    assert_eq!(job.state, JobState::RolledBack);
    let tries = 1_000 - *bench.wall.losses.lock().unwrap();
    assert!((9..15).contains(&tries), "{tries}");
}

#[tokio::test]
async fn a_panic_fails_the_job_and_nothing_else() {
    let bench = Bench::new();
    bench.wall.fails.lock().unwrap().insert("panic two".to_owned());
    let id = bench.submit("bread", None).await.unwrap().id;
    assert_eq!(bench.run(id).await.state, JobState::RolledBack);
    assert!(bench.wall.words().is_empty());
}

#[tokio::test]
async fn cancelled_at_every_step() {
    for name in STEPS {
        let bench = Bench::new();
        bench.wall.hangs.lock().unwrap().insert(name.to_owned());
        let id = bench.submit("bread", None).await.unwrap().id;
        let cancel = async {
            wait(async || bench.wall.words().contains(&format!("bread {name}")).then_some(())).await;
            bench.jobs.cancel(id, &Actor::system()).await.unwrap();
        };
        let (job, ()) = tokio::join!(bench.run(id), cancel);
        assert_eq!(job.state, JobState::Cancelled, "{name}");
        assert!(bench.wall.words().is_empty(), "{name}");
        assert_eq!(bench.setting("state of app bread").await, "Cancelled");
    }
}

#[tokio::test]
async fn cancelled_before_it_was_begun() {
    let bench = Bench::new();
    let id = bench.submit("bread", None).await.unwrap().id;
    bench.jobs.cancel(id, &Actor::system()).await.unwrap();
    let job = bench.run(id).await;
    assert_eq!(job.state, JobState::Cancelled);
    assert!(bench.wall.doings.lock().unwrap().is_empty());
}

#[tokio::test]
async fn killed_at_every_moment_it_ends_after_the_next_start() {
    for undo in [false, true] {
        for (step, moment) in STEPS.iter().flat_map(|s| [(*s, Moment::Before), (*s, Moment::After)]) {
            let bench = Bench::new();
            if undo {
                bench.wall.fails.lock().unwrap().insert("three".to_owned());
            }
            let id = bench.submit("bread", None).await.unwrap().id;
            let (killed, mut dead) = tokio::sync::watch::channel(false);
            let crash = KillAt {
                step,
                undo,
                moment,
                killed,
            };
            let stop = CancellationToken::new();
            let runner = bench.runner(Arc::new(crash));
            tokio::join!(runner.run(stop.clone()), async {
                dead.wait_for(|dead| *dead).await.unwrap();
                stop.cancel();
            });
            assert!(!bench.jobs.get(id).await.unwrap().state.is_final());
            let job = bench.run(id).await;
            if undo {
                assert_eq!(job.state, JobState::RolledBack, "undo {step} {moment:?}");
                assert!(bench.wall.words().is_empty());
            } else {
                assert_eq!(job.state, JobState::Succeeded, "{step} {moment:?}");
                assert_eq!(bench.wall.words().len(), 3);
            }
        }
    }
}

#[tokio::test]
async fn one_job_a_subject_and_eight_at_once() {
    let bench = Bench::new();
    let same = [
        bench.submit("bread", None).await.unwrap().id,
        bench.submit("bread", None).await.unwrap().id,
    ];
    for id in same {
        assert_eq!(bench.run(id).await.state, JobState::Succeeded);
    }
    assert_eq!(bench.wall.at_once.lock().unwrap().1, 1);
    let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let mut last = None;
    for what in many {
        last = Some(bench.submit(what, None).await.unwrap().id);
    }
    for job in bench.jobs.list(None, None, slice(1_000)).await.unwrap().items {
        assert_eq!(bench.run(job.id).await.state, JobState::Succeeded);
    }
    assert!(bench.wall.at_once.lock().unwrap().1 <= 8);
    assert!(last.is_some());
}

fn slice(limit: u32) -> Slice {
    Slice { limit, after: None }
}

#[tokio::test]
async fn an_idempotency_key_gives_the_same_job() {
    let bench = Bench::new();
    let first = bench.submit("bread", Some("k1")).await.unwrap();
    let again = bench.submit("bread", Some("k1")).await.unwrap();
    assert_eq!(first.id, again.id);
    assert!(matches!(
        bench.submit("wine", Some("k1")).await,
        Err(Error::Conflict(_))
    ));
    assert_ne!(bench.submit("bread", Some("k2")).await.unwrap().id, first.id);
    assert!(matches!(bench.submit("bread", Some("")).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn lists_have_pages() {
    let bench = Bench::new();
    for what in ["a", "b", "c"] {
        bench.submit(what, None).await.unwrap();
    }
    let first = bench.jobs.list(Some(JobState::Queued), None, slice(2)).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let rest = Slice {
        limit: 2,
        after: first.next,
    };
    let rest = bench.jobs.list(Some(JobState::Queued), None, rest).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert_eq!(
        bench
            .jobs
            .list(None, Some("app a"), slice(9))
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[tokio::test]
async fn a_log_keeps_its_last_lines() {
    let bench = Bench::new();
    let id = bench.submit("bread", None).await.unwrap().id;
    let at = bench.jobs.clock.now();
    for _ in 0..2 {
        bench
            .jobs
            .store
            .write(move |tx| {
                let line = |n: i32| store::job_log::New {
                    at,
                    step: "one",
                    text: n.to_string(),
                };
                store::job_log::append(tx, id, (0..3_000).map(line).collect())
            })
            .await
            .unwrap();
    }
    let log = bench.jobs.log(id, 0).await.unwrap();
    assert_eq!((log.len(), log[0].seq), (5_000, 1_001));
}
