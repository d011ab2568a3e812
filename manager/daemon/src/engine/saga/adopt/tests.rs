//! Adoption over fake machines.

use super::*;
use crate::{
    engine::{
        Error,
        nodes::{AdoptRequest, bench::Bench},
    },
    port::{crash::Moment, session::FakeMachine},
};
use hearth_model::{
    fault::Cause,
    id::JobId,
    job::{JobState, StepState},
};

const PASSWORD: &str = "correct horse battery staple";

fn request(address: &str, user: &str) -> AdoptRequest {
    AdoptRequest {
        address: address.parse().unwrap(),
        port: None,
        user: user.to_owned(),
        password: Some(PASSWORD.to_owned()),
        key: None,
        passphrase: None,
        name: None,
        host_key: None,
    }
}

fn ready(bench: &Bench, number: u16) -> Arc<FakeMachine> {
    let machine = bench.machine(number);
    machine.allow_password("root", PASSWORD);
    machine.allow_password("pi", PASSWORD);
    machine
}

async fn adopt(bench: &Bench, request: AdoptRequest) -> Job {
    let id = begin(bench, request).await;
    bench.run(id).await
}

async fn begin(bench: &Bench, request: AdoptRequest) -> JobId {
    bench.nodes.adopt(request, None, &Actor::system()).await.unwrap().id
}

fn own(bench: &Bench) -> String {
    bench.network.own_public_key()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_machine_becomes_a_node_and_the_password_is_nowhere() {
    let bench = Bench::new(true).await;
    let machine = ready(&bench, 1);
    let id = begin(&bench, request("10.0.0.1", "root")).await;
    assert!(!holds(&bench.bytes(), PASSWORD), "not while it waits");
    let job = bench.run(id).await;
    assert_eq!(job.state, JobState::Succeeded, "{job:?}");
    let node = bench.nodes.get("m1").await.unwrap();
    assert!(node.state.is_online());
    assert_eq!(node.facts.unwrap().hostname, "m1");
    assert!(matches!(node.link, Link::Ssh { host_key, .. } if host_key == machine.host_key()));
    assert!(machine.is_authorized(&own(&bench)));
    assert_eq!(bench.one_time.login(id), None);
    assert!(!holds(&bench.bytes(), PASSWORD));
    let connects = bench.network.connects();
    bench.pass(20).await;
    assert_eq!(bench.network.connects(), connects, "the connection is taken over");
    assert!(bench.roster.latest().contains_key(&node.id));
}

#[tokio::test]
async fn with_a_key_and_a_confirmed_host_key_and_a_name() {
    let bench = Bench::new(true).await;
    let machine = ready(&bench, 1);
    machine.authorize("PRIVATE");
    let mut wish = request("10.0.0.1", "pi");
    wish.password = None;
    wish.key = Some("PRIVATE".to_owned());
    wish.name = Some("attic".parse().unwrap());
    wish.host_key = Some(machine.host_key().fingerprint);
    let job = adopt(&bench, wish).await;
    assert_eq!(job.state, JobState::Succeeded, "{job:?}");
    assert!(bench.nodes.get("attic").await.is_ok());
}

#[tokio::test]
async fn each_failure_names_its_cause_and_mend_and_leaves_nothing() {
    type Spoil = fn(&FakeMachine, &mut AdoptRequest);
    let cases: [(Spoil, Cause); 9] = [
        (|m, _| m.refuse(Some(Fault::new(Cause::Refused, ""))), Cause::Refused),
        (|m, _| m.refuse(Some(Fault::new(Cause::TimedOut, ""))), Cause::TimedOut),
        (|m, _| m.refuse(Some(Fault::new(Cause::NotSsh, ""))), Cause::NotSsh),
        (|m, _| m.cut(), Cause::Unreachable),
        (|_, r| r.password = Some("wrong".to_owned()), Cause::WrongPassword),
        (
            |_, r| r.host_key = Some("SHA256:else".to_owned()),
            Cause::HostKeyMismatch,
        ),
        (
            |m, r| {
                r.user = "pi".to_owned();
                m.forbid_sudo("pi");
            },
            Cause::NoSudo,
        ),
        (
            |m, _| {
                m.on(|_, exec| {
                    let facts = exec.stdin == hearth_model::probe::PROBE_FACTS.as_bytes();
                    facts.then(crate::port::session::Output::default)
                });
            },
            Cause::UnsupportedSystem,
        ),
        (
            |m, _| m.refuse(Some(Fault::new(Cause::UnknownHost, ""))),
            Cause::UnknownHost,
        ),
    ];
    for (spoil, cause) in cases {
        let bench = Bench::new(true).await;
        let machine = ready(&bench, 1);
        let mut wish = request("10.0.0.1", "root");
        spoil(&machine, &mut wish);
        let job = adopt(&bench, wish).await;
        assert!(
            matches!(job.state, JobState::Failed | JobState::RolledBack),
            "{cause:?}: {job:?}"
        );
        assert_eq!(job.cause, Some(cause));
        let error = job.error.unwrap();
        assert!(error.contains(cause.title()) && error.contains(cause.mend()), "{error}");
        assert!(bench.nodes.all().is_empty());
        assert!(!machine.is_authorized(&own(&bench)), "{cause:?}");
        assert!(!holds(&bench.bytes(), PASSWORD));
    }
    let bench = Bench::new(true).await;
    assert!(bench.nodes.host_key(&"10.0.0.9".parse().unwrap(), 22).await.is_err());
}

#[tokio::test]
async fn what_apps_still_lack_is_told_and_hinders_nothing() {
    let bench = Bench::new(true).await;
    let machine = ready(&bench, 1);
    bench.engines.uninstall(machine.name());
    let job = adopt(&bench, request("10.0.0.1", "root")).await;
    assert_eq!(job.state, JobState::Succeeded);
    assert!(
        job.steps[3].message.contains(Cause::NoEngine.mend()),
        "{}",
        job.steps[3].message
    );
    let verdict = bench.nodes.preflight("m1").await.unwrap();
    assert!(!verdict.ready);

    let bench = Bench::new(false).await;
    ready(&bench, 1);
    let job = adopt(&bench, request("10.0.0.1", "root")).await;
    assert!(
        job.steps[3].message.contains("Compose comes with the first one"),
        "{}",
        job.steps[3].message
    );
}

#[tokio::test]
async fn twice_changes_nothing() {
    let bench = Bench::new(true).await;
    let machine = ready(&bench, 1);
    adopt(&bench, request("10.0.0.1", "root")).await;
    let before = bench.nodes.all();
    let ran = machine.ran().len();
    let job = adopt(&bench, request("10.0.0.1", "root")).await;
    assert_eq!(job.state, JobState::Succeeded);
    assert!(job.steps[4].message.contains("already a node: m1"), "{:?}", job.steps);
    assert!(job.steps.iter().all(|step| step.state == StepState::Skipped));
    assert_eq!(machine.ran().len(), ran, "the machine is not even asked");
    assert_eq!(bench.nodes.all(), before);
}

#[tokio::test]
async fn the_same_machine_at_another_address_or_as_another_user_stays_one_node() {
    let bench = Bench::new(true).await;
    let machine = ready(&bench, 1);
    bench.network.put("nas.lan", 22, &machine);
    adopt(&bench, request("10.0.0.1", "root")).await;
    let job = adopt(&bench, request("nas.lan", "root")).await;
    assert_eq!(job.state, JobState::Succeeded);
    assert!(job.steps[4].message.contains("already a node: m1"));
    assert_eq!(bench.nodes.all().len(), 1);
    assert!(machine.is_authorized(&own(&bench)), "the first user's key stays");
}

#[tokio::test]
async fn copies_of_a_virtual_machine_are_different_nodes() {
    let bench = Bench::new(true).await;
    let first = ready(&bench, 1);
    ready(&bench, 2);
    adopt(&bench, request("10.0.0.1", "root")).await;
    // The same machine id, another network card.
    let facts = bench.nodes.get("m1").await.unwrap().facts.unwrap();
    let mut copy = facts.clone();
    copy.interfaces[0].mac = Some("52:54:00:ff:ff:ff".to_owned());
    assert!(bench.roster.twin(&copy, Some(&first.host_key())).is_none());
    assert!(bench.roster.twin(&facts, None).is_some());
    adopt(&bench, request("10.0.0.2", "root")).await;
    assert_eq!(bench.nodes.all().len(), 2);
}

#[tokio::test]
async fn hosts_of_the_same_name_get_numbers() {
    let bench = Bench::new(true).await;
    ready(&bench, 1);
    adopt(&bench, request("10.0.0.1", "root")).await;
    let name: Slug = "m1".parse().unwrap();
    assert_eq!(bench.roster.free_name(&name).as_str(), "m1-2");
    let mut wish = request("10.0.0.2", "root");
    wish.name = Some(name);
    assert!(matches!(
        bench.nodes.adopt(wish, None, &Actor::system()).await,
        Err(Error::Invalid(errors)) if errors[0].pointer == "/name"
    ));
}

#[tokio::test]
async fn killed_before_the_key_works_it_is_undone_and_after_that_it_goes_on() {
    for step in STEPS {
        for moment in [Moment::Before, Moment::After] {
            let bench = Bench::new(true).await;
            let machine = ready(&bench, 1);
            let id = begin(&bench, request("10.0.0.1", "root")).await;
            bench.run_until(step, false, moment).await;
            let bench = bench.restarted().await;
            assert_eq!(bench.one_time.login(id), None);
            let job = bench.run(id).await;
            let place = STEPS.iter().position(|name| *name == step).unwrap();
            // Until the key was seen to be installed, each step needs the password.
            if place < 2 {
                assert!(
                    matches!(job.state, JobState::Failed | JobState::RolledBack),
                    "{step} {moment:?}: {job:?}"
                );
                assert!(
                    job.error.unwrap().contains("the password is not kept"),
                    "{step} {moment:?}"
                );
                assert!(!machine.is_authorized(&own(&bench)), "{step} {moment:?}");
                assert!(bench.nodes.all().is_empty());
            } else {
                assert_eq!(job.state, JobState::Succeeded, "{step} {moment:?}: {job:?}");
                assert_eq!(bench.nodes.all().len(), 1);
            }
            assert!(!holds(&bench.bytes(), PASSWORD), "{step} {moment:?}");
        }
    }
}

#[tokio::test]
async fn an_undo_leaves_a_key_that_was_there_before() {
    let bench = Bench::new(true).await;
    let machine = ready(&bench, 1);
    machine.authorize(&own(&bench));
    machine.forbid_sudo("pi");
    let job = adopt(&bench, request("10.0.0.1", "pi")).await;
    assert_eq!(job.cause, Some(Cause::NoSudo));
    assert!(machine.is_authorized(&own(&bench)));
}

#[tokio::test]
async fn what_is_not_a_request_is_refused_by_field() {
    let bench = Bench::new(true).await;
    type Spoil = fn(&mut AdoptRequest);
    let cases: [(Spoil, &str); 7] = [
        (|r| r.password = None, "/password"),
        (|r| r.password = Some(String::new()), "/password"),
        (|r| r.key = Some("x".to_owned()), "/key"),
        (|r| r.user = "-o".to_owned(), "/user"),
        (|r| r.user = "a b".to_owned(), "/user"),
        (|r| r.port = Some(0), "/port"),
        (|r| r.host_key = Some("aa:bb".to_owned()), "/host_key"),
    ];
    for (spoil, pointer) in cases {
        let mut wish = request("10.0.0.1", "root");
        spoil(&mut wish);
        let Err(Error::Invalid(errors)) = bench.nodes.adopt(wish, None, &Actor::system()).await else {
            panic!("{pointer} is refused");
        };
        assert_eq!(errors[0].pointer, pointer);
    }
    let wish = request("10.0.0.1", "root");
    assert!(!format!("{wish:?} {:?}", wish.login()).contains(PASSWORD));
}
