//! Compares what was deployed with what is there, and says the difference in words. Pure.

use crate::engine::health;
use hearth_model::app::{AppState, Container, Desired};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What Compose was told of the services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Services {
    #[serde(default)]
    services: BTreeMap<String, Service>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Service {
    #[serde(default)]
    restart: Option<String>,
    #[serde(default)]
    profiles: Vec<String>,
}

impl Services {
    /// From the text of a Compose file.
    pub(super) fn read(compose: &str) -> Result<Self, serde_saphyr::Error> {
        serde_saphyr::from_str(compose)
    }
}

impl Service {
    /// Whether it does its work once and ends: then a container that ended well is as it should be.
    fn ends_by_itself(&self) -> bool {
        self.restart
            .as_deref()
            .is_none_or(|restart| restart == "no" || restart.starts_with("on-failure"))
    }
}

/// A file of the app on its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    /// Its name.
    pub(super) name: &'static str,
    /// What its SHA-256 should be, hexadecimal.
    pub(super) deployed: String,
    /// What it is; none when the file is gone.
    pub(super) found: Option<String>,
}

/// Where an app stands by what was found.
pub(super) fn judge(desired: Desired, services: &Services, containers: &[Container], sums: &[Sum]) -> AppState {
    let mut differences = files(sums);
    if containers.is_empty() && desired == Desired::Running {
        differences.push("its containers were removed".to_owned());
    } else {
        differences.extend(missing(desired, services, containers));
        differences.extend(containers.iter().filter_map(|c| difference(desired, services, c)));
    }
    if !differences.is_empty() {
        return AppState::Drifted { differences };
    }
    match desired {
        Desired::Stopped => AppState::Stopped,
        Desired::Running => match containers.iter().find(|c| !health::is_well(c)) {
            None => AppState::Running,
            Some(ill) => AppState::Unhealthy { reason: unwell(ill) },
        },
    }
}

fn files(sums: &[Sum]) -> Vec<String> {
    sums.iter()
        .filter_map(|sum| match &sum.found {
            None => Some(format!("{} was removed", sum.name)),
            Some(found) if *found != sum.deployed => Some(format!("{} was edited", sum.name)),
            Some(_) => None,
        })
        .collect()
}

fn missing(desired: Desired, services: &Services, containers: &[Container]) -> Vec<String> {
    if desired == Desired::Stopped {
        return Vec::new();
    }
    let has = |name: &str| containers.iter().any(|c| c.service.as_deref() == Some(name));
    services
        .services
        .iter()
        .filter(|(name, service)| service.profiles.is_empty() && !service.ends_by_itself() && !has(name))
        .map(|(name, _)| format!("the container of {name} was removed"))
        .collect()
}

fn difference(desired: Desired, services: &Services, container: &Container) -> Option<String> {
    let name = name(container);
    let once = services
        .services
        .get(&name)
        .is_none_or(|service| service.ends_by_itself() && container.exit_code == Some(0));
    match (desired, container.state.as_str()) {
        (Desired::Running, "exited") if once => None,
        (Desired::Running, "exited" | "created") => Some(format!("the container of {name} was stopped")),
        (Desired::Running, "paused") => Some(format!("the container of {name} was paused")),
        (Desired::Stopped, "running" | "restarting" | "paused") => Some(format!("the container of {name} was started")),
        _ => None,
    }
}

fn unwell(container: &Container) -> String {
    let name = name(container);
    match (container.state.as_str(), container.health.as_deref()) {
        ("running", Some(health)) => format!("the own check of {name} says {health}"),
        (state, _) => format!("the container of {name} is {state}"),
    }
}

fn name(container: &Container) -> String {
    container.service.clone().unwrap_or_else(|| container.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSE: &str = "
services:
  app: {image: web, restart: unless-stopped}
  db: {image: postgres, restart: always}
  migrate: {image: web}
";

    fn container(service: &str, state: &str, exit_code: Option<i64>) -> Container {
        Container {
            id: format!("id-{service}"),
            name: format!("shop-{service}-1"),
            project: Some("shop".to_owned()),
            service: Some(service.to_owned()),
            image: "web".to_owned(),
            state: state.to_owned(),
            health: None,
            exit_code,
            published: Vec::new(),
        }
    }

    fn judged(desired: Desired, containers: &[Container]) -> AppState {
        judge(desired, &Services::read(COMPOSE).unwrap(), containers, &[])
    }

    fn drifted(differences: &[&str]) -> AppState {
        let differences = differences.iter().map(|text| (*text).to_owned()).collect();
        AppState::Drifted { differences }
    }

    #[test]
    fn what_runs_as_deployed_is_running() {
        let (app, db) = (container("app", "running", None), container("db", "running", None));
        let migrated = container("migrate", "exited", Some(0));
        assert_eq!(
            judged(Desired::Running, &[app.clone(), db.clone(), migrated]),
            AppState::Running
        );
        assert_eq!(judged(Desired::Running, &[app.clone(), db]), AppState::Running);
        assert_eq!(
            judged(Desired::Running, &[app]),
            drifted(&["the container of db was removed"])
        );
    }

    #[test]
    fn somebody_elses_changes_are_told_in_words() {
        let db = container("db", "running", None);
        let stopped = container("app", "exited", Some(0));
        assert_eq!(
            judged(Desired::Running, &[stopped.clone(), db.clone()]),
            drifted(&["the container of app was stopped"])
        );
        assert_eq!(judged(Desired::Running, &[]), drifted(&["its containers were removed"]));
        assert_eq!(
            judged(Desired::Stopped, &[stopped, db]),
            drifted(&["the container of db was started"])
        );
    }

    #[test]
    fn stopped_is_stopped_with_its_containers_or_without() {
        assert_eq!(judged(Desired::Stopped, &[]), AppState::Stopped);
        assert_eq!(
            judged(Desired::Stopped, &[container("app", "exited", Some(143))]),
            AppState::Stopped
        );
    }

    #[test]
    fn a_restarting_or_unhealthy_container_is_no_ones_change() {
        let app = container("app", "restarting", Some(1));
        let db = container("db", "running", None);
        let state = judged(Desired::Running, &[app, db]);
        assert!(matches!(state, AppState::Unhealthy { reason } if reason.contains("restarting")));
        let mut app = container("app", "running", None);
        app.health = Some("unhealthy".to_owned());
        let state = judged(Desired::Running, &[app, container("db", "running", None)]);
        assert!(matches!(state, AppState::Unhealthy { reason } if reason.contains("unhealthy")));
    }

    #[test]
    fn edited_and_removed_files() {
        let sum = |name, found: Option<&str>| Sum {
            name,
            deployed: "aa".to_owned(),
            found: found.map(str::to_owned),
        };
        let sums = [sum("compose.yaml", Some("bb")), sum(".env", None)];
        let containers = [container("app", "running", None), container("db", "running", None)];
        let state = judge(Desired::Running, &Services::read(COMPOSE).unwrap(), &containers, &sums);
        assert_eq!(state, drifted(&["compose.yaml was edited", ".env was removed"]));
    }
}
