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

/// How long the engine may take to answer. Only what streams may take longer, once it has begun.
const LIMIT: Duration = Duration::from_secs(60);
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
    cpu_before: Mutex<HashMap<String, stats::CpuCounters>>,
}

#[async_trait]
impl Engines for DockerEngines {
    async fn open(&self, session: Arc<dyn Session>, socket: &str) -> Result<Arc<dyn Containers>, Fault> {
        // A connection of its own first, since the cause for which a socket cannot be had is lost behind HTTP.
        drop(session.socket(socket).await.map_err(|error| fault(&error))?);
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
    let path: Arc<str> = socket.into();
    let transport = move |request| transport::send(Arc::clone(&session), Arc::clone(&path), request);
    let docker = Docker::connect_with_custom_transport(
        transport,
        Some("http://node"),
        LIMIT.as_secs(),
        bollard::API_DEFAULT_VERSION,
    )
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
fn fault(error: &SessionError) -> Fault {
    match error {
        SessionError::Refused { fault, .. } => fault.clone(),
        SessionError::Lost { .. } => Fault::new(Cause::Disconnected, error.to_string()),
        SessionError::TimedOut { .. } | SessionError::TooMuch { .. } | SessionError::Failed { .. } => {
            Fault::new(Cause::EngineDown, error.to_string())
        }
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
    /// What the engine answers, within [`LIMIT`].
    async fn ask<T>(
        &self,
        attempt: &str,
        asking: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, ContainersError> {
        let answer = tokio::time::timeout(LIMIT, asking).await;
        let answer = answer.unwrap_or(Err(bollard::errors::Error::RequestTimeoutError));
        answer.map_err(|error| self.error(attempt, error))
    }

    /// A stream that ended without a word: an error when it ended because the connection did.
    fn still_there(&self, attempt: &str) -> Result<(), ContainersError> {
        match self.session.is_open() {
            true => Ok(()),
            false => Err(ContainersError::Unreachable {
                machine: self.session.machine().to_owned(),
                attempt: attempt.to_owned(),
                fault: Fault::new(Cause::Disconnected, "the connection to the machine is gone"),
            }),
        }
    }

    /// Turns bollard's errors into the port's.
    fn error(&self, attempt: &str, error: bollard::errors::Error) -> ContainersError {
        let (machine, attempt) = (self.session.machine().to_owned(), attempt.to_owned());
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
                let cause = match self.session.is_open() {
                    true => Cause::EngineDown,
                    false => Cause::Disconnected,
                };
                let fault = transport::unavailable(&other).map_or_else(|| Fault::new(cause, reason(&other)), fault);
                ContainersError::Unreachable {
                    machine,
                    attempt,
                    fault,
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
