//! A recipe: how an app is installed. `compose.yaml` says what runs, `manifest.yaml` says what Compose cannot.
//!
//! Recipes come from anyone: every text is bounded before it is parsed, and a [`Recipe`] is only made of one without faults.

pub mod compose;
mod interpolation;
pub mod lint;
mod load;
pub mod manifest;
pub mod profile;
pub mod question;
pub mod schema;
pub mod search;
mod shape;
#[cfg(test)]
mod tests;
mod yaml;

pub use interpolation::Variable;
pub use lint::LintFinding;
pub use manifest::Manifest;
#[cfg(test)]
pub(crate) use tests::fixture;
pub use yaml::MAX_FILE_BYTES;

/// Name of the file that says what Compose cannot.
pub const MANIFEST_FILE: &str = "manifest.yaml";
/// Name of the file that says what runs.
pub const COMPOSE_FILE: &str = "compose.yaml";
/// Name of the file with the icon.
pub const ICON_FILE: &str = "icon.svg";

/// A recipe as it was read, checked and bounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// What Compose cannot say.
    pub manifest: Manifest,
    /// What `compose.yaml` says, as far as Hearth has to understand it.
    pub compose: compose::Compose,
    /// The text of `compose.yaml`, as written.
    pub compose_text: String,
    /// The icon, SVG.
    pub icon: String,
}
