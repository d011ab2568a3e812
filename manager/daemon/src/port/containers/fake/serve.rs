//! The port's traits over engines in memory.

use super::{
    super::{
        super::session::{Exec, Session, SessionError},
        Containers, ContainersError, EngineEvent, EngineInfo, Engines, LogEntry, ProjectParts, PullProgress,
    },
    engine::{ByMachine, FakeEngine, refused},
};
use async_trait::async_trait;
use hearth_model::{
    app::Container,
    fault::{Cause, Fault},
    stats::ContainerStats,
    units::Bytes,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{broadcast, mpsc};

/// Size that every image is said to have.
const IMAGE_BYTES: u64 = 100 << 20;

/// Opens engines in memory.
#[derive(Default)]
pub struct FakeEngines {
    engines: ByMachine,
    refusals: Mutex<BTreeMap<String, Fault>>,
}

impl FakeEngines {
    /// The engine of a machine; made when there is none yet.
    #[must_use]
    pub fn engine(&self, machine: &str) -> Arc<FakeEngine> {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(engines.entry(machine.to_owned()).or_default())
    }

    /// Takes the engine of a machine away, as if it were not installed.
    pub fn uninstall(&self, machine: &str) {
        self.engines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(machine);
    }

    /// Answers every attempt to open the engine of a machine with `fault`; none ends that.
    pub fn refuse(&self, machine: &str, fault: Option<Fault>) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Some(fault) => refusals.insert(machine.to_owned(), fault),
            None => refusals.remove(machine),
        };
    }

    fn refusal(&self, machine: &str) -> Option<Fault> {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.get(machine).cloned()
    }

    /// Installs an engine on a machine.
    pub fn install(&self, machine: &str) -> Arc<FakeEngine> {
        self.engine(machine)
    }

    /// The engine behind a session, when its machine has one.
    ///
    /// # Errors
    /// What the session answers.
    pub async fn of(&self, session: &dyn Session) -> Result<Option<Arc<FakeEngine>>, SessionError> {
        let machine = host_name(session).await?;
        let engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(engines.get(&machine).cloned())
    }
}

async fn host_name(session: &dyn Session) -> Result<String, SessionError> {
    Ok(session.exec(Exec::new(["hostname"])).await?.text())
}

#[async_trait]
impl Engines for FakeEngines {
    async fn open(&self, session: Arc<dyn Session>, _: &str) -> Result<Arc<dyn Containers>, Fault> {
        let lost = |error: SessionError| Fault::new(Cause::Disconnected, error.to_string());
        let machine = host_name(session.as_ref()).await.map_err(lost)?;
        let engine = self.of(session.as_ref()).await.map_err(lost)?;
        let engine = engine.ok_or_else(|| Fault::new(Cause::NoEngine, format!("{machine} has no engine")))?;
        if let Some(fault) = self.refusal(&machine) {
            return Err(fault);
        }
        if let Some(reason) = engine.begin("info", &machine).await {
            return Err(Fault::new(Cause::EngineDown, reason));
        }
        Ok(Arc::new(FakeContainers {
            machine,
            engine,
            session,
        }))
    }
}

/// A [`FakeEngine`] as it is seen through a session.
pub struct FakeContainers {
    machine: String,
    engine: Arc<FakeEngine>,
    session: Arc<dyn Session>,
}

impl FakeContainers {
    /// Fails when the link is cut, or when the operation shall fail.
    async fn begin(&self, operation: &str, what: &str) -> Result<(), ContainersError> {
        self.reach(operation).await?;
        let fault = self.engine.begin(operation, what).await;
        self.reach(operation).await?;
        fault.map_or(Ok(()), |reason| {
            Err(refused(&self.machine, &format!("{operation} {what}"), reason))
        })
    }

    async fn reach(&self, attempt: &str) -> Result<(), ContainersError> {
        match host_name(self.session.as_ref()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(ContainersError::Unreachable {
                machine: self.machine.clone(),
                attempt: attempt.to_owned(),
                fault: Fault::new(Cause::Disconnected, error.to_string()),
            }),
        }
    }
}

#[async_trait]
impl Containers for FakeContainers {
    async fn info(&self) -> Result<EngineInfo, ContainersError> {
        self.begin("info", &self.machine).await?;
        Ok(EngineInfo {
            version: "26.1.5".to_owned(),
            api_version: "1.45".to_owned(),
            root_dir: "/var/lib/docker".to_owned(),
        })
    }

    async fn list(&self, project: Option<&str>) -> Result<Vec<Container>, ContainersError> {
        self.begin("list", project.unwrap_or("all")).await?;
        let state = self.engine.state();
        let all = state.containers.into_values();
        Ok(all
            .filter(|c| project.is_none() || c.project.as_deref() == project)
            .map(|mut container| {
                if container.state != "running" {
                    container.published.clear();
                }
                container
            })
            .collect())
    }

    async fn project(&self, project: &str) -> Result<ProjectParts, ContainersError> {
        let containers = self.list(Some(project)).await?;
        let state = self.engine.state();
        let of = |named: std::collections::BTreeMap<String, String>| {
            named.into_iter().filter(|(_, of)| of == project).map(|(name, _)| name)
        };
        Ok(ProjectParts {
            containers,
            networks: of(state.networks).collect(),
            volumes: of(state.volumes).collect(),
        })
    }

    async fn stats(&self) -> Result<Vec<ContainerStats>, ContainersError> {
        let running = self.list(None).await?.into_iter().filter(|c| c.state == "running");
        Ok(running
            .map(|c| ContainerStats {
                name: c.name,
                project: c.project,
                service: c.service,
                cpu_percent: 1.0,
                memory_used: Bytes::mib(32),
                memory_limit: Bytes::mib(256),
            })
            .collect())
    }

    async fn has_image(&self, image: &str) -> Result<bool, ContainersError> {
        self.begin("has_image", image).await?;
        Ok(self.engine.state().images.contains(image))
    }

    async fn pull(&self, image: &str, progress: mpsc::Sender<PullProgress>) -> Result<(), ContainersError> {
        for (current_bytes, status) in [(0, "Pulling"), (IMAGE_BYTES / 2, "Downloading")] {
            let step = PullProgress {
                image: image.to_owned(),
                current_bytes,
                total_bytes: IMAGE_BYTES,
                status: status.to_owned(),
            };
            // Who does not watch still pulls.
            let _ = progress.send(step).await;
        }
        self.begin("pull", image).await?;
        if self.engine.lacks_image(image) {
            let reason = format!("manifest for {image} not found: manifest unknown");
            return Err(refused(&self.machine, &format!("pull {image}"), reason));
        }
        self.engine.change(|state| state.images.insert(image.to_owned()));
        Ok(())
    }

    async fn remove_image(&self, image: &str) -> Result<(), ContainersError> {
        self.begin("remove_image", image).await?;
        self.engine.change(|state| {
            if !state.containers.values().any(|c| c.image == image) {
                state.images.remove(image);
            }
        });
        Ok(())
    }

    async fn remove_volume(&self, volume: &str) -> Result<(), ContainersError> {
        self.begin("remove_volume", volume).await?;
        self.engine.change(|state| state.volumes.remove(volume));
        Ok(())
    }

    async fn logs(
        &self,
        project: &str,
        tail: u32,
        follow: bool,
        lines: mpsc::Sender<LogEntry>,
    ) -> Result<(), ContainersError> {
        self.begin("logs", project).await?;
        let all = self.engine.log_from(project, 0);
        let mut next = all.len();
        let first = next.saturating_sub(tail as usize);
        for line in all.into_iter().skip(first) {
            if lines.send(line).await.is_err() {
                return Ok(());
            }
        }
        if !follow {
            return Ok(());
        }
        loop {
            tokio::select! {
                () = lines.closed() => return Ok(()),
                () = self.engine.changed() => {}
            }
            for line in self.engine.log_from(project, next) {
                next += 1;
                if lines.send(line).await.is_err() {
                    return Ok(());
                }
            }
        }
    }

    async fn events(&self, events: mpsc::Sender<EngineEvent>) -> Result<(), ContainersError> {
        let mut watch = self.engine.watch();
        self.begin("events", &self.machine).await?;
        loop {
            tokio::select! {
                () = events.closed() => return Ok(()),
                event = watch.recv() => match event {
                    Ok(event) if self.session.is_open() => {
                        if events.send(event).await.is_err() {
                            return Ok(());
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Ok(_) | Err(broadcast::error::RecvError::Closed) => return self.reach("events").await,
                },
            }
        }
    }
}
