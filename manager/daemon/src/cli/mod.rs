//! The command line: a file a command, each speaking the HTTP contract. Only `serve` runs the manager itself.

use std::process::ExitCode;

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
