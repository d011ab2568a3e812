//! Developer tasks: `cargo xtask lint`, `cargo xtask floors`.

use clap::Parser;

mod doc_paths;
mod floors;
mod lint;

/// Developer tasks of Hearth.
#[derive(Parser)]
enum Task {
    /// Every static check: the same here and in CI
    Lint,
    /// Fail on a module that reaches up, or an adapter that reaches sideways
    Floors,
}

fn main() -> anyhow::Result<()> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    match Task::parse() {
        Task::Lint => lint::run(&root),
        Task::Floors => floors::run(&root),
    }
}
