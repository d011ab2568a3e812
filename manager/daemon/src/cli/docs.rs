//! `hearth completions` and `hearth man`: what packages ship beside the binary, made from the commands themselves.

use super::{Cli, CliError, error::io};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::path::PathBuf;

/// Print the completion script of a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), CliError> {
        clap_complete::generate(self.shell, &mut Cli::command(), "hearth", &mut std::io::stdout());
        Ok(())
    }
}

/// Write the man pages into a folder.
#[derive(Debug, Args)]
pub struct Man {
    /// Folder; made when there is none
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(self) -> Result<(), CliError> {
        let attempt = format!("writing into {}", self.folder.display());
        std::fs::create_dir_all(&self.folder).map_err(io(attempt.clone()))?;
        clap_mangen::generate_to(Cli::command(), &self.folder).map_err(io(attempt))
    }
}
