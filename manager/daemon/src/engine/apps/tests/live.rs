//! An app's days: stopped, started, changed, removed with its data kept, deployed again.

use super::lab::{Lab, on};
use crate::{
    engine::{Error, apps::DeployRequest},
    port::compose::Action,
};
use hearth_model::{
    account::Actor,
    app::{AppState, Desired},
    job::JobState,
};
use std::collections::BTreeMap;

#[tokio::test]
async fn stop_start_restart() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    hearth.deploy("miniflux", on("n1")).await;
    for (action, state, desired) in [
        (Action::Stop, AppState::Stopped, Desired::Stopped),
        (Action::Start, AppState::Running, Desired::Running),
        (Action::Restart, AppState::Running, Desired::Running),
    ] {
        let job = hearth
            .apps
            .act("miniflux", action, None, &Actor::system())
            .await
            .unwrap();
        assert!(matches!(
            hearth.apps.act("miniflux", action, None, &Actor::system()).await,
            Err(Error::Conflict(_))
        ));
        assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
        let app = hearth.app("miniflux").await;
        assert_eq!((app.state, app.desired), (state, desired));
    }
    lab.engine(1).fail("stop", "no", 1);
    let job = hearth
        .apps
        .act("miniflux", Action::Stop, None, &Actor::system())
        .await
        .unwrap();
    let job = hearth.finish(job.id).await;
    assert_eq!(job.state, JobState::Failed);
    assert_eq!(hearth.app("miniflux").await.state, AppState::Running);
}

#[tokio::test]
async fn a_project_that_somebody_removed_is_brought_back_by_a_start() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    hearth.deploy("miniflux", on("n1")).await;
    lab.engine(1).remove_project("miniflux");
    lab.machines[0].delete("/var/lib/hearth/apps/miniflux/compose.yaml");
    let job = hearth
        .apps
        .act("miniflux", Action::Start, None, &Actor::system())
        .await
        .unwrap();
    assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
    assert_eq!(lab.engine(1).state().containers.len(), 2);
}

#[tokio::test]
async fn kept_data_meets_its_password_again() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    hearth.deploy("miniflux", on("n1")).await;
    let env = |lab: &Lab| {
        lab.machines[0]
            .file("/var/lib/hearth/apps/miniflux/.env")
            .unwrap()
            .contents
    };
    let first = env(&lab);
    let job = hearth
        .apps
        .remove("miniflux", true, None, &Actor::system())
        .await
        .unwrap();
    assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
    assert!(lab.engine(1).state().volumes.contains_key("miniflux_db"));
    assert!(lab.machines[0].files().is_empty());
    assert_eq!(lab.secrets().await.len(), 2);

    // A deployment that fails leaves the data and its password for the next one.
    lab.prober.answer("/healthcheck", Ok(500));
    assert_eq!(hearth.deploy("miniflux", on("n1")).await.state, JobState::RolledBack);
    assert!(lab.engine(1).state().volumes.contains_key("miniflux_db"));
    lab.prober.answer("/healthcheck", Ok(200));
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    assert_eq!(env(&lab), first);
}

#[tokio::test]
async fn a_removal_that_failed_is_done_again() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    hearth.deploy("miniflux", on("n1")).await;
    lab.engine(1).fail("down", "busy", 1);
    let job = hearth
        .apps
        .remove("miniflux", false, None, &Actor::system())
        .await
        .unwrap();
    assert!(hearth.jobs.cancel(job.id, &Actor::system()).await.is_ok());
    assert_eq!(hearth.finish(job.id).await.state, JobState::Cancelled);
    assert_eq!(hearth.app("miniflux").await.state, AppState::Running);
    let job = hearth
        .apps
        .remove("miniflux", false, None, &Actor::system())
        .await
        .unwrap();
    assert_eq!(hearth.finish(job.id).await.state, JobState::Failed);
    assert!(matches!(hearth.app("miniflux").await.state, AppState::Stuck { reason } if reason.contains("busy")));
    let job = hearth
        .apps
        .remove("miniflux", false, None, &Actor::system())
        .await
        .unwrap();
    assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
    assert!(hearth.apps.get("miniflux").await.is_err());
}

#[tokio::test]
async fn what_was_rolled_back_is_removed_without_its_node() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    lab.engine(1).fail("check", "no", 1);
    hearth.deploy("miniflux", on("n1")).await;
    lab.machines[0].cut();
    let job = hearth
        .apps
        .remove("miniflux", false, None, &Actor::system())
        .await
        .unwrap();
    assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
    assert!(hearth.apps.glance(100).await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_that_are_not_given_stay_and_secrets_too() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let request = DeployRequest {
        answers: BTreeMap::from([("admin_username".to_owned(), "ada".to_owned())]),
        ..on("n1")
    };
    hearth.deploy("miniflux", request).await;
    let secrets = lab.secrets().await;
    let answers = BTreeMap::from([("base_url".to_owned(), "https://feeds.example.org".to_owned())]);
    let job = hearth
        .apps
        .change("miniflux", answers, None, &Actor::system())
        .await
        .unwrap();
    assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
    let app = hearth.app("miniflux").await;
    assert_eq!(app.answers["admin_username"], "ada");
    assert_eq!(app.answers["base_url"], "https://feeds.example.org");
    assert_eq!(lab.secrets().await, secrets);
    let bad = BTreeMap::from([("base_url".to_owned(), "x".to_owned())]);
    assert!(matches!(
        hearth.apps.change("miniflux", bad, None, &Actor::system()).await,
        Err(Error::Invalid(_))
    ));
}

#[tokio::test]
async fn seen_from_the_outside() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(hearth.apps.containers("miniflux").await.unwrap().len(), 2);
    assert_eq!(hearth.apps.stats("miniflux").await.unwrap().len(), 2);
    lab.engine(1).log("miniflux", "app", "hello");
    let (lines, mut received) = tokio::sync::mpsc::channel(8);
    hearth.apps.logs("miniflux", 10, false, lines).await.unwrap();
    assert_eq!(received.recv().await.unwrap().text, "hello");
    lab.machines[0].cut();
    assert!(matches!(
        hearth.apps.containers("miniflux").await,
        Err(Error::Node { .. })
    ));
}
