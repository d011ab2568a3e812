//! Bootstrap over a fake Debian machine, whose package manager and service manager are scripted.

use super::*;
use crate::{
    engine::{
        Error,
        bootstrap::{ENGINE_GROUP, family::Family, findings::LOOK},
        nodes::bench::Bench,
    },
    port::{
        containers::FakeEngines,
        crash::Moment,
        session::{FakeMachine, Output},
    },
};
use hearth_model::job::{JobState, StepState};
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A Debian machine without an engine.
struct Debian {
    state: Mutex<State>,
}

#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct State {
    packages: BTreeSet<String>,
    enabled: bool,
    member: bool,
    /// Packages that are to be had.
    candidates: BTreeSet<&'static str>,
    /// A command that fails, by a word in it.
    fails: Option<&'static str>,
    commands: Vec<String>,
}

impl Debian {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on the machine, without what was run.
    fn kept(&self) -> (BTreeSet<String>, bool, bool) {
        let state = self.state();
        (state.packages.clone(), state.enabled, state.member)
    }

    fn answer(&self, exec: &Exec, engines: &FakeEngines, machine: &FakeMachine, clock: i64) -> Option<Output> {
        let table = Family::Debian.table();
        let argv: Vec<&str> = exec.argv.iter().map(String::as_str).collect();
        let mut state = self.state();
        let program = argv.iter().find(|word| !word.contains('=') && **word != "env")?;
        let text = if exec.stdin == LOOK.as_bytes() {
            let member = if state.member { ENGINE_GROUP } else { "" };
            let program = if state.packages.contains("docker.io") {
                "program /usr/sbin/dockerd\n"
            } else {
                ""
            };
            let enabled = if state.enabled { "enabled enabled\n" } else { "" };
            format!("user pi\nuid 1000\ngroups pi {member}\nclock {clock}\nfree 9999999\n{program}{enabled}")
        } else if exec.stdin == table.query.as_bytes() {
            let version = |is: bool, version: &str| if is { version.to_owned() } else { "-".to_owned() };
            let lines = argv.iter().skip(3).map(|name| {
                let installed = version(state.packages.contains(*name), "2.0");
                let candidate = version(state.candidates.contains(name), "2.0");
                format!("{name} {installed} {candidate}\n")
            });
            lines.collect()
        } else if *program == "dpkg-query" {
            let lines = state.packages.iter().map(|name| format!("installed {name}\n"));
            lines.chain(["config-files old\n".to_owned()]).collect()
        } else if matches!(*program, "apt-get" | "systemctl" | "usermod" | "gpasswd") {
            assert!(exec.root, "{argv:?}");
            state.commands.push(argv.join(" "));
            if state.fails.is_some_and(|word| argv.contains(&word)) {
                return Some(Output {
                    status: 100,
                    stderr: b"E: it does not work\n".to_vec(),
                    ..Output::default()
                });
            }
            let names = argv
                .iter()
                .skip(3)
                .filter(|word| !word.starts_with('-') && !word.contains('='));
            match (*program, argv.iter().find(|word| ["install", "purge"].contains(word))) {
                ("apt-get", Some(&"install")) => {
                    state
                        .packages
                        .extend(names.filter(|word| **word != "install").map(|name| (*name).to_owned()));
                    state.packages.insert("runc".to_owned());
                    state.enabled = true;
                }
                ("apt-get", Some(_)) => {
                    for name in names {
                        state.packages.remove(*name);
                    }
                    state.enabled = false;
                    engines.uninstall(machine.name());
                }
                ("systemctl", _) => {
                    state.enabled = argv[1] == "enable";
                    if state.enabled {
                        let _ = engines.install(machine.name());
                    }
                }
                ("usermod", _) => state.member = true,
                ("gpasswd", _) => state.member = false,
                _ => {}
            }
            let closed = Fault::new(Cause::NoSocketRights, "permission denied");
            engines.refuse(machine.name(), (!state.member).then_some(closed));
            format!("{} …\n", argv.join(" "))
        } else {
            return None;
        };
        Some(Output {
            stdout: text.into_bytes(),
            ..Output::default()
        })
    }
}

/// A node that is a Debian machine without an engine; Compose is to be had from us only.
async fn debian(bench: &Bench) -> (Arc<Debian>, Arc<FakeMachine>, NodeId) {
    let (id, machine) = bench.node(1).await;
    let debian = Arc::new(Debian {
        state: Mutex::new(State {
            packages: ["bash", "ca-certificates"].map(str::to_owned).into(),
            candidates: ["docker.io", "ca-certificates"].into(),
            ..State::default()
        }),
    });
    bench.engines.uninstall("m1");
    let (known, engines, clock) = (debian.clone(), bench.engines.clone(), bench.clock.clone());
    machine.on(move |m, exec| known.answer(exec, &engines, m, clock.now().as_second()));
    (debian, machine, id)
}

async fn begin(bench: &Bench) -> Job {
    bench.nodes.bootstrap("m1", None, &Actor::system()).await.unwrap()
}

const TOOL: &str = "/var/lib/hearth/bin/docker-compose";

#[tokio::test]
async fn a_machine_without_an_engine_gets_one() {
    let bench = Bench::new(false).await;
    let (debian, machine, id) = debian(&bench).await;
    let verdict = bench.nodes.preflight("m1").await.unwrap();
    assert!(!verdict.ready);
    assert_eq!(verdict.bootstrap.len(), 6, "{:?}", verdict.bootstrap);
    let job = begin(&bench).await;
    let job = bench.run(job.id).await;
    assert_eq!(job.state, JobState::Succeeded, "{job:#?}");
    assert!(debian.state().packages.contains("docker.io"));
    assert!(debian.state().member);
    assert_eq!(machine.file(TOOL).unwrap().mode, 0o755);
    let log: Vec<String> = bench
        .jobs
        .log(job.id, 0)
        .await
        .unwrap()
        .into_iter()
        .map(|l| l.text)
        .collect();
    assert!(
        log.iter().any(|line| line.starts_with("# env DEBIAN_FRONTEND")),
        "{log:?}"
    );
    assert!(bench.nodes.preflight("m1").await.unwrap().ready);
    assert!(bench.roster.get(id).unwrap().facts.as_ref().unwrap().engine.is_some());
    assert!(matches!(
        bench.nodes.bootstrap("m1", None, &Actor::system()).await,
        Err(Error::Conflict(text)) if text.contains("nothing is missing")
    ));
}

#[tokio::test]
async fn whatever_fails_all_is_as_before() {
    for word in ["update", "install", "enable", "usermod"] {
        let bench = Bench::new(false).await;
        let (debian, machine, _) = debian(&bench).await;
        let before = debian.kept();
        debian.state().fails = Some(word);
        let job = begin(&bench).await;
        let job = bench.run(job.id).await;
        assert!(
            matches!(job.state, JobState::Failed | JobState::RolledBack),
            "{word}: {job:#?}"
        );
        assert!(job.error.unwrap().contains("E: it does not work"), "{word}");
        assert_eq!(debian.kept(), before, "{word}");
        assert_eq!(machine.file(TOOL), None);
    }
}

#[tokio::test]
async fn a_package_that_is_not_to_be_had_is_named_with_a_hint() {
    let bench = Bench::new(false).await;
    let (debian, ..) = debian(&bench).await;
    debian.state().candidates.clear();
    let job = begin(&bench).await;
    let job = bench.run(job.id).await;
    assert_eq!(job.cause, Some(Cause::NoEngine));
    let error = job.error.unwrap();
    assert!(
        error.contains("docker.io") && error.contains(Family::Debian.table().hint),
        "{error}"
    );
}

#[tokio::test]
async fn killed_anywhere_it_goes_on() {
    for step in STEPS {
        for moment in [Moment::Before, Moment::After] {
            let bench = Bench::new(false).await;
            let (debian, machine, _) = debian(&bench).await;
            let job = begin(&bench).await;
            bench.run_until(step, false, moment).await;
            let bench = bench.restarted().await;
            let job = bench.run(job.id).await;
            assert_eq!(job.state, JobState::Succeeded, "{step} {moment:?}: {job:#?}");
            assert!(machine.file(TOOL).is_some());
            let installs = debian
                .state()
                .commands
                .iter()
                .filter(|c| c.contains(" install "))
                .count();
            assert_eq!(installs, 1, "{step} {moment:?}");
        }
    }
}

#[tokio::test]
async fn killed_while_it_is_undone_it_is_undone_wholly() {
    for step in ["installing", "starting", "granting"] {
        for moment in [Moment::Before, Moment::After] {
            let bench = Bench::new(false).await;
            let (debian, ..) = debian(&bench).await;
            let before = debian.kept();
            debian.state().fails = Some("usermod");
            let job = begin(&bench).await;
            bench.run_until(step, true, moment).await;
            let bench = bench.restarted().await;
            let job = bench.run(job.id).await;
            assert_eq!(job.state, JobState::RolledBack, "{step} {moment:?}: {job:#?}");
            assert_eq!(debian.kept(), before, "{step} {moment:?}");
        }
    }
}

#[tokio::test]
async fn an_engine_that_was_there_is_not_removed() {
    let bench = Bench::new(false).await;
    let (debian, ..) = debian(&bench).await;
    debian.state().packages.insert("docker.io".to_owned());
    debian.state().fails = Some("usermod");
    let job = begin(&bench).await;
    let job = bench.run(job.id).await;
    assert_eq!(job.state, JobState::RolledBack);
    assert_eq!(job.steps[1].state, StepState::Skipped);
    assert!(debian.state().packages.contains("docker.io"));
    assert!(!debian.state().enabled);
}
