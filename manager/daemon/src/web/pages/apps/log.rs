//! The last lines of an app's log as plain text: to keep, to send, and for who has no scripts.

use crate::{
    port::containers::LogEntry,
    web::{Services, pages::frame::Frame, problem::Problem},
};
use axum::{
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use std::fmt::Write as _;
use tokio::sync::mpsc;

/// Lines of each container.
const TAIL: u32 = 1_000;

/// `GET /apps/{app}/log.txt`
pub async fn get(
    _: Frame,
    State(services): State<Services>,
    Path(key): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let (sender, mut lines) = mpsc::channel::<LogEntry>(256);
    let gather = async {
        let mut text = String::new();
        while let Some(line) = lines.recv().await {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{} {} {}", line.at, line.service, line.text);
        }
        text
    };
    let (answer, text) = tokio::join!(services.apps.logs(&key, TAIL, false, sender), gather);
    answer?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}
