//! `/apps/{app}/logs`: container logs as text, a line a line, as they come.

use super::{
    extract::{Key, Params},
    lines,
};
use crate::{
    port::containers::LogEntry,
    web::{Services, problem::Problem, security::AsViewer},
};
use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

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
    let apps = services.apps;
    lines::answer("text/plain; charset=utf-8", line, |sender| async move {
        apps.logs(&app, query.tail, query.follow, sender).await
    })
    .await
}

fn line(entry: &LogEntry) -> String {
    format!("{} {} {}\n", entry.at, entry.service, entry.text)
}
