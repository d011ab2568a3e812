//! Compose over engines in memory: it reads the project's files on the fake machine and acts on its engine.

use super::{Action, Compose, ComposeError, Project};
use crate::port::{
    containers::{FakeEngine, FakeEngines, event},
    session::{Line, Session, SessionError},
};
use async_trait::async_trait;
use hearth_model::app::Container;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::mpsc;

/// Where our own Compose lies on a node.
const BROUGHT: &str = "/var/lib/hearth/bin/docker-compose";

/// Compose in memory.
pub struct FakeCompose {
    engines: Arc<FakeEngines>,
    installed: bool,
}

#[derive(Deserialize)]
struct File {
    services: BTreeMap<String, Service>,
    #[serde(default)]
    volumes: BTreeMap<String, Option<Named>>,
    #[serde(default)]
    networks: BTreeMap<String, Option<Named>>,
}

#[derive(Deserialize)]
struct Service {
    image: String,
    #[serde(default)]
    ports: Vec<Value>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

impl FakeCompose {
    /// Every machine has Compose of its own, or (`installed` false) only the one that was brought.
    #[must_use]
    pub fn new(engines: Arc<FakeEngines>, installed: bool) -> Self {
        Self { engines, installed }
    }

    /// The engine behind the session, after the checks that every command makes first.
    async fn begin(&self, session: &dyn Session, verb: &str, project: &str) -> Result<Begun, ComposeError> {
        let lost = |source| ComposeError::Session {
            verb: verb.to_owned(),
            project: project.to_owned(),
            source,
        };
        if self.version(session).await?.is_none() {
            return Err(ComposeError::Missing {
                machine: "this machine".to_owned(),
            });
        }
        let engine = self.engines.of(session).await.map_err(lost)?;
        let engine = engine.ok_or_else(|| failed(verb, project, "Cannot connect to the Docker daemon"))?;
        let fault = engine.begin(verb, project).await;
        // What hung while the link was cut is lost.
        self.engines.of(session).await.map_err(lost)?;
        Ok(Begun { engine, fault })
    }

    async fn read(&self, session: &dyn Session, verb: &str, project: &Project) -> Result<File, ComposeError> {
        let lost = |source: SessionError| ComposeError::Session {
            verb: verb.to_owned(),
            project: project.name.clone(),
            source,
        };
        let read = async |name: &str| {
            let path = format!("{}/{name}", project.dir);
            let contents = session.read_file(&path, 1 << 20).await.map_err(lost)?;
            Ok::<_, ComposeError>(contents.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
        };
        let text = read("compose.yaml").await?;
        let text = text.ok_or_else(|| failed(verb, &project.name, "no configuration file provided: not found"))?;
        let env = read(".env").await?.unwrap_or_default();
        let filled = interpolate(&text, &env);
        serde_saphyr::from_str(&filled).map_err(|error| failed(verb, &project.name, &error.to_string()))
    }
}

struct Begun {
    engine: Arc<FakeEngine>,
    fault: Option<String>,
}

fn failed(verb: &str, project: &str, reason: &str) -> ComposeError {
    ComposeError::Failed {
        verb: verb.to_owned(),
        project: project.to_owned(),
        status: 1,
        reason: reason.to_owned(),
    }
}

/// Puts `${NAME}` and `${NAME:-default}` in.
fn interpolate(text: &str, env: &str) -> String {
    let values: BTreeMap<&str, &str> = env.lines().filter_map(|line| line.split_once('=')).collect();
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let Some((inner, tail)) = after.split_once('}') else {
            filled.push_str("${");
            rest = after;
            continue;
        };
        let name = inner.split([':', '-', '?']).next().unwrap_or(inner);
        let default = inner.split_once(":-").map_or("", |(_, default)| default);
        let value = values.get(name).map_or(default, |v| v.trim_matches(['"', '\'']));
        filled.push_str(value);
        rest = tail;
    }
    filled + rest
}

/// The port of the machine in `8080:80`, `127.0.0.1:8080:80/tcp` or the long form.
fn published(port: &Value) -> Option<u16> {
    let text = match port {
        Value::String(short) => short.rsplit(':').nth(1)?.to_owned(),
        Value::Object(long) => long.get("published")?.to_string(),
        _ => return None,
    };
    text.trim_matches('"').parse().ok()
}

/// The name that the engine gives to a volume or network.
fn full_name(project: &str, key: &str, named: Option<&Named>) -> String {
    named
        .and_then(|n| n.name.clone())
        .unwrap_or_else(|| format!("{project}_{key}"))
}

impl File {
    fn make_networks_and_volumes(&self, engine: &FakeEngine, project: &str) {
        engine.change(|state| {
            if self.networks.is_empty() {
                state.networks.insert(format!("{project}_default"), project.to_owned());
            }
            for (key, named) in &self.networks {
                let name = full_name(project, key, named.as_ref());
                state.networks.insert(name, project.to_owned());
            }
            for (key, named) in &self.volumes {
                let name = full_name(project, key, named.as_ref());
                state.volumes.entry(name).or_insert_with(|| project.to_owned());
            }
        });
    }
}

impl Service {
    fn container(&self, engine: &FakeEngine, project: &str, name: &str) -> Container {
        let exit_code = engine.exit_of(name);
        let state = if exit_code.is_some() { "exited" } else { "running" };
        Container {
            id: format!("id-{project}-{name}"),
            name: format!("{project}-{name}-1"),
            project: Some(project.to_owned()),
            service: Some(name.to_owned()),
            image: self.image.clone(),
            state: state.to_owned(),
            health: engine.health_of(name),
            exit_code,
            published: self.ports.iter().filter_map(published).collect(),
        }
    }
}

async fn say(lines: &mpsc::Sender<Line>, text: String) {
    // Who does not listen misses it.
    let _ = lines.send(Line { stderr: true, text }).await;
}

#[async_trait]
impl Compose for FakeCompose {
    async fn version(&self, session: &dyn Session) -> Result<Option<String>, ComposeError> {
        let brought = session.read_file(BROUGHT, 1 << 20).await;
        let brought = brought.map_err(|source| ComposeError::Session {
            verb: "version".to_owned(),
            project: String::new(),
            source,
        })?;
        let there = self.installed || brought.is_some();
        Ok(there.then(|| "2.26.1".to_owned()))
    }

    async fn check(&self, session: &dyn Session, project: &Project) -> Result<(), ComposeError> {
        let begun = self.begin(session, "check", &project.name).await?;
        if let Some(reason) = begun.fault {
            return Err(failed("check", &project.name, &reason));
        }
        self.read(session, "check", project).await.map(|_| ())
    }

    async fn up(
        &self,
        session: &dyn Session,
        project: &Project,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError> {
        let begun = self.begin(session, "up", &project.name).await?;
        let file = self.read(session, "up", project).await?;
        let engine = begun.engine;
        file.make_networks_and_volumes(&engine, &project.name);
        engine.change(|state| {
            state.containers.retain(|_, c| {
                c.project.as_deref() != Some(project.name.as_str())
                    || c.service.as_ref().is_some_and(|s| file.services.contains_key(s))
            });
        });
        for (name, service) in &file.services {
            let container = service.container(&engine, &project.name, name);
            if !engine.state().images.contains(&service.image) {
                return Err(failed(
                    "up",
                    &project.name,
                    &format!("No such image: {}", service.image),
                ));
            }
            if let Some(port) = container
                .published
                .iter()
                .find(|p| engine.port_taken(**p, &project.name))
            {
                let reason = format!("Bind for 0.0.0.0:{port} failed: port is already allocated");
                return Err(failed("up", &project.name, &reason));
            }
            say(&lines, format!(" Container {}  Started", container.name)).await;
            let event = event("start", &container);
            engine.change(|state| state.containers.insert(container.name.clone(), container));
            engine.tell(event);
            // Failing after the first container leaves half of the project behind, as the real one does.
            if let Some(reason) = &begun.fault {
                return Err(failed("up", &project.name, reason));
            }
        }
        Ok(())
    }

    async fn down(
        &self,
        session: &dyn Session,
        project: &Project,
        volumes: bool,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError> {
        let begun = self.begin(session, "down", &project.name).await?;
        if let Some(reason) = begun.fault {
            begun.engine.change(|state| {
                let first = state
                    .containers
                    .iter()
                    .find(|(_, c)| c.project.as_deref() == Some(&project.name));
                let name = first.map(|(name, _)| name.clone());
                name.and_then(|name| state.containers.remove(&name))
            });
            return Err(failed("down", &project.name, &reason));
        }
        for container in begun.engine.take_project(&project.name, volumes) {
            say(&lines, format!(" Container {}  Removed", container.name)).await;
            begun.engine.tell(event("destroy", &container));
        }
        Ok(())
    }

    async fn act(
        &self,
        session: &dyn Session,
        project: &Project,
        action: Action,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError> {
        let (verb, state, told) = match action {
            Action::Start => ("start", "running", "start"),
            Action::Stop => ("stop", "exited", "die"),
            Action::Restart => ("restart", "running", "start"),
        };
        let begun = self.begin(session, verb, &project.name).await?;
        if let Some(reason) = begun.fault {
            return Err(failed(verb, &project.name, &reason));
        }
        let changed: Vec<Container> = begun.engine.change(|engine| {
            let own = engine
                .containers
                .values_mut()
                .filter(|c| c.project.as_deref() == Some(&project.name));
            own.map(|c| {
                c.state = state.to_owned();
                c.exit_code = (state == "exited").then_some(0);
                c.clone()
            })
            .collect()
        });
        for container in changed {
            say(&lines, format!(" Container {}  {verb}", container.name)).await;
            begun.engine.tell(event(told, &container));
        }
        Ok(())
    }

    fn shown(&self, project: &Project, verb: &str) -> String {
        format!("docker compose --project-name {} {verb}", project.name)
    }
}
