//! Logs as they are written: of an app, and of the box.

use super::stream::{LIFE, PAUSE, Reply, Watch, message, reply};
use crate::{
    port::containers::LogEntry,
    web::pages::{
        components::{appended, partial},
        form::{Fields, Trouble},
        frame::Frame,
        settings::logs as box_logs,
    },
};
use axum::{
    extract::{Path, Query},
    response::sse::Event as Message,
};
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
            () = send_lines(&sender, incoming, "app-log", log_lines) => {}
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

/// The log of the box, filtered as the page was.
pub(super) async fn of_the_box(frame: Frame, watch: Watch, Query(query): Query<Fields>) -> Reply {
    let mut trouble = Trouble::default();
    let filter = box_logs::filter(&query, frame.now, &mut trouble);
    trouble.check()?;
    let (lines, incoming) = mpsc::channel(1_024);
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        let zone = frame.zone;
        tokio::select! {
            () = send_lines(&sender, incoming, box_logs::PART, |lines| box_logs::shown(lines, &zone)) => {}
            () = watch.ending.cancelled() => {}
            answer = watch.services.logs.read(&filter, box_logs::TAIL, true, lines) => {
                // The page said it already, when it was loaded.
                if let Err(error) = answer {
                    tracing::debug!(%error, "the log of the box is not followed");
                }
            }
        }
    });
    Ok(reply(receiver))
}

async fn send_lines<T>(
    sender: &mpsc::Sender<Result<Message, Infallible>>,
    mut incoming: mpsc::Receiver<T>,
    part: &str,
    show: impl Fn(&[T]) -> Markup,
) {
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
        let shown = show(&batch);
        let added = if first {
            partial(part, &shown)
        } else {
            appended(part, &shown)
        };
        first = false;
        if sender.send(Ok(message(&added))).await.is_err() {
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
