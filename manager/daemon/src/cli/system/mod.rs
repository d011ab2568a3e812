//! `hearth system`: the box that Hearth runs on.

mod disks;
mod identity;
mod network;
mod services;
mod ssh;
mod support;
mod update;

use super::{CliError, client::Client, output};
use clap::Subcommand;
use http::Method;
use serde_json::Value;
use std::process::ExitCode;

/// The box that Hearth runs on.
#[derive(Debug, Subcommand)]
pub enum System {
    /// Show what it is called, or give it a name
    Hostname(identity::Hostname),
    /// Show how it keeps time, or set time zone and time servers
    Time(identity::Time),
    /// Its network: show it, change it, and confirm the change within a minute
    #[command(subcommand)]
    Network(network::Network),
    /// Show the disks of the box, and what is on them
    Disks,
    /// Remove all that is on a disk, and add it empty
    Format(disks::Format),
    /// Put Hearth onto another disk, as a new box
    Install(disks::Install),
    /// Disks and shares that were added: show, add, remove
    #[command(subcommand)]
    Mount(disks::Mount),
    /// Show the services of the box
    Services,
    /// Start, stop or restart a service of the box
    Service(services::Service),
    /// Show what the services of the box say
    Logs(services::Logs),
    /// Show who may log in over SSH, or change it
    Ssh(ssh::Ssh),
    /// Make it as it was when it was new: all its data and that of its apps is removed
    FactoryReset(ssh::FactoryReset),
    /// Show how updates stand; look for one, install one, go back
    Update(update::Update),
    /// Make a file for somebody who helps: what there is, what was done, what went wrong; no secrets
    SupportBundle(support::SupportBundle),
    /// Restart it
    Restart,
    /// Turn it off
    Off,
}

impl System {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        let done = match self {
            Self::Update(command) => return command.run(client, json).await,
            Self::Format(command) => return command.run(client, json).await,
            Self::Install(command) => return command.run(client, json).await,
            Self::Disks => disks::list(client, json).await,
            Self::Mount(command) => command.run(client, json).await,
            Self::Hostname(command) => command.run(client, json).await,
            Self::Time(command) => command.run(client, json).await,
            Self::Network(command) => command.run(client, json).await,
            Self::Services => services::list(client, json).await,
            Self::Service(command) => command.run(client, json).await,
            Self::Logs(command) => command.run(client, json).await,
            Self::Ssh(command) => command.run(client, json).await,
            Self::FactoryReset(command) => command.run(client).await,
            Self::SupportBundle(command) => command.run(client, json).await,
            Self::Restart => down(client, "reboot", "It restarts.").await,
            Self::Off => down(client, "shutdown", "It turns off.").await,
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

async fn down(client: &Client, verb: &str, said: &str) -> Result<(), CliError> {
    let path = format!("/api/v1/system/{verb}");
    let _: Value = client.send::<(), _>(Method::POST, &path, None).await?;
    output::text(said)
}

/// Prints JSON as it came, or some of its fields by name.
fn show<const N: usize>(state: &Value, json: bool, fields: [(&'static str, String); N]) -> Result<(), CliError> {
    if json {
        return output::json(state);
    }
    output::fields(fields)?;
    match state["unavailable"].as_str() {
        Some(why) => output::text(why),
        None => Ok(()),
    }
}
