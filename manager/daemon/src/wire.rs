//! Builds the real adapters and hands them to the engine: the only place that knows them all.

use crate::config::ServeConfig;

/// Runs the manager until it is told to end.
///
/// # Errors
/// When the data folder, the database or a listening address cannot be used.
pub fn serve(config: &ServeConfig) -> anyhow::Result<()> {
    let _ = config;
    unimplemented!()
}
