//! Deployments that go well, and every way in which they do not.

use super::lab::{Lab, node_id, on};
use crate::engine::{Error, apps::DeployRequest};
use hearth_model::{
    account::Actor,
    app::{AppState, Container, Desired},
    job::{JobState, StepState},
};
use std::{collections::BTreeMap, time::Duration};

const DIR: &str = "/var/lib/hearth/apps/miniflux";

#[tokio::test]
async fn passes() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let job = hearth.deploy("miniflux", DeployRequest::default()).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    let names: Vec<&str> = job.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(
        names,
        ["validating", "preparing", "deploying", "configuring", "health_check"]
    );
    assert!(job.steps.iter().all(|step| step.state == StepState::Done));

    let app = hearth.app("miniflux").await;
    assert_eq!((app.state.clone(), app.desired), (AppState::Running, Desired::Running));
    assert_eq!(app.url.as_deref(), Some("http://10.0.0.1:8080/"));
    assert_eq!(app.ports[0].given, 8080);
    let state = lab.engine(1).state();
    assert_eq!(state.containers.len(), 2);
    assert!(state.volumes.contains_key("miniflux_db"));
    let env = lab.machines[0].file(&format!("{DIR}/.env")).unwrap();
    assert_eq!(env.mode, 0o600);

    let secrets = hearth.apps.secrets("miniflux", &Actor::system()).await.unwrap();
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0].value.len(), 24);
    let text = String::from_utf8(env.contents).unwrap();
    assert!(text.contains(&secrets[0].value));
    let rendered = hearth.apps.rendered("miniflux").await.unwrap();
    assert!(!rendered.env.contains(&secrets[0].value) && rendered.env.contains("********"));
    let commands = hearth.apps.commands("miniflux").await.unwrap();
    let shown: Vec<&str> = commands.iter().map(|c| c.command.as_str()).collect();
    assert!(shown.contains(&"docker pull postgres:17"), "{shown:?}");
    assert!(
        commands
            .iter()
            .all(|c| c.purpose == "deploy" && !c.command.contains(&secrets[0].value))
    );
    let plan = hearth.jobs.plan(job.id).await.unwrap().unwrap();
    assert_eq!(plan.node, node_id(1));
    let log = hearth.log(job.id).await;
    assert!(
        log.contains("Pulling postgres:17") && log.contains("miniflux-app-1  Started"),
        "{log}"
    );
}

#[tokio::test]
async fn a_failing_step_is_undone_wholly() {
    for (operation, words) in [
        ("check", "compose"),
        ("pull", "refused pull"),
        ("up", "up of miniflux"),
        ("info", "n1"),
    ] {
        let lab = Lab::new(1).await;
        let hearth = lab.start().await;
        let before = lab.everything();
        lab.engine(1).fail(operation, "it is broken", 99);
        let job = hearth.deploy("miniflux", on("n1")).await;
        assert_eq!(job.state, JobState::RolledBack, "{operation}: {:?}", job.error);
        let error = job.error.unwrap();
        assert!(error.contains(words) && error.contains("it is broken"), "{error}");
        lab.engine(1).fail(operation, "", 0);
        assert_eq!(lab.everything(), before, "{operation}");
        assert!(lab.secrets().await.is_empty());
        let app = hearth.app("miniflux").await;
        assert!(matches!(app.state, AppState::RolledBack { reason } if reason == error));
        assert!(app.ports.is_empty() && app.url.is_none());

        // What was rolled back stands in nobody's way.
        let job = hearth.deploy("miniflux", on("n1")).await;
        assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
        assert_eq!(hearth.apps.glance(100).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_app_that_does_not_get_well_is_undone_and_its_log_shown() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let before = lab.everything();
    lab.prober.answer("/healthcheck", Ok(503));
    lab.engine(1).log("miniflux", "app", "cannot reach the moon");
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::RolledBack);
    let error = job.error.unwrap();
    for words in ["health check", "status 503", "cannot reach the moon"] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(lab.everything(), before);

    lab.prober.answer("/healthcheck", Ok(200));
    lab.engine(1).let_exit("app", 3);
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert!(job.error.unwrap().contains("service app is exited with code 3"));
    assert_eq!(lab.everything(), before);
}

#[tokio::test]
async fn images_and_volumes_that_were_there_stay() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    lab.engine(1)
        .change(|state| state.images.insert("postgres:17".to_owned()));
    let before = lab.everything();
    lab.prober.answer("/healthcheck", Err("refused"));
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::RolledBack);
    assert_eq!(lab.everything(), before);
}

#[tokio::test]
async fn what_hearth_did_not_deploy_is_left_alone() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    lab.engine(1)
        .change(|state| state.volumes.insert("miniflux_db".to_owned(), "miniflux".to_owned()));
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert!(job.error.unwrap().contains("did not deploy: miniflux_db"));
    assert!(lab.engine(1).state().volumes.contains_key("miniflux_db"));
    lab.engine(1).change(|state| state.volumes.clear());
    lab.machines[0].put(&format!("{DIR}/compose.yaml"), "services: {}", 0o644);
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert!(job.error.unwrap().contains("move the file away"));
    assert!(lab.machines[0].file(&format!("{DIR}/compose.yaml")).is_some());
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_nothing() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let before = lab.everything();
    lab.machines[0].fill_disk();
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::RolledBack);
    assert!(job.error.unwrap().contains("disk is full"));
    assert_eq!(lab.everything(), before);
}

#[tokio::test]
async fn a_taken_port_is_replaced_and_shown() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let line = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n";
    lab.machines[0].put("/proc/net/tcp", line, 0o444);
    let before = lab.everything();
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    let port = hearth.app("miniflux").await.ports[0].clone();
    assert_eq!(port.wanted, 8080);
    assert_ne!(port.given, 8080);
    assert!(hearth.log(job.id).await.contains("Port 8080 is taken"));

    // Two apps of one recipe: the second gets another name and another port.
    let second = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(second.state, JobState::Succeeded, "{:?}", second.error);
    assert_ne!(hearth.app("miniflux-2").await.ports[0].given, port.given);
    for slug in ["miniflux", "miniflux-2"] {
        let job = hearth.apps.remove(slug, false, None, &Actor::system()).await.unwrap();
        assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
    }
    let now = lab.everything();
    assert_eq!(now[0].1, before[0].1);
    assert!(now[0].0.containers.is_empty() && now[0].0.volumes.is_empty() && now[0].0.networks.is_empty());
    assert!(lab.secrets().await.is_empty());
    assert!(hearth.apps.glance(100).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_port_that_only_the_engine_knows_is_taken() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let foreign = Container {
        id: "id-foreign".to_owned(),
        name: "foreign".to_owned(),
        project: None,
        service: None,
        image: "nginx".to_owned(),
        state: "running".to_owned(),
        health: None,
        exit_code: None,
        published: vec![8080],
    };
    lab.engine(1)
        .change(|engine| engine.containers.insert(foreign.name.clone(), foreign));
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    let port = hearth.app("miniflux").await.ports[0].clone();
    assert_ne!(port.given, 8080);

    // Its own published port is no reason to give it another one.
    let answers = BTreeMap::from([("admin_username".to_owned(), "ada".to_owned())]);
    let job = hearth
        .apps
        .change("miniflux", answers, None, &Actor::system())
        .await
        .unwrap();
    assert_eq!(hearth.finish(job.id).await.state, JobState::Succeeded);
    assert_eq!(hearth.app("miniflux").await.ports, [port]);
}

#[tokio::test]
async fn compose_is_brought_where_there_is_none() {
    let lab = Lab::with(1, false).await;
    let hearth = lab.start().await;
    let job = hearth.deploy("miniflux", on("n1")).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    let tool = lab.machines[0].file("/var/lib/hearth/bin/docker-compose").unwrap();
    assert_eq!(tool.mode, 0o755);
}

#[tokio::test]
async fn several_at_once_do_not_pile_up() {
    let lab = Lab::new(3).await;
    let hearth = lab.start().await;
    for number in 1..=3 {
        lab.engine(number).set_health("app", "healthy");
    }
    let recipe = "nextcloud".parse().unwrap();
    let mut jobs = Vec::new();
    for name in ["one", "two", "three"] {
        let request = DeployRequest {
            name: Some(name.parse().unwrap()),
            ..DeployRequest::default()
        };
        jobs.push(
            hearth
                .apps
                .deploy(&recipe, request, None, &Actor::system())
                .await
                .unwrap(),
        );
    }
    let mut nodes: Vec<_> = hearth
        .apps
        .glance(100)
        .await
        .unwrap()
        .iter()
        .map(|app| app.node)
        .collect();
    nodes.sort();
    nodes.dedup();
    assert_eq!(nodes.len(), 3);
    hearth
        .work(async {
            for job in &jobs {
                let ended = hearth.ended(job.id).await;
                assert_eq!(ended.state, JobState::Succeeded, "{:?}", ended.error);
            }
        })
        .await;
}

#[tokio::test]
async fn bad_wishes_are_refused_at_once() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let deploy = async |recipe: &str, request: DeployRequest| {
        let recipe = recipe.parse().unwrap();
        hearth
            .apps
            .deploy(&recipe, request, None, &Actor::system())
            .await
            .unwrap_err()
    };
    assert!(matches!(
        deploy("nothing", DeployRequest::default()).await,
        Error::NotFound { .. }
    ));
    let error = deploy("miniflux", on("elsewhere")).await;
    assert!(matches!(error, Error::Invalid(fields) if fields[0].pointer == "/node"));
    let request = DeployRequest {
        answers: BTreeMap::from([("base_url".to_owned(), "nonsense".to_owned())]),
        ..DeployRequest::default()
    };
    let error = deploy("miniflux", request).await;
    assert!(matches!(error, Error::Invalid(fields) if fields[0].pointer == "/answers/base_url"));
    let job = hearth.deploy("miniflux", DeployRequest::default()).await;
    assert_eq!(job.state, JobState::Succeeded);
    let request = DeployRequest {
        name: Some("miniflux".parse().unwrap()),
        ..DeployRequest::default()
    };
    assert!(matches!(deploy("miniflux", request).await, Error::Conflict(_)));
    lab.machines[0].cut();
    hearth.roster.offline(
        node_id(1),
        hearth_model::fault::Fault::new(hearth_model::fault::Cause::Unreachable, "cut"),
    );
    let error = deploy("miniflux", DeployRequest::default()).await;
    assert!(matches!(error, Error::Conflict(text) if text.contains("n1")));
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let lab = Lab::new(2).await;
    let hearth = lab.start().await;
    let before = lab.everything();
    let preview = hearth
        .apps
        .preview(&"miniflux".parse().unwrap(), on("n2"))
        .await
        .unwrap();
    assert_eq!(preview.plan.node, node_id(2));
    assert_eq!(preview.placement.nodes.len(), 2);
    assert_eq!(lab.everything(), before);
    assert!(hearth.apps.glance(100).await.unwrap().is_empty());
    assert!(lab.secrets().await.is_empty());
}

#[tokio::test]
async fn a_cut_link_is_waited_for() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    lab.engine(1).hang("pull");
    let recipe = "miniflux".parse().unwrap();
    let job = hearth
        .apps
        .deploy(&recipe, on("n1"), None, &Actor::system())
        .await
        .unwrap();
    let mend = async {
        while !lab.engine(1).did().iter().any(|did| did.starts_with("pull")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        lab.machines[0].cut();
        lab.engine(1).go_on();
        // Until the loss was noticed and waited for.
        while !hearth.log(job.id).await.contains("Trying again") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        lab.machines[0].heal();
        hearth.ended(job.id).await
    };
    let job = hearth.work(mend).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
}

#[tokio::test]
async fn a_node_that_stays_away_leaves_it_stuck_until_it_is_back() {
    let lab = Lab::new(1).await;
    let hearth = lab.start().await;
    let before = lab.everything();
    lab.engine(1).hang("up");
    let recipe = "miniflux".parse().unwrap();
    let job = hearth
        .apps
        .deploy(&recipe, on("n1"), None, &Actor::system())
        .await
        .unwrap();
    let cut = async {
        while !lab.engine(1).did().iter().any(|did| did.starts_with("up")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        lab.machines[0].cut();
        lab.engine(1).go_on();
        hearth.ended(job.id).await
    };
    let stuck = hearth.work(cut).await;
    assert_eq!(stuck.state, JobState::Stuck);
    assert!(matches!(hearth.app("miniflux").await.state, AppState::Stuck { .. }));
    lab.machines[0].heal();
    lab.clock.advance(Duration::from_secs(60));
    hearth.jobs.retry(job.id, &Actor::system()).await.unwrap();
    let job = hearth.finish(job.id).await;
    assert_eq!(job.state, JobState::RolledBack, "{:?}", job.error);
    assert_eq!(lab.everything(), before);
}
