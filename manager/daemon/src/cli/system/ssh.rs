//! `hearth system ssh` and `hearth system factory-reset`.

use super::{identity::Switch, show};
use crate::cli::{CliError, client::Client, error::io, output};
use clap::Args;
use hearth_model::system::SshKey;
use http::Method;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Show who may log in to the box over SSH, or change it.
#[derive(Debug, Args)]
pub struct Ssh {
    /// Switch it on or off
    switch: Option<Switch>,
    /// Files with the public keys that it takes, in place of those that it took
    #[arg(long = "keys", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Ssh {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let path = "/api/v1/system/ssh";
        let mut change = serde_json::Map::new();
        if let Some(switch) = self.switch {
            change.insert("on".to_owned(), json!(switch == Switch::On));
        }
        let mut keys: Vec<SshKey> = Vec::new();
        for file in &self.files {
            let text = std::fs::read_to_string(file).map_err(io(format!("reading {}", file.display())))?;
            for line in text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
            {
                let key = line.parse();
                keys.push(key.map_err(|error| CliError::Usage(format!("{}: {line:.20}… {error}", file.display())))?);
            }
        }
        if !self.files.is_empty() {
            change.insert("keys".to_owned(), json!(keys));
        }
        let state: Value = if change.is_empty() {
            client.get(path).await?
        } else {
            client.send(Method::POST, path, Some(&change)).await?
        };
        let keys = state["keys"].as_array().cloned().unwrap_or_default();
        let keys: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
        let on = if state["on"] == true { "on" } else { "off" };
        show(&state, json, [("ssh", on.to_owned()), ("keys", keys.join("\n      "))])
    }
}

/// Make the box as it was when it was new: all its data and that of the apps on it is removed.
#[derive(Debug, Args)]
pub struct FactoryReset {
    /// Name of the box, to confirm
    #[arg(long, value_name = "NAME")]
    confirm: String,
}

impl FactoryReset {
    pub(super) async fn run(self, client: &Client) -> Result<(), CliError> {
        let body = json!({"confirm": self.confirm});
        let path = "/api/v1/system/factory-reset";
        let _: Value = client.send(Method::POST, path, Some(&body)).await?;
        output::text("It restarts, and removes everything.")
    }
}
