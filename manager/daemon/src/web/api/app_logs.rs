//! `/apps/{app}/logs`: container logs as text, a line a line, as they come.

use super::extract::{Key, Params};
use crate::{
    port::containers::LogEntry,
    web::{Services, problem::Problem, security::AsViewer},
};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

/// How many lines wait for a client that reads slowly; then the engine waits.
const AHEAD: usize = 256;
/// How long it is waited for the first line, so that a failure before it is still a problem and not half an answer.
const FIRST: Duration = Duration::from_secs(2);

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// The last so many lines of each container, 0 to 10,000; default 100.
    #[serde(default = "hundred")]
    tail: u32,
    /// Also what comes, until the client goes.
    #[serde(default)]
    follow: bool,
}

const fn hundred() -> u32 {
    100
}

/// Container logs
#[utoipa::path(get, path = "/apps/{app}/logs", tag = "apps",
    params(("app" = String, Path, description = "Id or slug"), LogQuery),
    responses((status = 200, description = "`<time> <service> <line>`", body = String, content_type = "text/plain")))]
pub async fn logs(
    _: AsViewer,
    State(services): State<Services>,
    Key(app): Key,
    Params(query): Params<LogQuery>,
) -> Result<Response, Problem> {
    if query.tail > 10_000 {
        return Err(Problem::field("/tail", "must be 0 to 10000"));
    }
    services.apps.get(&app).await?;
    let (sender, mut lines) = mpsc::channel(AHEAD);
    let apps = services.apps;
    let mut reading = tokio::spawn(async move { apps.logs(&app, query.tail, query.follow, sender).await });
    let first = tokio::select! {
        biased;
        first = lines.recv() => first,
        () = tokio::time::sleep(FIRST) => None,
    };
    if first.is_none() && lines.is_closed() {
        match (&mut reading).await {
            Ok(done) => done?,
            Err(error) => return Err(crate::engine::Error::internal("reading logs", error).into()),
        }
    }
    let rest = ReceiverStream::new(lines);
    let text = stream::iter(first)
        .chain(rest)
        .map(|entry| Ok::<_, Infallible>(line(&entry)));
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((headers, Body::from_stream(text)).into_response())
}

fn line(entry: &LogEntry) -> String {
    format!("{} {} {}\n", entry.at, entry.service, entry.text)
}
