//! Killed and cancelled at every moment: each job ends, nothing is left over, no second copy exists.

use super::lab::{Lab, on};
use crate::engine::saga::deploy;
use hearth_model::{account::Actor, app::AppState, job::JobState};
use std::{collections::BTreeMap, time::Duration};

fn moments(prefix: &str, steps: &[&str]) -> Vec<String> {
    let both = |step: &&str| ["before", "after"].map(|moment| format!("{prefix}{step}:{moment}"));
    steps.iter().flat_map(both).collect()
}

#[tokio::test]
async fn a_deployment_goes_on_after_a_kill() {
    for moment in moments("", &deploy::STEPS) {
        let lab = Lab::new(1).await;
        let hearth = lab.start().await;
        let recipe = "miniflux".parse().unwrap();
        let job = hearth
            .apps
            .deploy(&recipe, on("n1"), None, &Actor::system())
            .await
            .unwrap();
        assert!(hearth.work_until_killed(job.id, &moment).await, "{moment}");
        drop(hearth);
        let hearth = lab.start().await;
        let job = hearth.finish(job.id).await;
        assert_eq!(job.state, JobState::Succeeded, "{moment}: {:?}", job.error);
        let state = lab.engine(1).state();
        assert_eq!(
            (state.containers.len(), state.networks.len(), state.volumes.len()),
            (2, 1, 1),
            "{moment}"
        );
        assert_eq!(hearth.apps.glance(100).await.unwrap().len(), 1);
        assert_eq!(hearth.app("miniflux").await.state, AppState::Running);
        assert_eq!(lab.secrets().await.len(), 2);
    }
}

#[tokio::test]
async fn an_undoing_goes_on_after_a_kill() {
    for moment in moments("undo.", &deploy::STEPS) {
        let lab = Lab::new(1).await;
        let hearth = lab.start().await;
        let before = lab.everything();
        lab.prober.answer("/healthcheck", Ok(500));
        let recipe = "miniflux".parse().unwrap();
        let job = hearth
            .apps
            .deploy(&recipe, on("n1"), None, &Actor::system())
            .await
            .unwrap();
        assert!(hearth.work_until_killed(job.id, &moment).await, "{moment}");
        drop(hearth);
        let hearth = lab.start().await;
        let job = hearth.finish(job.id).await;
        assert_eq!(job.state, JobState::RolledBack, "{moment}: {:?}", job.error);
        assert_eq!(lab.everything(), before, "{moment}");
        assert!(lab.secrets().await.is_empty());
    }
}

#[tokio::test]
async fn a_change_goes_on_or_is_undone_after_a_kill() {
    let both = moments("", &deploy::STEPS).into_iter().map(|moment| (moment, false));
    let both = both.chain(
        moments("undo.", &deploy::STEPS)
            .into_iter()
            .map(|moment| (moment, true)),
    );
    for (moment, fails) in both {
        let lab = Lab::new(1).await;
        let hearth = lab.start().await;
        assert_eq!(hearth.deploy("miniflux", on("n1")).await.state, JobState::Succeeded);
        let (before, app) = (contents(&lab), hearth.app("miniflux").await);
        if fails {
            lab.prober.answer("/healthcheck", Ok(500));
        }
        let answers = BTreeMap::from([("admin_username".to_owned(), "ada".to_owned())]);
        let job = hearth
            .apps
            .change("miniflux", answers, None, &Actor::system())
            .await
            .unwrap();
        assert!(hearth.work_until_killed(job.id, &moment).await, "{moment}");
        drop(hearth);
        let hearth = lab.start().await;
        let job = hearth.finish(job.id).await;
        let now = hearth.app("miniflux").await;
        if fails {
            assert_eq!(job.state, JobState::RolledBack, "{moment}: {:?}", job.error);
            assert_eq!(contents(&lab), before, "{moment}");
            assert_eq!(now, app, "{moment}");
        } else {
            assert_eq!(job.state, JobState::Succeeded, "{moment}: {:?}", job.error);
            assert_eq!(now.answers["admin_username"], "ada");
            assert_eq!(now.ports, app.ports);
            assert_ne!(contents(&lab), before);
        }
        assert_eq!(lab.engine(1).state().containers.len(), 2);
    }
}

fn contents(lab: &Lab) -> Vec<(String, Vec<u8>)> {
    let machine = &lab.machines[0];
    let files = machine.files().into_iter();
    files
        .map(|path| (path.clone(), machine.file(&path).unwrap().contents))
        .collect()
}

#[tokio::test]
async fn a_removal_goes_on_after_a_kill() {
    for moment in moments("", &crate::engine::saga::remove::STEPS) {
        let lab = Lab::new(1).await;
        let hearth = lab.start().await;
        hearth.deploy("miniflux", on("n1")).await;
        let job = hearth
            .apps
            .remove("miniflux", false, None, &Actor::system())
            .await
            .unwrap();
        assert!(hearth.work_until_killed(job.id, &moment).await, "{moment}");
        drop(hearth);
        let hearth = lab.start().await;
        assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded, "{moment}");
        let state = lab.engine(1).state();
        assert!(state.containers.is_empty() && state.volumes.is_empty() && state.networks.is_empty());
        assert!(lab.machines[0].files().is_empty());
        assert!(hearth.apps.glance(100).await.unwrap().is_empty());
        assert!(lab.secrets().await.is_empty());
    }
}

#[tokio::test]
async fn cancelled_while_it_works() {
    for operation in ["info", "has_image", "check", "pull", "up", "list"] {
        let lab = Lab::new(1).await;
        let hearth = lab.start().await;
        let before = lab.everything();
        let recipe = "miniflux".parse().unwrap();
        let job = hearth
            .apps
            .deploy(&recipe, on("n1"), None, &Actor::system())
            .await
            .unwrap();
        lab.engine(1).hang(operation);
        let cancel = async {
            while !lab.engine(1).did().iter().any(|did| did.starts_with(operation)) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            hearth.jobs.cancel(job.id, &Actor::system()).await.unwrap();
            lab.engine(1).go_on();
            hearth.ended(job.id).await
        };
        let job = hearth.work(cancel).await;
        assert_eq!(job.state, JobState::Cancelled, "{operation}: {:?}", job.error);
        assert_eq!(lab.everything(), before, "{operation}");
        assert!(matches!(
            hearth.app("miniflux").await.state,
            AppState::RolledBack { .. }
        ));
    }
}

#[tokio::test]
async fn every_undo_can_fail_and_be_tried_again() {
    for operation in ["down", "remove_volume", "remove_image"] {
        let lab = Lab::new(1).await;
        let hearth = lab.start().await;
        let before = lab.everything();
        lab.prober.answer("/healthcheck", Ok(500));
        lab.engine(1).fail(operation, "busy", 99);
        let job = hearth.deploy("miniflux", on("n1")).await;
        assert_eq!(job.state, JobState::Stuck, "{operation}");
        assert!(job.error.as_ref().unwrap().contains("busy"));
        lab.engine(1).fail(operation, "", 0);
        hearth.jobs.retry(job.id, &Actor::system()).await.unwrap();
        let job = hearth.finish(job.id).await;
        assert_eq!(job.state, JobState::RolledBack, "{operation}: {:?}", job.error);
        assert_eq!(lab.everything(), before, "{operation}");
    }
}
