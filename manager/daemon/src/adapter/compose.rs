//! Compose v2 through a session: the node's own plugin where there is one, else the program that we brought.
//!
//! It runs as root, since an app's `.env` is readable by root alone.

use crate::port::{
    compose::{Action, Compose, ComposeError, Project},
    session::{Exec, Line, Output, Session, SessionError},
};
use async_trait::async_trait;
use std::{collections::VecDeque, time::Duration};
use tokio::sync::mpsc;

const SCRIPT: &str = include_str!("compose.sh");

/// Prints the version of the Compose that [`SCRIPT`] would take, or nothing.
const VERSION: &str = "docker compose version --short 2>/dev/null \
    || /var/lib/hearth/bin/docker-compose version --short 2>/dev/null || true";

/// Exit status of [`SCRIPT`] when there is no Compose (as a shell's "command not found").
const NO_COMPOSE: i32 = 127;
/// How long a check of the files may take.
const CHECK_LIMIT: Duration = Duration::from_secs(60);
/// How long starting or stopping may take: a container has time to end well, and a slow disk to unpack.
const WORK_LIMIT: Duration = Duration::from_secs(900);
/// How many of the last lines an error repeats.
const SHOWN_LINES: usize = 12;

/// Compose v2 on nodes.
#[derive(Debug, Clone, Copy, Default)]
pub struct NodeCompose;

fn exec(project: &Project, words: &[&str], limit: Duration) -> Exec {
    let args = [project.dir.as_str(), project.name.as_str()];
    Exec::script(SCRIPT, args.into_iter().chain(words.iter().copied()))
        .as_root()
        .within(limit)
        .shown_as(typed(project, &words.join(" ")))
}

/// A command of Compose as one could type it.
fn typed(project: &Project, words: &str) -> String {
    format!("cd {} && docker compose {words}", project.dir)
}

fn session_error(verb: &str, project: &Project) -> impl FnOnce(SessionError) -> ComposeError {
    let (verb, project) = (verb.to_owned(), project.name.clone());
    move |source| ComposeError::Session { verb, project, source }
}

/// What went wrong, if anything did.
fn failure(machine: &str, verb: &str, project: &Project, status: i32, said: &str) -> Option<ComposeError> {
    match status {
        0 => None,
        NO_COMPOSE => Some(ComposeError::Missing {
            machine: machine.to_owned(),
        }),
        status => Some(ComposeError::Failed {
            verb: verb.to_owned(),
            project: project.name.clone(),
            status,
            reason: said.trim().to_owned(),
        }),
    }
}

/// Runs Compose, hands each line on, and keeps the last ones for an error. A watcher that has gone does not stop it.
async fn work(
    session: &dyn Session,
    project: &Project,
    words: &[&str],
    lines: mpsc::Sender<Line>,
) -> Result<(), ComposeError> {
    let verb = words.first().copied().unwrap_or_default();
    let (sender, mut receiver) = mpsc::channel::<Line>(64);
    let keep = async {
        let mut last = VecDeque::with_capacity(SHOWN_LINES);
        while let Some(line) = receiver.recv().await {
            if last.len() == SHOWN_LINES {
                last.pop_front();
            }
            last.push_back(line.text.clone());
            let _ = lines.send(line).await;
        }
        last
    };
    let (status, last) = tokio::join!(session.stream(exec(project, words, WORK_LIMIT), sender), keep);
    let said: Vec<String> = last.into();
    let status = status.map_err(session_error(verb, project))?;
    failure(session.machine(), verb, project, status, &said.join("\n")).map_or(Ok(()), Err)
}

#[async_trait]
impl Compose for NodeCompose {
    async fn version(&self, session: &dyn Session) -> Result<Option<String>, ComposeError> {
        let project = Project {
            name: String::new(),
            dir: String::new(),
        };
        let asked: Result<Output, SessionError> = session
            .exec(Exec::script::<&str>(VERSION, []).shown_as("docker compose version --short"))
            .await;
        let answer = asked.map_err(session_error("version", &project))?.text();
        let version = answer.trim().trim_start_matches('v');
        Ok(version
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| version.chars().take(40).collect()))
    }

    async fn check(&self, session: &dyn Session, project: &Project) -> Result<(), ComposeError> {
        let asked = session.exec(exec(project, &["config", "--quiet"], CHECK_LIMIT)).await;
        let output = asked.map_err(session_error("config", project))?;
        let failed = failure(
            session.machine(),
            "config",
            project,
            output.status,
            &output.error_text(),
        );
        failed.map_or(Ok(()), Err)
    }

    async fn up(
        &self,
        session: &dyn Session,
        project: &Project,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError> {
        work(
            session,
            project,
            &["up", "--detach", "--remove-orphans", "--pull", "never"],
            lines,
        )
        .await
    }

    async fn down(
        &self,
        session: &dyn Session,
        project: &Project,
        volumes: bool,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError> {
        let words = ["down", "--remove-orphans", "--volumes"];
        work(session, project, if volumes { &words } else { &words[..2] }, lines).await
    }

    async fn act(
        &self,
        session: &dyn Session,
        project: &Project,
        action: Action,
        lines: mpsc::Sender<Line>,
    ) -> Result<(), ComposeError> {
        let verb = match action {
            Action::Start => "start",
            Action::Stop => "stop",
            Action::Restart => "restart",
        };
        work(session, project, &[verb], lines).await
    }

    fn shown(&self, project: &Project, verb: &str) -> String {
        typed(project, verb)
    }
}
