//! The poll over fake machines and a clock that stands still.

use super::*;
use crate::engine::nodes::bench::Bench;
use hearth_model::{
    event::Channel,
    node::{HostKey, NodeState},
    stats::Resolution,
};

#[tokio::test]
async fn a_node_comes_online_and_tells_what_it_is_and_does() {
    let bench = Bench::new(true).await;
    let mut watch = bench.events.watch();
    let (id, _machine) = bench.node(1).await;
    assert_eq!(bench.state(id), NodeState::Connecting);
    bench.pass(32).await;
    let node = bench.roster.get(id).unwrap();
    assert!(node.state.is_online());
    let facts = node.facts.as_ref().unwrap();
    assert_eq!(facts.hostname, "m1");
    assert!(facts.engine.as_ref().is_some_and(|engine| engine.compose.is_some()));
    let latest = bench.roster.latest_of(id).unwrap();
    assert_eq!(latest.memory_total.0, 8_140_992 * 1024);
    assert_eq!(node.last_seen_at, Some(latest.at));
    assert_eq!(bench.network.connects(), 1, "one held connection");
    let told: Vec<String> = std::iter::from_fn(|| watch.try_recv().ok())
        .filter(|event| event.channel == Channel::Nodes)
        .map(|event| event.event)
        .collect();
    for event in ["added", "state", "stats", "facts"] {
        assert!(told.iter().any(|known| known == event), "{event} in {told:?}");
    }
    let series = bench
        .store
        .read(move |c| store::samples::of_node(c, id, Resolution::Fine, 0, 15))
        .await
        .unwrap();
    assert!(!series.is_empty());
}

#[tokio::test]
async fn a_cut_is_shown_within_20_s_and_the_return_too_without_a_storm() {
    let bench = Bench::new(true).await;
    let (id, machine) = bench.node(1).await;
    bench.pass(20).await;
    assert!(bench.state(id).is_online());
    let before = bench.network.connects();
    machine.cut();
    bench.pass(4).await;
    let NodeState::Offline { since, fault } = bench.state(id) else {
        panic!("offline is shown");
    };
    assert_eq!(fault.cause, Cause::Unreachable);
    assert_eq!(bench.roster.get(id).unwrap().outages_30d, 1);
    bench.pass(600).await;
    let tries = bench.network.connects() - before;
    assert!((40..=60).contains(&tries), "{tries} tries in 10 minutes");
    assert!(matches!(bench.state(id), NodeState::Offline { since: still, .. } if still == since));

    machine.heal();
    let before = bench.network.connects();
    bench.pass(17).await;
    assert!(bench.state(id).is_online());
    assert_eq!(bench.network.connects() - before, 1);
    assert_eq!(
        bench.roster.get(id).unwrap().outages_30d,
        1,
        "one outage, however many tries"
    );
}

#[tokio::test]
async fn a_connection_that_is_back_in_a_moment_is_no_outage() {
    let bench = Bench::new(true).await;
    let (id, machine) = bench.node(1).await;
    bench.pass(20).await;
    let mut watch = bench.events.watch();
    machine.cut();
    machine.heal();
    bench.pass(5).await;
    assert!(bench.state(id).is_online());
    assert_eq!(bench.roster.get(id).unwrap().outages_30d, 0);
    let states = std::iter::from_fn(|| watch.try_recv().ok()).filter(|event| event.event == "state");
    assert_eq!(states.count(), 0);
}

#[tokio::test]
async fn a_changed_host_key_is_told_and_tried_once_a_minute() {
    let bench = Bench::new(true).await;
    let (id, machine) = bench.node(1).await;
    bench.pass(20).await;
    machine.change_host_key(HostKey {
        public: "ssh-ed25519 AAAAother".to_owned(),
        fingerprint: "SHA256:other".to_owned(),
    });
    machine.cut();
    machine.heal();
    let before = bench.network.connects();
    bench.pass(600).await;
    let tries = bench.network.connects() - before;
    assert!((10..=14).contains(&tries), "{tries} tries in 10 minutes");
    assert!(matches!(
        bench.state(id),
        NodeState::Offline { fault, .. } if fault.cause == Cause::HostKeyChanged
    ));
}

#[tokio::test]
async fn a_node_that_accepts_and_never_answers_is_given_up() {
    let bench = Bench::new(true).await;
    let (id, _machine) = bench.node(1).await;
    bench.pass(20).await;
    let unanswered = async || {
        let error = SessionError::TimedOut {
            machine: "m1".to_owned(),
            attempt: "sh".to_owned(),
            limit_secs: 5,
        };
        bench.poll.heard(id, Err(error)).await;
    };
    unanswered().await;
    unanswered().await;
    bench.pass(20).await;
    unanswered().await;
    unanswered().await;
    assert!(bench.state(id).is_online(), "a slow answer is no outage");
    unanswered().await;
    assert!(matches!(
        bench.state(id),
        NodeState::Offline { fault, .. } if fault.cause == Cause::TimedOut
    ));
}

#[tokio::test]
async fn an_outage_goes_on_over_a_restart_of_hearth() {
    let bench = Bench::new(true).await;
    let (id, machine) = bench.node(1).await;
    bench.pass(20).await;
    machine.cut();
    bench.pass(30).await;
    let NodeState::Offline { since, .. } = bench.state(id) else {
        panic!("offline is shown");
    };
    let bench = bench.restarted().await;
    assert_eq!(bench.state(id), NodeState::Connecting);
    assert!(bench.roster.get(id).unwrap().last_seen_at.is_some());
    bench.pass(5).await;
    assert!(matches!(bench.state(id), NodeState::Offline { since: still, .. } if still == since));
    assert_eq!(bench.roster.get(id).unwrap().outages_30d, 1);
    machine.heal();
    bench.pass(20).await;
    let open = bench.store.read(move |c| store::outages::open(c, id)).await.unwrap();
    assert_eq!(open, None);
}

#[tokio::test]
async fn facts_are_asked_anew_after_a_reconnection_and_soon_while_the_engine_is_away() {
    let bench = Bench::new(true).await;
    let (id, machine) = bench.node(1).await;
    bench.pass(2).await;
    let asked = || {
        let asks = |exec: &Exec| exec.stdin == hearth_model::probe::PROBE_FACTS.as_bytes();
        machine.ran().iter().filter(|exec| asks(exec)).count()
    };
    assert_eq!(asked(), 1);
    bench.engines.uninstall("m1");
    bench.pass(300).await;
    assert_eq!(asked(), 1);
    machine.cut();
    machine.heal();
    bench.pass(5).await;
    assert_eq!(asked(), 2);
    assert!(bench.roster.get(id).unwrap().facts.as_ref().unwrap().engine.is_none());
    let _ = bench.engines.install("m1");
    bench.pass(90).await;
    assert_eq!(asked(), 3);
    assert!(bench.roster.get(id).unwrap().facts.as_ref().unwrap().engine.is_some());
}

#[tokio::test]
async fn nonsense_from_a_node_is_no_sample_and_hurts_nobody() {
    let bench = Bench::new(true).await;
    let (_, bad) = bench.node(1).await;
    bad.on(|_, exec| {
        (exec.stdin == PROBE_STATS.as_bytes()).then(|| crate::port::session::Output {
            stdout: vec![0xff; 5_000],
            ..Default::default()
        })
    });
    let (good, _machine) = bench.node(2).await;
    bench.pass(40).await;
    assert_eq!(bench.roster.latest().keys().collect::<Vec<_>>(), [&good]);
}

/// Nanoseconds that this thread has spent on a processor. Source: Documentation/scheduler/sched-stats.rst of Linux.
fn thread_cpu_nanos() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_thousand_nodes_are_polled_within_their_budget() {
    const NODES: u16 = 1_000;
    let bench = Bench::new(true).await;
    for number in 1..=NODES {
        bench.node(number).await;
    }
    bench.pass(20).await;
    assert_eq!(bench.roster.latest().len(), usize::from(NODES));
    let before = thread_cpu_nanos();
    bench.pass(15).await;
    let each = (thread_cpu_nanos() - before) / u64::from(NODES);
    // The budget is 10 ms a poll with a real connection; here, without one and not optimised, most of it must be left.
    assert!(each < 5_000_000, "{each} ns a poll");
    assert_eq!(bench.network.connects(), u32::from(NODES));
    bench.poll.keep(true).await;
    let rows: i64 = bench
        .store
        .read(|c| {
            c.query_row("SELECT count(DISTINCT node_id) FROM samples", [], |row| row.get(0))
                .map_err(store::error::sqlite("counting"))
        })
        .await
        .unwrap();
    assert_eq!(rows, i64::from(NODES));
}
