//! `hearth system services`, `hearth system service` and `hearth system logs`.

use crate::cli::{CliError, client::Client, output};
use clap::{Args, ValueEnum};
use hearth_model::{
    system::{JournalLine, UnitName},
    units::Bytes,
};
use jiff::Timestamp;
use serde_json::Value;
use std::io::Write as _;

/// Prints the services.
pub(super) async fn list(client: &Client, json: bool) -> Result<(), CliError> {
    let list: Value = client.get("/api/v1/system/services").await?;
    if json {
        return output::json(&list);
    }
    if let Some(why) = list["unavailable"].as_str() {
        return output::text(why);
    }
    let items = list["items"].as_array().cloned().unwrap_or_default();
    output::table(
        ["SERVICE", "STATE", "FOR", "MEMORY", "WHAT IT DOES"],
        items.iter().map(row),
    )
}

fn row(service: &Value) -> [String; 5] {
    let text = |field: &str| service[field].as_str().unwrap_or_default().to_owned();
    let told = service["purpose"].as_str().or(service["description"].as_str());
    [
        text("unit"),
        format!("{} ({})", text("state"), text("detail")),
        service["for_secs"]
            .as_u64()
            .map_or("-".to_owned(), |secs| format!("{secs} s")),
        service["memory"]
            .as_u64()
            .map_or("-".to_owned(), |bytes| Bytes(bytes).to_string()),
        told.unwrap_or_default().to_owned(),
    ]
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Verb {
    /// Start it
    Start,
    /// Stop it
    Stop,
    /// Restart it
    Restart,
}

/// Start, stop or restart a service.
#[derive(Debug, Args)]
pub struct Service {
    /// What to do
    verb: Verb,
    /// Its name, such as docker
    unit: UnitName,
}

impl Service {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let verb = match self.verb {
            Verb::Start => "start",
            Verb::Stop => "stop",
            Verb::Restart => "restart",
        };
        let path = format!("/api/v1/system/services/{}/{verb}", self.unit);
        let service: Value = client.post(&path).await?;
        if json {
            return output::json(&service);
        }
        let [unit, state, ..] = row(&service);
        output::text(&format!("{unit}: {state}"))
    }
}

/// Show what the services of the box say.
#[derive(Debug, Args)]
pub struct Logs {
    /// Of this unit, such as docker
    #[arg(long)]
    unit: Option<UnitName>,
    /// As urgent as this, or more: emergency, alert, critical, error, warning, notice, info, debug
    #[arg(long)]
    priority: Option<hearth_model::system::Priority>,
    /// Not before, such as 2026-11-20T12:00:00Z
    #[arg(long)]
    since: Option<Timestamp>,
    /// With this text in them
    #[arg(long)]
    text: Option<String>,
    /// The last so many lines
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    tail: u16,
    /// Also what comes
    #[arg(long, short)]
    follow: bool,
}

impl Logs {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("tail", &self.tail.to_string());
        query.extend_pairs(self.unit.map(|unit| ("unit", unit.to_string())));
        query.extend_pairs(self.priority.map(|priority| ("priority", priority.word())));
        query.extend_pairs(self.since.map(|since| ("since", since.to_string())));
        query.extend_pairs(self.text.map(|text| ("text", text)));
        if self.follow {
            query.append_pair("follow", "true");
        }
        let mut rest = Vec::new();
        let path = format!("/api/v1/system/logs?{}", query.finish());
        client
            .follow(&path, |piece| {
                rest.extend_from_slice(piece);
                while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
                    let line: Vec<u8> = rest.drain(..=end).collect();
                    print(&line, json);
                }
            })
            .await
    }
}

fn print(line: &[u8], json: bool) {
    let mut out = std::io::stdout().lock();
    // A reader that has gone, such as `head`, is no fault.
    let _ = match serde_json::from_slice::<JournalLine>(line) {
        Ok(line) if !json => writeln!(out, "{} {} {}: {}", line.at, line.priority, line.from, line.text),
        Ok(_) | Err(_) => out.write_all(line),
    };
}
