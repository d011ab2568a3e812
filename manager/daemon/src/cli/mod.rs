//! The command line: a file a command, each speaking the HTTP contract. `hearth serve` alone runs the manager itself.

use crate::config::ServeConfig;
use clap::{Parser, Subcommand};

/// The control node of a homelab
#[derive(Debug, Parser)]
#[command(name = "hearth", version, propagate_version = true)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What `hearth` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the manager
    Serve(ServeConfig),
}
