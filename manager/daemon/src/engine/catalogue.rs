//! The catalogue: the recipes that can be installed.

use super::Result;
use hearth_model::{
    facts::Arch,
    name::Slug,
    recipe::{Recipe, manifest::Category},
};
use std::sync::Arc;

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all stand in name, summary, slug or tags.
    pub text: Option<String>,
    /// Shelf.
    pub category: Option<Category>,
    /// Architecture it must be made for.
    pub arch: Option<Arch>,
}

/// The recipes, read and checked at the start.
pub struct Catalogue {}

impl Catalogue {
    /// Recipes that match, by name.
    #[must_use]
    pub fn search(&self, query: &Query) -> Vec<Arc<Recipe>> {
        let _ = query;
        unimplemented!()
    }

    /// One recipe.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, slug: &Slug) -> Result<Arc<Recipe>> {
        let _ = slug;
        unimplemented!()
    }
}
