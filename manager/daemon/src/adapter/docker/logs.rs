//! The logs of a project's containers, put together as they come.

use super::{DockerEngine, transport::streaming};
use crate::port::containers::{ContainersError, LogEntry};
use bollard::{container::LogOutput, query_parameters::LogsOptions};
use futures::{StreamExt, stream::SelectAll};
use hearth_model::app::Container;
use tokio::sync::mpsc;

/// The longest line that is kept whole.
const MAX_LINE_BYTES: usize = 16 << 10;

pub(super) async fn send(
    engine: &DockerEngine,
    containers: Vec<Container>,
    tail: u32,
    follow: bool,
    lines: mpsc::Sender<LogEntry>,
) -> Result<(), ContainersError> {
    let mut all = SelectAll::new();
    for container in containers {
        let options = LogsOptions {
            follow,
            stdout: true,
            stderr: true,
            timestamps: true,
            tail: tail.to_string(),
            ..Default::default()
        };
        let service = container.service.unwrap_or(container.name);
        let (docker, budget) = streaming(&engine.docker);
        let stream = docker.logs(&container.id, Some(options));
        all.push(Box::pin(stream.map(move |piece| {
            budget.refill();
            piece.map(|piece| entry(&service, &piece))
        })));
    }
    loop {
        let piece = tokio::select! {
            () = lines.closed() => return Ok(()),
            piece = all.next() => piece,
        };
        let Some(piece) = piece else {
            return engine.still_there("reading logs");
        };
        let entry = piece.map_err(|e| engine.error("reading logs", e))?;
        if lines.send(entry).await.is_err() {
            return Ok(());
        }
    }
}

fn entry(service: &str, piece: &LogOutput) -> LogEntry {
    let (stderr, message) = match piece {
        LogOutput::StdErr { message } => (true, message),
        LogOutput::StdOut { message } | LogOutput::StdIn { message } | LogOutput::Console { message } => {
            (false, message)
        }
    };
    let text = String::from_utf8_lossy(&message[..message.len().min(MAX_LINE_BYTES)]);
    // The engine puts its time before the line, and a space between.
    let (at, text) = text.split_once(' ').unwrap_or(("", &text));
    LogEntry {
        service: service.to_owned(),
        stderr,
        at: at.to_owned(),
        text: text.trim_end_matches(['\r', '\n']).to_owned(),
    }
}
