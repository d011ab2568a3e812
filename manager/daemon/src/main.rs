//! The `hearth` binary: `hearth serve` is the manager, `hearth migrate` readies its database, every other command speaks to one.

use clap::Parser;
use hearth::{
    cli::{self, Cli, Command},
    wire,
};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    match &cli.command {
        Command::Serve(config) => wire::serve(config).map(|()| ExitCode::SUCCESS),
        Command::Migrate(config) => wire::migrate(config).map(|()| ExitCode::SUCCESS),
        _ => Ok(cli::run(cli)),
    }
}
