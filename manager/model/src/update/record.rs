//! What came of an update, found out after the restart.

use super::Slots;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an installation left to be found by the system that comes up next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Installed {
    /// Version that ran when it was installed.
    pub from: String,
    /// Version that was installed.
    pub to: String,
    /// Boot name of the slot that it went into.
    pub slot: String,
    /// When it was installed.
    pub at: Timestamp,
    /// Identifies the boot in which it was installed (the kernel's `boot_id`).
    pub boot_id: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not restarted since.
    WaitsForRestart,
    /// The new system runs.
    Updated,
    /// The box was restarted, and the old system runs again.
    FellBack,
}

/// What came of an installation, as seen from the system that runs now.
#[must_use]
pub fn settle(installed: &Installed, slots: &Slots, boot_id: &str) -> Outcome {
    if installed.boot_id == boot_id {
        return Outcome::WaitsForRestart;
    }
    match slots.booted() {
        Some(slot) if slot.bootname == installed.slot => Outcome::Updated,
        _ => Outcome::FellBack,
    }
}
