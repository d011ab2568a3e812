//! The command line: a file a command, each speaking the HTTP contract. `hearth serve` and
//! `hearth migrate` alone are the manager itself.
//!
//! Exit status: 0 done; 1 the manager refused, or a job did not succeed; 2 wrong usage; 3 the manager is not to be reached.

use crate::config::{MigrateConfig, ServeConfig};
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

mod app;
mod client;
mod docs;
mod error;
mod group;
mod incident;
mod job;
mod login;
mod node;
mod output;
mod profile;
mod recipe;
mod status;
mod system;
mod token;
mod watch;

use client::Client;
use error::CliError;

/// The control node of a homelab
///
/// `hearth serve` runs the manager; every other command speaks to one over HTTPS. Log in once with `hearth login`.
#[derive(Debug, Parser)]
#[command(name = "hearth", version, propagate_version = true)]
pub struct Cli {
    /// Which manager, and how to print
    #[command(flatten)]
    pub global: Global,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Address of the manager; default: the one of the last login
    #[arg(long, global = true, env = "HEARTH_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// API token; default: the one of the last login
    #[arg(
        long,
        global = true,
        env = "HEARTH_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,
    /// Certificate authority of the manager, PEM; default: the one of the last login
    #[arg(long, global = true, env = "HEARTH_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Print JSON, as the API answers it
    #[arg(long, global = true)]
    pub json: bool,
}

/// What `hearth` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the manager
    Serve(ServeConfig),
    /// Bring the database to this version, or take up its copy when a newer Hearth has been here; the manager must not run
    Migrate(MigrateConfig),
    /// Log in to a manager and remember it
    Login(login::Login),
    /// The homelab as one machine
    Status,
    /// Machines under management
    #[command(subcommand)]
    Node(node::Node),
    /// Groups of nodes
    #[command(subcommand)]
    Group(group::Group),
    /// Installed apps
    #[command(subcommand)]
    App(app::App),
    /// What can be installed
    #[command(subcommand)]
    Recipe(recipe::Recipe),
    /// Long pieces of work
    #[command(subcommand)]
    Job(job::Job),
    /// What went wrong, and what was done
    #[command(subcommand)]
    Incident(incident::Incident),
    /// The box that Hearth runs on
    #[command(subcommand)]
    System(system::System),
    /// API tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Who did what, newest first
    Audit(status::Audit),
    /// Print the completion script of a shell
    Completions(docs::Completions),
    /// Write the man pages into a folder
    Man(docs::Man),
}

/// Runs a command that speaks to a manager (all but `serve` and `migrate`), and says how it went.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hearth: {}", error.full());
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, CliError> {
    let global = cli.global;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::Io {
            attempt: "starting".to_owned(),
            source,
        })?;
    runtime.block_on(async {
        let done = |()| ExitCode::SUCCESS;
        match cli.command {
            Command::Serve(_) | Command::Migrate(_) => {
                Err(CliError::Usage("this is run by the binary itself".to_owned()))
            }
            Command::Login(command) => command.run(&global).await.map(done),
            Command::Completions(command) => command.run().map(done),
            Command::Man(command) => command.run().map(done),
            Command::Recipe(command) if command.is_local() => command.run_local(),
            Command::Recipe(command) => command.run(&Client::from(&global)?, global.json).await.map(done),
            Command::Status => status::run(&Client::from(&global)?, global.json).await.map(done),
            Command::Audit(command) => command.run(&Client::from(&global)?, global.json).await.map(done),
            Command::Incident(command) => command.run(&Client::from(&global)?, global.json).await.map(done),
            Command::Group(command) => command.run(&Client::from(&global)?, global.json).await,
            Command::System(command) => command.run(&Client::from(&global)?, global.json).await,
            Command::Token(command) => command.run(&Client::from(&global)?, global.json).await.map(done),
            Command::Node(command) => command.run(&Client::from(&global)?, global.json).await,
            Command::App(command) => command.run(&Client::from(&global)?, global.json).await,
            Command::Job(command) => command.run(&Client::from(&global)?, global.json).await,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn no_command_contradicts_itself() {
        Cli::command().debug_assert();
    }
}
