//! What one engine holds, and what can go wrong in it.

use super::super::{ContainersError, EngineEvent, LogEntry};
use hearth_model::app::Container;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, broadcast};

/// How many events a watcher may lag behind.
const BACKLOG: usize = 256;

/// What an engine holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineState {
    /// Images that are there.
    pub images: BTreeSet<String>,
    /// Containers, by name; a stopped one keeps the ports that it will publish again.
    pub containers: BTreeMap<String, Container>,
    /// Networks, by name, with their Compose project.
    pub networks: BTreeMap<String, String>,
    /// Volumes, by name, with their Compose project.
    pub volumes: BTreeMap<String, String>,
}

#[derive(Default)]
struct Inside {
    state: EngineState,
    unknown_images: BTreeSet<String>,
    ports_taken: BTreeSet<u16>,
    health: BTreeMap<String, String>,
    exits: BTreeMap<String, i64>,
    logs: BTreeMap<String, Vec<LogEntry>>,
    faults: BTreeMap<String, (String, u32)>,
    hanging: BTreeSet<String>,
    did: Vec<String>,
}

/// The engine of one machine.
pub struct FakeEngine {
    inside: Mutex<Inside>,
    events: broadcast::Sender<EngineEvent>,
    changed: Notify,
}

impl Default for FakeEngine {
    fn default() -> Self {
        Self {
            inside: Mutex::default(),
            events: broadcast::Sender::new(BACKLOG),
            changed: Notify::new(),
        }
    }
}

impl FakeEngine {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it holds now.
    #[must_use]
    pub fn state(&self) -> EngineState {
        self.inside().state.clone()
    }

    /// Changes what it holds, as somebody on the machine would, and tells nobody.
    pub fn change<T>(&self, change: impl FnOnce(&mut EngineState) -> T) -> T {
        change(&mut self.inside().state)
    }

    /// Stops a container, as somebody on the machine would, and tells those who watch.
    pub fn stop_container(&self, name: &str) {
        let event = self.change(|state| {
            let container = state.containers.get_mut(name)?;
            container.state = "exited".to_owned();
            container.exit_code = Some(0);
            Some(event("die", container))
        });
        if let Some(event) = event {
            self.tell(event);
        }
    }

    /// Removes everything of a project, as somebody on the machine would, and tells those who watch.
    pub fn remove_project(&self, project: &str) {
        let gone = self.take_project(project, true);
        for container in gone {
            self.tell(event("destroy", &container));
        }
    }

    /// Takes a project's containers and networks away, its volumes too when asked.
    pub(in crate::port) fn take_project(&self, project: &str, volumes: bool) -> Vec<Container> {
        self.change(|state| {
            let gone: Vec<Container> = state
                .containers
                .values()
                .filter(|c| c.project.as_deref() == Some(project))
                .cloned()
                .collect();
            state.containers.retain(|_, c| c.project.as_deref() != Some(project));
            state.networks.retain(|_, of| of != project);
            if volumes {
                state.volumes.retain(|_, of| of != project);
            }
            gone
        })
    }

    /// Tells those who watch.
    pub(in crate::port) fn tell(&self, event: EngineEvent) {
        // No watcher is no fault.
        let _ = self.events.send(event);
    }

    pub(super) fn watch(&self) -> broadcast::Receiver<EngineEvent> {
        self.events.subscribe()
    }

    /// Lets every registry lack an image.
    pub fn lack_image(&self, image: &str) {
        self.inside().unknown_images.insert(image.to_owned());
    }

    pub(super) fn lacks_image(&self, image: &str) -> bool {
        self.inside().unknown_images.contains(image)
    }

    /// Lets something outside of any container listen on a port.
    pub fn take_port(&self, port: u16) {
        self.inside().ports_taken.insert(port);
    }

    /// Whether something else than `project` listens on a port.
    pub(in crate::port) fn port_taken(&self, port: u16, project: &str) -> bool {
        let inside = self.inside();
        let by_container = |c: &Container| {
            c.project.as_deref() != Some(project) && c.state == "running" && c.published.contains(&port)
        };
        inside.ports_taken.contains(&port) || inside.state.containers.values().any(by_container)
    }

    /// Lets the own health check of a service's containers say this: `healthy`, `unhealthy`, `starting`.
    pub fn set_health(&self, service: &str, health: &str) {
        let mut inside = self.inside();
        inside.health.insert(service.to_owned(), health.to_owned());
        for container in inside.state.containers.values_mut() {
            if container.service.as_deref() == Some(service) {
                container.health = Some(health.to_owned());
            }
        }
    }

    pub(in crate::port) fn health_of(&self, service: &str) -> Option<String> {
        self.inside().health.get(service).cloned()
    }

    /// Lets a service's containers end with this code right after they were started.
    pub fn let_exit(&self, service: &str, code: i64) {
        self.inside().exits.insert(service.to_owned(), code);
    }

    pub(in crate::port) fn exit_of(&self, service: &str) -> Option<i64> {
        self.inside().exits.get(service).copied()
    }

    /// Adds a line to a project's log.
    pub fn log(&self, project: &str, service: &str, text: &str) {
        let entry = LogEntry {
            service: service.to_owned(),
            stderr: false,
            at: "2026-01-01T00:00:00Z".to_owned(),
            text: text.to_owned(),
        };
        self.inside().logs.entry(project.to_owned()).or_default().push(entry);
        self.changed.notify_waiters();
    }

    pub(super) fn log_from(&self, project: &str, from: usize) -> Vec<LogEntry> {
        let inside = self.inside();
        let lines = inside.logs.get(project).map_or(&[][..], Vec::as_slice);
        lines.get(from..).unwrap_or_default().to_vec()
    }

    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Lets the next `times` attempts of an operation fail for a reason: `info`, `list`, `pull`, `remove_image`,
    /// `remove_volume`, `check`, `up` (half done), `down` (half done), `start`, `stop`, `restart`.
    pub fn fail(&self, operation: &str, reason: &str, times: u32) {
        let fault = (reason.to_owned(), times);
        self.inside().faults.insert(operation.to_owned(), fault);
    }

    /// Lets an operation never end, until [`Self::go_on`].
    pub fn hang(&self, operation: &str) {
        self.inside().hanging.insert(operation.to_owned());
    }

    /// Ends all hanging.
    pub fn go_on(&self) {
        self.inside().hanging.clear();
        self.changed.notify_waiters();
    }

    /// Notes an operation, waits while it hangs, and answers the reason for which it shall fail.
    pub(in crate::port) async fn begin(&self, operation: &str, what: &str) -> Option<String> {
        self.inside().did.push(format!("{operation} {what}"));
        loop {
            let changed = self.changed.notified();
            if !self.inside().hanging.contains(operation) {
                break;
            }
            changed.await;
        }
        let mut inside = self.inside();
        let (reason, times) = inside.faults.get_mut(operation)?;
        if *times == 0 {
            return None;
        }
        *times -= 1;
        Some(reason.clone())
    }

    /// Every operation that was tried, in order: `pull nginx:1`, `up miniflux`.
    #[must_use]
    pub fn did(&self) -> Vec<String> {
        self.inside().did.clone()
    }
}

/// The event of something that happened to a container.
pub(in crate::port) fn event(action: &str, container: &Container) -> EngineEvent {
    EngineEvent {
        kind: "container".to_owned(),
        action: action.to_owned(),
        name: container.name.clone(),
        project: container.project.clone(),
    }
}

/// The engine's refusal.
pub(super) fn refused(machine: &str, attempt: &str, reason: String) -> ContainersError {
    ContainersError::Refused {
        machine: machine.to_owned(),
        attempt: attempt.to_owned(),
        reason,
    }
}

/// Engines by the machine's host name.
pub(super) type ByMachine = Mutex<BTreeMap<String, Arc<FakeEngine>>>;
