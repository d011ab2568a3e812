//! The services of the box: one suite, on the fake and on the adapter with a systemd of our own making.

use super::bus::bus;
use hearth::{
    adapter::systemd::Systemd,
    port::{
        appliance::ApplianceError,
        units::{FakeUnits, Units},
    },
};
use hearth_model::system::{UnitName, UnitState, UnitVerb};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use zbus::{OwnedObjectPath, connection::Builder, fdo, interface, object_server::SignalEmitter};

type Row = (
    String,
    String,
    String,
    String,
    String,
    String,
    OwnedObjectPath,
    u32,
    String,
    OwnedObjectPath,
);
type States = Arc<Mutex<BTreeMap<&'static str, &'static str>>>;

fn path(unit: &str) -> OwnedObjectPath {
    let name = unit.replace(['.', '-'], "_");
    format!("/org/freedesktop/systemd1/unit/{name}").try_into().unwrap()
}

fn row(name: &str, state: Option<&&'static str>) -> Row {
    let (load, active, sub) = match state {
        Some(&"active") => ("loaded", "active", "running"),
        Some(&state) => ("loaded", state, "dead"),
        None => ("not-found", "inactive", "dead"),
    };
    (
        name.to_owned(),
        format!("What {name} does"),
        load.to_owned(),
        active.to_owned(),
        sub.to_owned(),
        String::new(),
        path(name),
        0,
        String::new(),
        "/".try_into().unwrap(),
    )
}

struct Manager(States);

impl Manager {
    async fn job(
        &self,
        (name, mode): (String, String),
        state: &'static str,
        emitter: &SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        assert_eq!(mode, "replace");
        let found = match self.0.lock().unwrap().get_mut(name.as_str()) {
            Some(found) => {
                *found = state;
                true
            }
            None => false,
        };
        if !found {
            return Err(fdo::Error::Failed(format!("Unit {name} not found.")));
        }
        let job: OwnedObjectPath = "/org/freedesktop/systemd1/job/7".try_into().unwrap();
        let other = "/org/freedesktop/systemd1/job/6".try_into().unwrap();
        // Another job's end first, and its own before the call is answered.
        Self::job_removed(emitter, 6, other, "other.service".to_owned(), "failed".to_owned()).await?;
        let result = if name == "broken.service" { "failed" } else { "done" };
        Self::job_removed(emitter, 7, job.clone(), name, result.to_owned()).await?;
        Ok(job)
    }
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Manager {
    fn subscribe(&self) {}

    fn list_units_by_names(&self, names: Vec<String>) -> Vec<Row> {
        let states = self.0.lock().unwrap();
        names.iter().map(|name| row(name, states.get(name.as_str()))).collect()
    }

    fn list_units_filtered(&self, wanted: Vec<String>) -> Vec<Row> {
        assert_eq!(wanted, ["failed"]);
        let states = self.0.lock().unwrap();
        let failed = states.iter().filter(|(_, state)| **state == "failed");
        failed.map(|(name, state)| row(name, Some(state))).collect()
    }

    async fn start_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.job((name, mode), "active", &emitter).await
    }

    async fn stop_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.job((name, mode), "inactive", &emitter).await
    }

    async fn restart_unit(
        &self,
        name: String,
        mode: String,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        self.job((name, mode), "active", &emitter).await
    }

    #[zbus(signal)]
    async fn job_removed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        job: OwnedObjectPath,
        unit: String,
        result: String,
    ) -> zbus::Result<()>;
}

struct Unit;

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl Unit {
    /// A second after the machine was started.
    #[zbus(property)]
    fn state_change_timestamp_monotonic(&self) -> u64 {
        1_000_000
    }
}

struct Service(u64);

#[interface(name = "org.freedesktop.systemd1.Service")]
impl Service {
    #[zbus(property)]
    fn memory_current(&self) -> u64 {
        self.0
    }
}

fn serve<'a>(mut server: Builder<'a>, states: &States) -> Builder<'a> {
    for name in states.lock().unwrap().keys() {
        let memory = if *name == "docker.service" { 20 << 20 } else { u64::MAX };
        server = server.serve_at(path(name), Unit).serve_at(path(name), Service(memory));
    }
    server.serve_at(super::bus::SYSTEMD, Manager(Arc::clone(states)))
}

async fn conforms(units: &dyn Units) {
    let names = ["docker.service", "absent.service", "hearth.service"];
    let listed = units.list(&names).await.unwrap();
    let told: Vec<(&str, UnitState)> = listed.iter().map(|unit| (unit.unit.as_str(), unit.state)).collect();
    assert_eq!(
        told,
        [
            ("docker.service", UnitState::Active),
            ("hearth.service", UnitState::Active),
            ("odd.service", UnitState::Failed)
        ],
        "in the order that was asked for, and what has failed"
    );
    assert_eq!(listed[0].memory.map(|memory| memory.0), Some(20 << 20));
    assert!(listed[0].for_secs.is_some_and(|secs| secs > 1));
    assert_eq!(listed[2].memory, None);

    let docker: UnitName = "docker".parse().unwrap();
    for (verb, state) in [
        (UnitVerb::Stop, UnitState::Inactive),
        (UnitVerb::Start, UnitState::Active),
        (UnitVerb::Restart, UnitState::Active),
    ] {
        units.act(&docker, verb).await.unwrap();
        assert_eq!(units.list(&["docker.service"]).await.unwrap()[0].state, state);
    }
    let absent = units.act(&"absent".parse().unwrap(), UnitVerb::Start).await;
    assert!(
        matches!(&absent, Err(ApplianceError::Refused { attempt: "start", reason }) if reason == "Unit absent.service not found."),
        "{absent:?}"
    );
}

#[tokio::test]
async fn the_fake() {
    conforms(&FakeUnits::default()).await;
}

async fn systemd() -> (Systemd, zbus::Connection) {
    let states = [
        ("docker.service", "active"),
        ("hearth.service", "active"),
        ("odd.service", "failed"),
        ("broken.service", "inactive"),
    ];
    let states = Arc::new(Mutex::new(BTreeMap::from(states)));
    let (bus, server) = bus(|server| serve(server, &states)).await;
    (Systemd::new(bus), server)
}

#[tokio::test]
async fn of_systemd() {
    let (units, _server) = systemd().await;
    conforms(&units).await;
}

#[tokio::test]
async fn what_is_begun_and_fails_is_told() {
    let (units, _server) = systemd().await;
    let failed = units.act(&"broken".parse().unwrap(), UnitVerb::Start).await;
    assert!(matches!(failed, Err(ApplianceError::Refused { reason, .. }) if reason.contains("failed")));
}
