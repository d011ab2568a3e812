//! An app's log as it is written.

use super::stream::{LIFE, PAUSE, Reply, Watch, message, reply};
use crate::{
    port::containers::LogEntry,
    web::pages::{
        components::{appended, partial},
        frame::Frame,
    },
};
use axum::{extract::Path, response::sse::Event as Message};
use maud::{Markup, html};
use std::convert::Infallible;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// Lines of each container that a log begins with.
const TAIL: u32 = 200;
/// Lines that are sent at once.
const BATCH: usize = 200;

/// An app's log: what there is first, then what comes.
pub(super) async fn logs(_: Frame, watch: Watch, Path(key): Path<String>) -> Reply {
    watch.services.apps.get(&key).await?;
    let (lines, incoming) = mpsc::channel(1_024);
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        tokio::select! {
            () = send_lines(&sender, incoming) => {}
            () = watch.ending.cancelled() => {}
            answer = watch.services.apps.logs(&key, TAIL, true, lines) => {
                if let Err(error) = answer {
                    let text = html! { span class="line err" { (error.to_string()) } };
                    // A browser that has gone needs no message.
                    let _ = sender.send(Ok(message(&appended("app-log", &text)))).await;
                }
            }
        }
    });
    Ok(reply(receiver))
}

async fn send_lines(sender: &mpsc::Sender<Result<Message, Infallible>>, mut incoming: mpsc::Receiver<LogEntry>) {
    let end = Instant::now() + LIFE;
    let mut first = true;
    loop {
        let mut batch = Vec::new();
        let came = tokio::select! {
            () = sender.closed() => return,
            came = timeout_at(end, incoming.recv_many(&mut batch, BATCH)) => came,
        };
        if !matches!(came, Ok(1..)) {
            return;
        }
        // What comes together is sent together.
        let soon = Instant::now() + PAUSE;
        while batch.len() < BATCH {
            match timeout_at(soon, incoming.recv()).await {
                Ok(Some(line)) => batch.push(line),
                Ok(None) | Err(_) => break,
            }
        }
        let shown = log_lines(&batch);
        let part = if first {
            partial("app-log", &shown)
        } else {
            appended("app-log", &shown)
        };
        first = false;
        if sender.send(Ok(message(&part))).await.is_err() {
            return;
        }
    }
}

fn log_lines(lines: &[LogEntry]) -> Markup {
    html! {
        @for line in lines {
            span class=(if line.stderr { "line err" } else { "line" }) {
                time datetime=(line.at) { (line.at.get(11..19).unwrap_or(&line.at)) }
                span class="from" { (line.service) }
                (line.text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_is_no_markup_and_keeps_no_carriage_return() {
        let line = LogEntry {
            service: "app".into(),
            stderr: true,
            at: "2026-11-20T12:34:56.789Z".into(),
            text: "<b>50 %\r100 %</b>".into(),
        };
        let shown = log_lines(&[line]);
        assert!(
            shown.0.contains("12:34:56") && shown.0.contains("&lt;b&gt;"),
            "{}",
            shown.0
        );
        // The message itself would panic on a carriage return.
        let _ = message(&shown);
    }
}
