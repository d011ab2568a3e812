//! `hearth system hostname` and `hearth system time`.

use super::show;
use crate::cli::{CliError, client::Client};
use clap::{Args, ValueEnum};
use hearth_model::{name::Slug, system::TimeServer};
use http::Method;
use serde_json::{Value, json};

/// Show what the box is called, or give it a name.
#[derive(Debug, Args)]
pub struct Hostname {
    /// The new name: letters, digits and hyphens
    name: Option<Slug>,
}

impl Hostname {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let path = "/api/v1/system/hostname";
        let state: Value = match self.name {
            Some(name) => client.send(Method::POST, path, Some(&json!({ "name": name }))).await?,
            None => client.get(path).await?,
        };
        let text = |field: &str| state[field].as_str().unwrap_or("-").to_owned();
        show(&state, json, [("name", text("name")), ("address", text("address"))])
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// On
    On,
    /// Off
    Off,
}

/// Show how the box keeps time, or set time zone and time servers.
#[derive(Debug, Args)]
pub struct Time {
    /// Time zone, such as Europe/Zurich
    #[arg(long)]
    zone: Option<String>,
    /// Whether the clock is set from the network
    #[arg(long)]
    sync: Option<Switch>,
    /// A time server; may be given several times
    #[arg(long = "time-server", value_name = "NAME")]
    servers: Vec<TimeServer>,
    /// Name no time servers: those of the network are taken, or else public ones
    #[arg(long, conflicts_with = "servers")]
    default_servers: bool,
}

impl Time {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let path = "/api/v1/system/time";
        let mut change = serde_json::Map::new();
        if let Some(zone) = self.zone {
            change.insert("time_zone".to_owned(), json!(zone));
        }
        if let Some(sync) = self.sync {
            change.insert("sync".to_owned(), json!(sync == Switch::On));
        }
        if self.default_servers || !self.servers.is_empty() {
            change.insert("servers".to_owned(), json!(self.servers));
        }
        let state: Value = if change.is_empty() {
            client.get(path).await?
        } else {
            client.send(Method::POST, path, Some(&change)).await?
        };
        let text = |field: &Value| field.as_str().unwrap_or("-").to_owned();
        let yes = |field: &Value| match field.as_bool() {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "-".to_owned(),
        };
        let servers = state["sync"]["servers"].as_array().cloned().unwrap_or_default();
        let servers: Vec<&str> = servers.iter().filter_map(Value::as_str).collect();
        let fields = [
            ("now", text(&state["now"])),
            ("time zone", text(&state["time_zone"])),
            ("from the network", yes(&state["sync"]["on"])),
            ("synchronised", yes(&state["synchronized"])),
            ("time servers", servers.join(" ")),
        ];
        show(&state, json, fields)
    }
}
