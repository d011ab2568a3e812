//! Nodes, discovery, release and groups over fake machines.

use super::*;
use crate::{
    engine::nodes::bench::Bench,
    port::{
        crash::Moment,
        scanner::{Found, FoundBy},
        session::Connector,
    },
};
use hearth_model::{
    event::Channel,
    fault::Cause,
    job::{JobState, StepState},
    node::NodeState,
};

fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

#[tokio::test]
async fn a_released_node_is_forgotten_and_lets_nobody_in() {
    let bench = Bench::new(true).await;
    let (id, machine) = bench.node(1).await;
    bench.pass(20).await;
    let job = bench.nodes.release("m1", false, None, &Actor::system()).await.unwrap();
    assert!(matches!(
        bench.nodes.release("m1", true, None, &Actor::system()).await,
        Err(Error::Conflict(_))
    ));
    let job = bench.run(job.id).await;
    assert_eq!(job.state, JobState::Succeeded, "{job:?}");
    assert!(!machine.is_authorized(&bench.network.own_public_key()));
    assert!(bench.nodes.all().is_empty());
    let tries = bench.network.connects();
    bench.pass(30).await;
    assert_eq!(bench.network.connects(), tries, "nobody asks for it any more");
    let bench = bench.restarted().await;
    assert!(bench.roster.get(id).is_none());
}

#[tokio::test]
async fn asked_for_once_more_it_is_the_same_job_also_when_the_node_is_gone() {
    let bench = Bench::new(true).await;
    bench.node(1).await;
    let who = Actor::system();
    let first = bench.nodes.release("m1", false, Some("k"), &who).await.unwrap();
    assert_eq!(bench.run(first.id).await.state, JobState::Succeeded);
    let again = bench.nodes.release("m1", false, Some("k"), &who).await.unwrap();
    assert_eq!((again.id, again.state), (first.id, JobState::Succeeded));
    let other = bench.nodes.release("m1", true, Some("k"), &who).await;
    assert!(matches!(other, Err(Error::Conflict(_))));
    let fresh = bench.nodes.release("m1", false, Some("k2"), &who).await;
    assert!(matches!(fresh, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn one_that_cannot_be_reached_is_released_only_by_force() {
    let bench = Bench::new(true).await;
    let (_, machine) = bench.node(1).await;
    machine.cut();
    let job = bench.nodes.release("m1", false, None, &Actor::system()).await.unwrap();
    let job = bench.run(job.id).await;
    assert_eq!((job.state, job.cause), (JobState::Failed, Some(Cause::Unreachable)));
    assert!(job.error.unwrap().contains("by force"));
    assert_eq!(bench.nodes.all().len(), 1);
    let job = bench.nodes.release("m1", true, None, &Actor::system()).await.unwrap();
    let job = bench.run(job.id).await;
    assert_eq!(job.state, JobState::Succeeded);
    let log = bench.jobs.log(job.id, 0).await.unwrap();
    assert!(log.iter().any(|line| line.text.contains("by hand")), "{log:?}");
    assert!(bench.nodes.all().is_empty());
}

#[tokio::test]
async fn a_release_that_was_killed_goes_on() {
    for step in release::STEPS {
        for moment in [Moment::Before, Moment::After] {
            let bench = Bench::new(true).await;
            let (_, machine) = bench.node(1).await;
            let job = bench.nodes.release("m1", false, None, &Actor::system()).await.unwrap();
            bench.run_until(step, false, moment).await;
            let bench = bench.restarted().await;
            let job = bench.run(job.id).await;
            assert_eq!(job.state, JobState::Succeeded, "{step} {moment:?}: {job:?}");
            assert!(!machine.is_authorized(&bench.network.own_public_key()));
            assert!(bench.nodes.all().is_empty());
        }
    }
}

#[tokio::test]
async fn this_machine_is_a_node_until_it_is_released() {
    let bench = Bench::new(true).await;
    assert_eq!(bench.nodes.adopt_local(&Actor::system()).await.unwrap(), None);
    let machine = bench.machine(1);
    bench.network.put_local(&machine);
    let node = bench.nodes.adopt_local(&Actor::system()).await.unwrap().unwrap();
    assert_eq!((node.link, node.name.as_str()), (Link::Local, "m1"));
    let again = bench.nodes.adopt_local(&Actor::system()).await.unwrap().unwrap();
    assert_eq!(again.id, node.id);
    bench.pass(20).await;
    assert_eq!(bench.state(node.id), NodeState::Online);
    let job = bench.nodes.release("m1", false, None, &Actor::system()).await.unwrap();
    assert_eq!(bench.run(job.id).await.state, JobState::Succeeded);
    assert_eq!(
        bench.nodes.adopt_local(&Actor::system()).await.unwrap(),
        None,
        "not by itself"
    );
    let person = Actor {
        name: "ann".to_owned(),
        ..Actor::system()
    };
    assert!(bench.nodes.adopt_local(&person).await.unwrap().is_some());
}

#[tokio::test]
async fn names_labels_and_groups() {
    let bench = Bench::new(true).await;
    bench.node(1).await;
    bench.node(2).await;
    let who = Actor::system();
    let change = |name: &str| NodeChange {
        name: Some(slug(name)),
        labels: Some([("drain".to_owned(), "true".to_owned())].into()),
        groups: None,
    };
    assert!(matches!(
        bench.nodes.change("m1", change("m2"), &who).await,
        Err(Error::Conflict(_))
    ));
    let node = bench.nodes.change("m1", change("attic"), &who).await.unwrap();
    assert_eq!(node.labels["drain"], "true");
    assert!(bench.nodes.get("m1").await.is_err());
    let bad = NodeChange {
        labels: Some([("a b".to_owned(), String::new())].into()),
        ..NodeChange::default()
    };
    assert!(matches!(
        bench.nodes.change("attic", bad, &who).await,
        Err(Error::Invalid(_))
    ));
    let group = bench
        .nodes
        .set_group(&slug("upstairs"), &["attic".to_owned(), "m2".to_owned()], &who)
        .await
        .unwrap();
    assert_eq!(group.nodes, [slug("attic"), slug("m2")]);
    bench
        .nodes
        .set_group(&slug("upstairs"), &["m2".to_owned()], &who)
        .await
        .unwrap();
    let bench = bench.restarted().await;
    assert_eq!(bench.nodes.groups()[0].nodes, [slug("m2")]);
    assert_eq!(bench.nodes.get("attic").await.unwrap().labels["drain"], "true");
}

#[tokio::test]
async fn a_group_is_renamed_filled_emptied_and_deleted() {
    let bench = Bench::new(true).await;
    for number in 1..=3 {
        bench.node(number).await;
    }
    let (who, cellar, attic) = (Actor::system(), slug("cellar"), slug("attic"));
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    bench.nodes.set_group(&cellar, &names(&["m1"]), &who).await.unwrap();
    let change = GroupChange {
        name: Some(attic.clone()),
        add: names(&["m2", "m3"]),
        remove: names(&["m1"]),
    };
    let group = bench.nodes.change_group(&cellar, change, &who).await.unwrap();
    assert_eq!((group.name, group.nodes), (attic.clone(), vec![slug("m2"), slug("m3")]));
    assert!(matches!(bench.nodes.group(&cellar), Err(Error::NotFound { .. })));
    let both = GroupChange {
        add: names(&["m1"]),
        remove: names(&["m1"]),
        ..GroupChange::default()
    };
    let refused = bench.nodes.change_group(&attic, both, &who).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    bench.nodes.set_group(&cellar, &names(&["m1"]), &who).await.unwrap();
    let taken = GroupChange {
        name: Some(cellar.clone()),
        ..GroupChange::default()
    };
    let refused = bench.nodes.change_group(&attic, taken, &who).await;
    assert!(
        matches!(refused, Err(Error::Conflict(_))),
        "two groups do not become one unasked"
    );
    bench.nodes.remove_group(&attic, &who).await.unwrap();
    assert_eq!(bench.nodes.groups().len(), 1);
    assert_eq!(bench.nodes.all().len(), 3);
    let bench = bench.restarted().await;
    assert_eq!(bench.nodes.groups()[0].nodes, [slug("m1")]);
    assert!(matches!(
        bench.nodes.remove_group(&attic, &who).await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn a_group_action_has_a_result_a_node() {
    let bench = Bench::new(true).await;
    bench.node(1).await;
    let (_, away) = bench.node(2).await;
    away.cut();
    let who = Actor::system();
    let name = slug("all");
    let members = ["m1".to_owned(), "m2".to_owned()];
    bench.nodes.set_group(&name, &members, &who).await.unwrap();
    let job = bench
        .nodes
        .group_action(&name, GroupAction::Refresh, None, &who)
        .await
        .unwrap();
    let job = bench.run(job.id).await;
    assert_eq!(job.state, JobState::Failed);
    assert!(job.error.unwrap().starts_with("1 of 2 nodes"));
    let log = bench.jobs.log(job.id, 0).await.unwrap();
    let of = |start: &str| log.iter().any(|line| line.text.starts_with(start));
    assert!(of("m1: Debian") && of("m2: m2: not reachable"), "{log:?}");
    let results = bench.jobs.results(job.id).await.unwrap();
    let states: Vec<_> = results
        .iter()
        .map(|result| (result.name.as_str(), result.state))
        .collect();
    assert_eq!(states, [("m1", StepState::Done), ("m2", StepState::Failed)]);
    assert!(results[1].text.contains("not reachable"), "{results:?}");
    away.heal();
    bench.pass(30).await;
    for action in [GroupAction::Preflight, GroupAction::Bootstrap] {
        let job = bench.nodes.group_action(&name, action, None, &who).await.unwrap();
        let job = bench.run(job.id).await;
        assert_eq!(job.state, JobState::Succeeded, "{action:?}: {job:?}");
    }
    assert!(matches!(
        bench
            .nodes
            .group_action(&slug("none"), GroupAction::Refresh, None, &who)
            .await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn stats_are_there_with_and_without_an_engine() {
    let bench = Bench::new(true).await;
    bench.node(1).await;
    bench.pass(50).await;
    let stats = bench.nodes.stats("m1", 900).await.unwrap();
    assert!(stats.now.is_some() && !stats.series.is_empty());
    assert_eq!(stats.step_secs, 15);
    bench.engines.uninstall("m1");
    let stats = bench.nodes.stats("m1", 86_400).await.unwrap();
    assert!(stats.containers.is_empty());
    for range in [0, 899, 31_622_401] {
        assert!(matches!(bench.nodes.stats("m1", range).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn what_is_found_comes_together_by_address() {
    let mut bench = Bench::new(true).await;
    bench.node(1).await;
    let found = |last: u8, by, name: Option<&str>, ssh_port| Found {
        address: std::net::IpAddr::from([10, 0, 0, last]),
        ssh_port,
        name: name.map(|name| name.parse().unwrap()),
        by,
        banner: None,
    };
    bench.found = vec![
        found(3, FoundBy::Neighbour, None, None),
        found(2, FoundBy::Mdns, Some("pi.local"), None),
        found(2, FoundBy::Scan, None, Some(22)),
        found(2, FoundBy::Scan, None, Some(22)),
        found(1, FoundBy::Scan, None, Some(22)),
    ];
    let mut watch = bench.events.watch();
    let request = crate::engine::discovery::DiscoverRequest {
        subnets: vec!["10.0.0.0/24".to_owned()],
        port: None,
    };
    let job = bench.discovery.start(request, None, &Actor::system()).await.unwrap();
    let job = bench.run(job.id).await;
    assert_eq!(job.state, JobState::Succeeded);
    assert_eq!(job.steps[0].state, StepState::Done);
    let machines = bench.discovery.results(job.id).await.unwrap();
    let shown: Vec<_> = machines
        .iter()
        .map(|m| (m.address.to_string(), m.ssh_port, m.node.is_some()))
        .collect();
    assert_eq!(
        shown,
        [
            ("10.0.0.1".to_owned(), Some(22), true),
            ("10.0.0.2".to_owned(), Some(22), false),
            ("10.0.0.3".to_owned(), None, false),
        ]
    );
    assert_eq!(machines[1].by, [FoundBy::Mdns, FoundBy::Scan].into());
    let told = std::iter::from_fn(|| watch.try_recv().ok());
    let told = told.filter(|event| event.channel == Channel::Nodes && event.event == "found");
    assert!(told.count() >= 3);
    let release = bench.nodes.release("m1", true, None, &Actor::system()).await.unwrap();
    assert!(bench.discovery.results(release.id).await.is_err());
}
