//! Gathers what the nodes have left and asks the pure placement which suits an app best.

use super::Result;
use hearth_model::{name::Slug, placement::Placement};

/// Answers where an app should run.
pub struct Placer {}

impl Placer {
    /// Every node with its score and reasons, or why it does not fit.
    ///
    /// # Errors
    /// `NotFound` when there is no such recipe.
    pub async fn place(&self, recipe: &Slug) -> Result<Placement> {
        let _ = recipe;
        unimplemented!()
    }
}
