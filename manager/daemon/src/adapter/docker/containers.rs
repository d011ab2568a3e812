//! What the port asks of an engine, in the Docker API's words.

use super::{DockerEngine, logs, pull, stats, transport::streaming};
use crate::port::containers::{
    Containers, ContainersError, EngineEvent, EngineInfo, LogEntry, ProjectParts, PullProgress,
};
use async_trait::async_trait;
use bollard::{
    models::{ContainerSummary, EventMessage, PortSummary},
    query_parameters::{
        EventsOptions, ListContainersOptions, ListNetworksOptions, ListVolumesOptions, RemoveImageOptions,
        RemoveVolumeOptions,
    },
};
use futures::StreamExt;
use hearth_model::{app::Container, stats::ContainerStats};
use std::collections::{BTreeSet, HashMap};
use tokio::sync::mpsc;

/// Labels that Compose puts on all it makes.
const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";

fn of_project(project: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{PROJECT}={project}")])])
}

#[async_trait]
impl Containers for DockerEngine {
    async fn info(&self) -> Result<EngineInfo, ContainersError> {
        self.ask("answering a ping", self.docker.ping()).await?;
        Ok(self.info.clone())
    }

    async fn list(&self, project: Option<&str>) -> Result<Vec<Container>, ContainersError> {
        let options = ListContainersOptions {
            all: true,
            filters: project.map(of_project),
            ..Default::default()
        };
        let listing = self.docker.list_containers(Some(options));
        let listed = self.ask("listing containers", listing).await?;
        let mut containers: Vec<Container> = listed.into_iter().map(container).collect();
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(containers)
    }

    async fn project(&self, project: &str) -> Result<ProjectParts, ContainersError> {
        let filters = Some(of_project(project));
        let options = ListNetworksOptions {
            filters: filters.clone(),
        };
        let networks = self.docker.list_networks(Some(options));
        let networks = self.ask("listing networks", networks).await?;
        let volumes = self.docker.list_volumes(Some(ListVolumesOptions { filters }));
        let volumes = self.ask("listing volumes", volumes).await?;
        let volumes = volumes.volumes.unwrap_or_default();
        Ok(ProjectParts {
            containers: self.list(Some(project)).await?,
            networks: networks.into_iter().filter_map(|network| network.name).collect(),
            volumes: volumes.into_iter().map(|volume| volume.name).collect(),
        })
    }

    async fn stats(&self) -> Result<Vec<ContainerStats>, ContainersError> {
        stats::all_running(self).await
    }

    async fn has_image(&self, image: &str) -> Result<bool, ContainersError> {
        match self.ask("looking for an image", self.docker.inspect_image(image)).await {
            Ok(_) => Ok(true),
            Err(ContainersError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn pull(&self, image: &str, progress: mpsc::Sender<PullProgress>) -> Result<(), ContainersError> {
        pull::pull(self, image, progress).await
    }

    async fn remove_image(&self, image: &str) -> Result<(), ContainersError> {
        let removing = self.docker.remove_image(image, None::<RemoveImageOptions>, None);
        match self.ask("removing an image", removing).await {
            Ok(_) | Err(ContainersError::NotFound { .. }) => Ok(()),
            Err(ContainersError::Refused { reason, .. })
                if reason.contains("is using") || reason.contains("in use") =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn remove_volume(&self, volume: &str) -> Result<(), ContainersError> {
        let removing = self.docker.remove_volume(volume, None::<RemoveVolumeOptions>);
        match self.ask("removing a volume", removing).await {
            Ok(()) | Err(ContainersError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn logs(
        &self,
        project: &str,
        tail: u32,
        follow: bool,
        lines: mpsc::Sender<LogEntry>,
    ) -> Result<(), ContainersError> {
        let containers = self.list(Some(project)).await?;
        logs::send(self, containers, tail, follow, lines).await
    }

    async fn events(&self, events: mpsc::Sender<EngineEvent>) -> Result<(), ContainersError> {
        let kinds = ["container", "network", "volume"].map(str::to_owned).to_vec();
        let options = EventsOptions {
            filters: Some(HashMap::from([("type".to_owned(), kinds)])),
            ..Default::default()
        };
        let (docker, budget) = streaming(&self.docker);
        let mut stream = Box::pin(docker.events(Some(options)));
        loop {
            let message = tokio::select! {
                () = events.closed() => return Ok(()),
                message = stream.next() => message,
            };
            let Some(message) = message else {
                return self.still_there("watching events");
            };
            let event = event(message.map_err(|e| self.error("watching events", e))?);
            budget.refill();
            if events.send(event).await.is_err() {
                return Ok(());
            }
        }
    }
}

fn container(summary: ContainerSummary) -> Container {
    let label = |name: &str| summary.labels.as_ref().and_then(|labels| labels.get(name).cloned());
    let names = summary.names.as_deref().unwrap_or_default();
    let status = summary.status.as_deref().unwrap_or_default();
    Container {
        name: names
            .first()
            .map(|name| name.trim_start_matches('/').to_owned())
            .unwrap_or_default(),
        project: label(PROJECT),
        service: label(SERVICE),
        health: health(status),
        exit_code: exit_code(status),
        published: published(summary.ports.as_deref().unwrap_or_default()),
        id: summary.id.unwrap_or_default(),
        image: summary.image.unwrap_or_default(),
        state: summary.state.map(|state| state.to_string()).unwrap_or_default(),
    }
}

/// From `Up 2 minutes (healthy)`: engines before API 1.52 tell it nowhere else in a list.
fn health(status: &str) -> Option<String> {
    let words = [
        ("(healthy)", "healthy"),
        ("(unhealthy)", "unhealthy"),
        ("(health: starting)", "starting"),
    ];
    words
        .into_iter()
        .find(|(mark, _)| status.ends_with(mark))
        .map(|(_, word)| word.to_owned())
}

/// Each once: the engine lists a port anew for every address and transport.
fn published(ports: &[PortSummary]) -> Vec<u16> {
    let published: BTreeSet<u16> = ports.iter().filter_map(|port| port.public_port).collect();
    published.into_iter().collect()
}

/// From `Exited (137) 3 seconds ago`.
fn exit_code(status: &str) -> Option<i64> {
    status.strip_prefix("Exited (")?.split(')').next()?.parse().ok()
}

fn event(message: EventMessage) -> EngineEvent {
    let attributes = message.actor.and_then(|actor| actor.attributes).unwrap_or_default();
    EngineEvent {
        kind: message.typ.map(|kind| kind.to_string()).unwrap_or_default(),
        action: message.action.unwrap_or_default(),
        name: attributes.get("name").cloned().unwrap_or_default(),
        project: attributes.get(PROJECT).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_ports_count_once() {
        let port = |public_port| PortSummary {
            private_port: 80,
            public_port,
            ..Default::default()
        };
        assert_eq!(
            published(&[port(Some(8080)), port(None), port(Some(8080)), port(Some(53))]),
            [53, 8080]
        );
    }

    #[test]
    fn states_are_read_from_the_status_line() {
        assert_eq!(health("Up 2 minutes (healthy)").as_deref(), Some("healthy"));
        assert_eq!(health("Up 1 second (health: starting)").as_deref(), Some("starting"));
        assert_eq!(health("Up 3 hours"), None);
        assert_eq!(exit_code("Exited (137) 3 seconds ago"), Some(137));
        assert_eq!(exit_code("Up 3 hours"), None);
    }
}
