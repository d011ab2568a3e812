//! The appliance as a machine: its starts and its end.

use async_trait::async_trait;
use std::io;

mod fake;
pub use fake::FakeMachine;

/// Why the machine did not do what it was asked for; in the system's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this machine could not {attempt}: {reason}")]
pub struct MachineError {
    /// What was attempted.
    pub attempt: &'static str,
    /// What it said.
    pub reason: String,
}

/// The machine that Hearth itself runs on, as its appliance.
#[async_trait]
pub trait Machine: Send + Sync {
    /// Identifies the time since the machine was started.
    ///
    /// # Errors
    /// When the kernel does not tell.
    fn boot_id(&self) -> io::Result<String>;

    /// What the last start that did not come up healthy has left about itself, if there was one.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn failed_start(&self) -> io::Result<Option<String>>;

    /// Restarts the machine. It goes down within seconds of the answer.
    ///
    /// # Errors
    /// When the system refuses.
    async fn restart(&self) -> Result<(), MachineError>;

    /// Turns the machine off.
    ///
    /// # Errors
    /// When the system refuses.
    async fn power_off(&self) -> Result<(), MachineError>;
}
