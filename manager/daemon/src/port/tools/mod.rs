//! Tools that Hearth brings to nodes that lack them, such as Compose v2.

use async_trait::async_trait;
use hearth_model::facts::Arch;

mod fake;
pub use fake::FakeTools;

/// A program that can be brought to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// File name on the node, such as `docker-compose`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the program, hexadecimal.
    pub sha256: String,
    /// The program.
    pub program: Vec<u8>,
}

/// Why a tool is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Not carried for this architecture.
    #[error("this control node carries no {name} for {arch}; put it into its tools folder, or install it on the node")]
    Missing {
        /// Tool.
        name: String,
        /// Architecture.
        arch: String,
    },
    /// Could not be read.
    #[error("tool {name} cannot be read from {path}")]
    Read {
        /// Tool.
        name: String,
        /// File.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
}

/// The tools that this control node carries.
#[async_trait]
pub trait Tools: Send + Sync {
    /// The tool for an architecture.
    ///
    /// # Errors
    /// See [`ToolError`].
    async fn get(&self, name: &str, arch: Arch) -> Result<Tool, ToolError>;
}
