//! `/system/logs`: the journal of the box, a JSON object a line, as they come.

use super::{extract::Params, lines};
use crate::web::{Services, problem::Problem, security::AsViewer};
use axum::{extract::State, response::Response};
use hearth_model::system::{JournalFilter, JournalLine, Priority, UnitName};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

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
    let logs = services.logs;
    lines::answer("application/x-ndjson", json, |sender| async move {
        logs.read(&filter, query.tail, query.follow, sender).await
    })
    .await
}

fn json(line: &JournalLine) -> String {
    // Text and numbers always make JSON.
    let mut json = serde_json::to_string(line).unwrap_or_default();
    json.push('\n');
    json
}
