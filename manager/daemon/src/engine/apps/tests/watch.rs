//! Somebody else's changes are noticed and shown, and nothing is done about them.

use super::lab::{Hearth, Lab, node_id, on};
use crate::port::compose::Action;
use hearth_model::{
    account::Actor,
    app::AppState,
    event::Channel,
    fault::{Cause, Fault},
    job::JobState,
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

const COMPOSE: &str = "/var/lib/hearth/apps/miniflux/compose.yaml";

async fn deployed() -> (Lab, Hearth) {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    (lab, hearth)
}

async fn seen(hearth: &Hearth) -> AppState {
    hearth.watch.check(node_id(1)).await.unwrap();
    hearth.app("miniflux").await.state
}

fn drifted(differences: &[&str]) -> AppState {
    let differences = differences.iter().map(|text| (*text).to_owned()).collect();
    AppState::Drifted { differences }
}

#[tokio::test]
async fn a_stopped_container_an_edited_file_a_removed_project() {
    let (lab, hearth) = deployed().await;
    assert_eq!(seen(&hearth).await, AppState::Running);
    let mut events = hearth.events.watch();

    lab.engine(1).stop_container("miniflux-db-1");
    assert_eq!(seen(&hearth).await, drifted(&["the container of db was stopped"]));
    let incident = lab.open_incident("app miniflux").await.unwrap();
    assert!(incident.contains("db was stopped"));
    let told: Vec<Channel> = std::iter::from_fn(|| events.try_recv().ok())
        .map(|event| event.channel)
        .collect();
    assert_eq!(told, [Channel::Incidents, Channel::Apps]);
    assert_eq!(
        lab.engine(1).state().containers["miniflux-db-1"].state,
        "exited",
        "nothing is undone"
    );

    let job = hearth
        .apps
        .act("miniflux", Action::Start, None, &Actor::system())
        .await
        .unwrap();
    hearth.finish(job.id).await;
    assert_eq!(seen(&hearth).await, AppState::Running);
    assert_eq!(lab.open_incident("app miniflux").await, None);

    let file = lab.machines[0].file(COMPOSE).unwrap();
    lab.machines[0].put(COMPOSE, "services: {}", 0o644);
    assert_eq!(seen(&hearth).await, drifted(&["compose.yaml was edited"]));
    lab.machines[0].put(COMPOSE, file.contents, 0o644);
    assert_eq!(seen(&hearth).await, AppState::Running);

    lab.engine(1).remove_project("miniflux");
    assert_eq!(seen(&hearth).await, drifted(&["its containers were removed"]));
}

#[tokio::test]
async fn a_node_that_is_away_and_back() {
    let (lab, hearth) = deployed().await;
    lab.machines[0].cut();
    hearth.roster.offline(node_id(1), Fault::new(Cause::Unreachable, "cut"));
    assert_eq!(seen(&hearth).await, AppState::Unreachable);
    assert_eq!(lab.open_incident("app miniflux").await, None);
    lab.machines[0].heal();
    hearth.links.session(node_id(1)).await.unwrap();
    assert_eq!(seen(&hearth).await, AppState::Running);
}

#[tokio::test]
async fn a_discontented_check_is_told_after_a_while() {
    let (lab, hearth) = deployed().await;
    lab.prober.answer("/healthcheck", Err("Connection refused"));
    assert_eq!(seen(&hearth).await, AppState::Running, "it is not due yet");
    lab.clock.advance(Duration::from_secs(61));
    assert_eq!(seen(&hearth).await, AppState::Running, "once is no pattern");
    assert_eq!(seen(&hearth).await, AppState::Running);
    assert!(matches!(seen(&hearth).await, AppState::Unhealthy { reason } if reason.contains("refused")));
    lab.prober.answer("/healthcheck", Ok(200));
    assert_eq!(seen(&hearth).await, AppState::Running);
}

#[tokio::test]
async fn what_a_job_works_on_is_left_alone() {
    let (lab, hearth) = deployed().await;
    hearth
        .apps
        .act("miniflux", Action::Restart, None, &Actor::system())
        .await
        .unwrap();
    lab.engine(1).stop_container("miniflux-db-1");
    assert_eq!(seen(&hearth).await, AppState::Running);
}

#[tokio::test]
async fn an_event_is_looked_into_at_once() {
    let (lab, hearth) = deployed().await;
    let stop = CancellationToken::new();
    let watching = tokio::spawn(Arc::clone(&hearth.watch).run(stop.clone()));
    let noticed = async {
        while !matches!(hearth.app("miniflux").await.state, AppState::Drifted { .. }) {
            lab.engine(1).stop_container("miniflux-app-1");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noticed).await.unwrap();
    stop.cancel();
    watching.await.unwrap();
}
