//! Preflight: whether apps can be deployed on a machine, and what to do when not.
//!
//! [`judge`] is pure: what was found in, a verdict line by line out. [`Looker`] does the looking.

use super::bootstrap::{
    self, COMPOSE_TOOL,
    family::Family,
    findings::{Findings, LOOK, Look, packages},
};
use crate::port::{
    clock::Clock,
    compose::{Compose, SharedCompose},
    containers::Containers,
    session::{Exec, Session, SessionError},
    tools::Tools,
};
use hearth_model::{
    facts::Facts,
    fault::{Cause, Check, Fault, Preflight},
    units::Bytes,
};
use std::{sync::Arc, time::Duration};

/// Less free space than this, and not even a small image can be pulled.
const LEAST_FREE: Bytes = Bytes::gib(1);
/// A clock that is off by more makes certificates and one-time codes fail.
const WRONG_CLOCK_SECS: i64 = 120;
/// Package managers are slow on small machines.
const QUERY_LIMIT: Duration = Duration::from_secs(60);

/// Looks at machines.
pub struct Looker {
    compose: SharedCompose,
    tools: Arc<dyn Tools>,
    clock: Arc<dyn Clock>,
}

impl Looker {
    /// Looks with these.
    #[must_use]
    pub fn new(compose: SharedCompose, tools: Arc<dyn Tools>, clock: Arc<dyn Clock>) -> Self {
        Self { compose, tools, clock }
    }

    /// The version of Compose on a machine; none also when that cannot be told.
    pub async fn compose(&self, session: &dyn Session) -> Option<String> {
        Compose::version(&*self.compose, session).await.ok().flatten()
    }

    /// Looks at everything that apps and bootstrap need.
    ///
    /// # Errors
    /// [`SessionError`] when the machine cannot be asked.
    pub async fn look(
        &self,
        session: &dyn Session,
        facts: &Facts,
        engine: Result<Arc<dyn Containers>, Fault>,
    ) -> Result<Findings, SessionError> {
        let answer = session.exec(Exec::script::<String>(LOOK, [])).await?;
        let look = Look::parse(&answer.text());
        let now = self.clock.now().as_second();
        let sudo = match session.exec(Exec::new(["true"]).as_root()).await {
            Ok(_) => None,
            Err(SessionError::Refused { fault, .. }) => Some(fault),
            Err(other) => return Err(other),
        };
        let engine = match engine {
            Ok(containers) => containers
                .info()
                .await
                .map_err(|error| Fault::new(Cause::EngineDown, error.to_string())),
            Err(fault) => Err(fault),
        };
        let family = Family::of(facts);
        let compose = self.compose(session).await;
        // Package managers are slow, and are asked only when something may be installed.
        let packages = match family.filter(|_| engine.is_err() || compose.is_none()) {
            Some(family) => {
                let table = family.table();
                let query = Exec::script(table.query, table.names()).within(QUERY_LIMIT);
                packages(&session.exec(query).await?.text())
            }
            None => Default::default(),
        };
        let carried = match facts.arch {
            Some(arch) => self.tools.get(COMPOSE_TOOL, arch).await.ok().map(|tool| tool.version),
            None => None,
        };
        Ok(Findings {
            os_name: facts.os_name.clone(),
            family,
            arch: facts.arch,
            init: facts.init.clone(),
            clock_ahead_secs: look.clock.map(|theirs| theirs - now),
            look,
            sudo,
            engine,
            compose,
            carried,
            packages,
        })
    }
}

/// The verdict on what was found.
#[must_use]
pub fn judge(found: &Findings) -> Preflight {
    let checks = vec![
        fine("ssh", "logged in with Hearth's key"),
        system(found),
        architecture(found),
        sudo(found),
        engine(found),
        socket(found),
        forwarding(found),
        compose(found),
        disk(found),
        clock(found),
    ];
    // A wrong clock is told, but does not keep an app from running.
    let ready = checks.iter().all(|check| {
        check
            .fault
            .as_ref()
            .is_none_or(|fault| fault.cause == Cause::ClockWrong)
    });
    Preflight {
        ready,
        checks,
        bootstrap: bootstrap::shown(found),
    }
}

fn fine(name: &str, found: impl Into<String>) -> Check {
    Check {
        name: name.to_owned(),
        found: found.into(),
        fault: None,
        mend: None,
        bootstrap: false,
    }
}

fn faulty(name: &str, fault: Fault, bootstrap: bool) -> Check {
    Check {
        name: name.to_owned(),
        found: fault.detail.clone(),
        mend: Some(fault.cause.mend().to_owned()),
        fault: Some(fault),
        bootstrap,
    }
}

fn system(found: &Findings) -> Check {
    match found.family {
        Some(_) => fine("system", &found.os_name),
        None => faulty("system", Fault::new(Cause::UnsupportedSystem, &found.os_name), false),
    }
}

fn architecture(found: &Findings) -> Check {
    match found.arch {
        Some(arch) => fine("architecture", arch.as_str()),
        None => {
            let fault = Fault::new(Cause::UnsupportedSystem, "an architecture that no recipe is made for");
            faulty("architecture", fault, false)
        }
    }
}

fn sudo(found: &Findings) -> Check {
    match &found.sudo {
        Some(fault) => faulty("sudo", fault.clone(), false),
        None if found.look.root => fine("sudo", "the user is root"),
        None => fine(
            "sudo",
            format!("{} may become root without a password", found.look.user),
        ),
    }
}

fn engine(found: &Findings) -> Check {
    const NAME: &str = "container engine";
    let mendable = found.family.is_some() && found.sudo.is_none();
    match (&found.engine, found.engine_fault()) {
        (Ok(info), _) => fine(NAME, format!("Docker {}, API {}", info.version, info.api_version)),
        (Err(fault), Some(cause @ (Cause::NoEngine | Cause::EngineDown))) => {
            faulty(NAME, Fault::new(cause, &fault.detail), mendable)
        }
        (Err(fault), Some(Cause::NoSocketRights | Cause::ForwardingForbidden)) => {
            let what = found.look.engine_program.as_deref().unwrap_or("Docker");
            fine(
                NAME,
                format!("{what} is there, and could not be asked: {}", fault.cause.title()),
            )
        }
        (Err(fault), _) => faulty(NAME, fault.clone(), false),
    }
}

fn socket(found: &Findings) -> Check {
    const NAME: &str = "rights on the engine's socket";
    match (&found.engine, found.engine_fault()) {
        (Ok(_), _) => fine(NAME, "granted"),
        (Err(fault), Some(Cause::NoSocketRights)) => faulty(NAME, fault.clone(), found.sudo.is_none()),
        _ => fine(NAME, "not tried: the engine does not answer"),
    }
}

fn forwarding(found: &Findings) -> Check {
    const NAME: &str = "forwarding";
    match (&found.engine, found.engine_fault()) {
        (Ok(_), _) | (_, Some(Cause::NoSocketRights)) => fine(NAME, "allowed"),
        (Err(fault), Some(Cause::ForwardingForbidden)) => faulty(NAME, fault.clone(), false),
        _ => fine(NAME, "not tried: the engine does not answer"),
    }
}

fn compose(found: &Findings) -> Check {
    const NAME: &str = "compose";
    match &found.compose {
        Some(version) => fine(NAME, format!("Compose {version}")),
        None => {
            let plan = bootstrap::plan(found);
            let brings = plan.iter().any(|action| match action {
                bootstrap::Action::Bring => true,
                bootstrap::Action::Install(names) => names.iter().any(|name| name.contains("compose")),
                _ => false,
            });
            faulty(NAME, Fault::new(Cause::NoCompose, "there is no Compose v2"), brings)
        }
    }
}

fn disk(found: &Findings) -> Check {
    const NAME: &str = "disk space";
    match found.look.free {
        Some(free) if free < LEAST_FREE => {
            let detail = format!("{free} free where the engine keeps its data, {LEAST_FREE} needed");
            faulty(NAME, Fault::new(Cause::LowDisk, detail), false)
        }
        Some(free) => fine(NAME, format!("{free} free where the engine keeps its data")),
        None => fine(NAME, "could not be told"),
    }
}

fn clock(found: &Findings) -> Check {
    const NAME: &str = "clock";
    match found.clock_ahead_secs {
        Some(ahead) if ahead.abs() > WRONG_CLOCK_SECS => {
            let direction = if ahead > 0 { "ahead" } else { "behind" };
            let detail = format!("{} s {direction} of this control node", ahead.abs());
            faulty(NAME, Fault::new(Cause::ClockWrong, detail), false)
        }
        Some(ahead) => fine(NAME, format!("within {} s of this control node", ahead.abs())),
        None => fine(NAME, "could not be told"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::containers::EngineInfo;
    use hearth_model::facts::Arch;

    fn good() -> Findings {
        Findings {
            os_name: "Debian GNU/Linux 13 (trixie)".to_owned(),
            family: Some(Family::Debian),
            arch: Some(Arch::Arm64),
            init: "systemd".to_owned(),
            look: Look {
                user: "pi".to_owned(),
                free: Some(Bytes::gib(10)),
                ..Look::default()
            },
            sudo: None,
            engine: Ok(EngineInfo {
                version: "26.1.5".to_owned(),
                api_version: "1.45".to_owned(),
                root_dir: "/var/lib/docker".to_owned(),
            }),
            compose: Some("2.26.1".to_owned()),
            carried: None,
            packages: Default::default(),
            clock_ahead_secs: Some(1),
        }
    }

    /// The faults that a preflight names, and whether bootstrap would mend each.
    fn faults(found: &Findings) -> Vec<(Cause, bool)> {
        let verdict = judge(found);
        let faults = verdict
            .checks
            .iter()
            .filter_map(|check| Some((check.fault.as_ref()?.cause, check.bootstrap)));
        faults.collect()
    }

    #[test]
    fn a_good_machine_is_ready() {
        let verdict = judge(&good());
        assert!(verdict.ready);
        assert!(verdict.bootstrap.is_empty());
        assert_eq!(verdict.checks.len(), 10);
    }

    #[test]
    fn each_thing_that_is_missing_is_named_with_its_mend() {
        type Spoil = fn(&mut Findings);
        let no_engine = || Err(Fault::new(Cause::NoEngine, "no socket"));
        let cases: [(Spoil, &[(Cause, bool)]); 9] = [
            (|f| f.family = None, &[(Cause::UnsupportedSystem, false)]),
            (|f| f.arch = None, &[(Cause::UnsupportedSystem, false)]),
            (
                |f| f.sudo = Some(Fault::new(Cause::NoSudo, "no")),
                &[(Cause::NoSudo, false)],
            ),
            (
                |f| f.engine = Err(Fault::new(Cause::EngineTooOld, "19.03")),
                &[(Cause::EngineTooOld, false)],
            ),
            (
                |f| f.engine = Err(Fault::new(Cause::NoSocketRights, "denied")),
                &[(Cause::NoSocketRights, true)],
            ),
            (
                |f| f.engine = Err(Fault::new(Cause::ForwardingForbidden, "prohibited")),
                &[(Cause::ForwardingForbidden, false)],
            ),
            (|f| f.compose = None, &[(Cause::NoCompose, false)]),
            (|f| f.look.free = Some(Bytes::mib(100)), &[(Cause::LowDisk, false)]),
            (
                |f| {
                    f.compose = None;
                    f.carried = Some("2".to_owned());
                },
                &[(Cause::NoCompose, true)],
            ),
        ];
        for (spoil, expected) in cases {
            let mut found = good();
            spoil(&mut found);
            assert_eq!(faults(&found), expected);
            let verdict = judge(&found);
            assert!(!verdict.ready);
            assert!(
                verdict
                    .checks
                    .iter()
                    .all(|check| check.fault.is_some() == check.mend.is_some())
            );
        }
        let mut found = good();
        found.engine = no_engine();
        assert_eq!(faults(&found), [(Cause::NoEngine, true)]);
        found.look.engine_program = Some("/usr/sbin/dockerd".to_owned());
        assert_eq!(faults(&found), [(Cause::EngineDown, true)]);
    }

    #[test]
    fn a_wrong_clock_is_told_but_does_not_hinder() {
        let mut found = good();
        found.clock_ahead_secs = Some(-3_600);
        assert_eq!(faults(&found), [(Cause::ClockWrong, false)]);
        assert!(judge(&found).ready);
    }
}
