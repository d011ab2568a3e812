//! The homelab as one machine.

use super::Result;
use hearth_model::{resources::Resources, stats::Sample};

/// Something that wants a person's attention, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What is the matter.
    pub text: String,
    /// What the button says.
    pub action: String,
    /// Where it leads.
    pub href: String,
}

/// Adds the nodes up.
pub struct Homelab {}

impl Homelab {
    /// All nodes that are online, added up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resources(&self) -> Result<Resources> {
        unimplemented!()
    }

    /// The sum of the nodes over the last `range_secs`, at most 300 points, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn history(&self, range_secs: i64) -> Result<Vec<Sample>> {
        let _ = range_secs;
        unimplemented!()
    }

    /// What wants attention, most urgent first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn needs(&self) -> Result<Vec<Need>> {
        unimplemented!()
    }
}
