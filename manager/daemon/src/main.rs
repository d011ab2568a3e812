//! The `hearth` binary: `hearth serve` is the manager, every other command speaks to one.

use clap::Parser;
use hearth::{
    cli::{Cli, Command},
    wire,
};

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(config) => wire::serve(&config),
    }
}
