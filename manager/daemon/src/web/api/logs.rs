//! `/system/logs`: the journal of the box, a JSON object a line, as they come.

use super::extract::Params;
use crate::{
    engine::Error,
    web::{Services, problem::Problem, security::AsViewer},
};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt as _, stream};
use hearth_model::system::{JournalFilter, JournalLine, Priority, UnitName};
use jiff::Timestamp;
use serde::Deserialize;
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

/// How many lines wait for a client that reads slowly; then the journal waits.
const AHEAD: usize = 256;
/// How long it is waited for the first line, so that a failure before it is still a problem and not half an answer.
const FIRST: Duration = Duration::from_secs(2);

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogsQuery {
    /// Of this unit, with or without `.service`.
    #[param(value_type = Option<String>)]
    unit: Option<UnitName>,
    /// As urgent as this, or more.
    #[param(inline)]
    priority: Option<Priority>,
    /// Not before.
    since: Option<Timestamp>,
    /// With this text in them, at most 200 bytes; capitals do not matter.
    text: Option<String>,
    /// The last so many lines, 0 to 10,000; default 100.
    #[serde(default = "hundred")]
    tail: usize,
    /// Also what comes, until the client goes.
    #[serde(default)]
    follow: bool,
}

const fn hundred() -> usize {
    100
}

/// Logs of the box
#[utoipa::path(get, path = "/system/logs", tag = "system", params(LogsQuery),
    responses((status = 200, description = "A line a JSON object, oldest first", body = JournalLine, content_type = "application/x-ndjson")))]
pub async fn logs(
    _: AsViewer,
    State(services): State<Services>,
    Params(query): Params<LogsQuery>,
) -> Result<Response, Problem> {
    let filter = JournalFilter {
        unit: query.unit,
        priority: query.priority,
        since: query.since,
        text: query.text,
    };
    let (sender, mut lines) = mpsc::channel(AHEAD);
    let logs = services.logs;
    let mut reading = tokio::spawn(async move { logs.read(&filter, query.tail, query.follow, sender).await });
    let first = tokio::select! {
        biased;
        first = lines.recv() => first,
        () = tokio::time::sleep(FIRST) => None,
    };
    if first.is_none() && lines.is_closed() {
        match (&mut reading).await {
            Ok(done) => done?,
            Err(error) => return Err(Error::internal("reading the journal", error).into()),
        }
    }
    let rest = ReceiverStream::new(lines);
    let text = stream::iter(first)
        .chain(rest)
        .map(|line| Ok::<_, Infallible>(json(&line)));
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((headers, Body::from_stream(text)).into_response())
}

fn json(line: &JournalLine) -> String {
    // Text and numbers always make JSON.
    let mut json = serde_json::to_string(line).unwrap_or_default();
    json.push('\n');
    json
}
