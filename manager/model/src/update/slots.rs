//! The two slots, as RAUC and the boot loader see them.

use crate::units::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a slot has the running system in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Boot {
    /// This one runs.
    Booted,
    /// The other one.
    Inactive,
}

/// What the boot loader thinks of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It came up healthy the last time.
    Good,
    /// It did not, or has not been tried yet.
    Bad,
    /// The boot loader does not say.
    Unknown,
}

/// One slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    /// RAUC's name, such as `rootfs.0`.
    pub name: String,
    /// The boot loader's name: `A` or `B`.
    pub bootname: String,
    /// Whether it runs.
    pub boot: Boot,
    /// Whether it is good.
    pub health: Health,
    /// What was installed into it by an update; none for what was there when the disk was written.
    pub version: Option<String>,
    /// When.
    pub installed_at: Option<Timestamp>,
}

/// Both slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slots {
    /// What bundles must be made for, such as `hearth-x86_64`.
    pub compatible: String,
    /// The slots, by name.
    pub slots: Vec<Slot>,
    /// Boot name of the slot that the boot loader will take next; none where it does not say.
    pub next: Option<String>,
}

impl Slots {
    /// The slot that runs.
    #[must_use]
    pub fn booted(&self) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.boot == Boot::Booted)
    }

    /// The other one.
    #[must_use]
    pub fn other(&self) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.boot == Boot::Inactive)
    }
}

/// What a bundle says of itself, its signature checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleInfo {
    /// What it is made for.
    pub compatible: String,
    /// Its version.
    pub version: String,
    /// A line about it.
    pub description: String,
    /// Size of the file.
    pub size: Bytes,
}
