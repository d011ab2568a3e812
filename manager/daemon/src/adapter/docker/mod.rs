//! The Docker API over a node's held session: every request is a stream to the engine's socket on the same connection.

mod containers;
mod logs;
mod pull;
mod stats;
mod transport;

use crate::port::{
    containers::{Containers, ContainersError, EngineInfo, Engines},
    session::{Session, SessionError},
};
use async_trait::async_trait;
use bollard::Docker;
use hearth_model::fault::{Cause, Fault};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use transport::SocketConnector;

/// How long the engine may take to begin an answer, in seconds.
const LIMIT_SECS: u64 = 60;
/// How long the engine may take to answer when it is opened.
const OPEN_LIMIT: Duration = Duration::from_secs(10);
/// The oldest API that all we ask of an engine exists in: that of Docker 20.10 (Docker's API version matrix).
const OLDEST_API: (u64, u64) = (1, 41);

/// Opens engines that speak the Docker API.
#[derive(Debug, Clone, Copy, Default)]
pub struct DockerEngines;

/// One engine.
struct DockerEngine {
    docker: Docker,
    info: EngineInfo,
    session: Arc<dyn Session>,
    socket: String,
    cpu_before: Mutex<HashMap<String, stats::CpuCounters>>,
}

#[async_trait]
impl Engines for DockerEngines {
    async fn open(&self, session: Arc<dyn Session>, socket: &str) -> Result<Arc<dyn Containers>, Fault> {
        // A connection of its own first, since the cause for which a socket cannot be had is lost behind HTTP.
        drop(session.socket(socket).await.map_err(fault)?);
        let open = connect(Arc::clone(&session), socket);
        let (docker, info) = tokio::time::timeout(OPEN_LIMIT, open).await.map_err(|_| {
            let limit = OPEN_LIMIT.as_secs();
            Fault::new(
                Cause::EngineDown,
                format!("the engine behind {socket} did not answer within {limit} s"),
            )
        })??;
        Ok(Arc::new(DockerEngine {
            docker,
            info,
            session,
            socket: socket.to_owned(),
            cpu_before: Mutex::default(),
        }))
    }
}

async fn connect(session: Arc<dyn Session>, socket: &str) -> Result<(Docker, EngineInfo), Fault> {
    let refused = |e: bollard::errors::Error| {
        Fault::new(
            Cause::EngineDown,
            format!("the engine behind {socket} answered badly: {}", reason(&e)),
        )
    };
    let client = SocketConnector::client(session, socket);
    let transport = move |request| {
        let client = client.clone();
        async move { client.request(request).await.map_err(bollard::errors::Error::from) }
    };
    let docker =
        Docker::connect_with_custom_transport(transport, Some("http://node"), LIMIT_SECS, bollard::API_DEFAULT_VERSION)
            .map_err(refused)?;
    let version = docker.version().await.map_err(refused)?;
    let api_version = version.api_version.unwrap_or_default();
    let version = version.version.unwrap_or_default();
    if parse_api(&api_version).is_none_or(|api| api < OLDEST_API) {
        let detail = format!("the engine is {version} (API {api_version}); 20.10 (API 1.41) or newer is needed");
        return Err(Fault::new(Cause::EngineTooOld, detail));
    }
    let docker = docker.negotiate_version().await.map_err(refused)?;
    let root_dir = docker.info().await.map_err(refused)?.docker_root_dir;
    let root_dir = root_dir.unwrap_or_else(|| "/var/lib/docker".to_owned());
    Ok((
        docker,
        EngineInfo {
            version,
            api_version,
            root_dir,
        },
    ))
}

fn parse_api(text: &str) -> Option<(u64, u64)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The cause behind a socket that cannot be had.
fn fault(error: SessionError) -> Fault {
    match error {
        SessionError::Refused { fault, .. } => fault,
        SessionError::TimedOut { .. } => Fault::new(Cause::EngineDown, error.to_string()),
        SessionError::Lost { .. } => Fault::new(Cause::Disconnected, error.to_string()),
        SessionError::TooMuch { .. } | SessionError::Failed { .. } => Fault::new(Cause::EngineDown, error.to_string()),
    }
}

/// The innermost cause of an error, which is the one that says something.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

impl DockerEngine {
    /// Turns bollard's errors into the port's.
    fn error(&self, attempt: &str, error: bollard::errors::Error) -> ContainersError {
        let (machine, attempt) = (self.socket.clone(), attempt.to_owned());
        match error {
            bollard::errors::Error::DockerResponseServerError {
                status_code: 404,
                message,
            } => ContainersError::NotFound { machine, what: message },
            bollard::errors::Error::DockerResponseServerError { message, .. }
            | bollard::errors::Error::DockerStreamError { error: message } => ContainersError::Refused {
                machine,
                attempt,
                reason: message,
            },
            other => {
                let cause = if self.session.is_open() {
                    Cause::EngineDown
                } else {
                    Cause::Disconnected
                };
                ContainersError::Unreachable {
                    machine,
                    attempt,
                    fault: Fault::new(cause, reason(&other)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_versions_compare_by_number() {
        assert!(parse_api("1.41") >= Some(OLDEST_API));
        assert!(parse_api("1.5") < Some(OLDEST_API));
        assert_eq!(parse_api("one"), None);
    }
}
