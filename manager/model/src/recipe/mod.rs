//! A recipe: how an app is installed. `compose.yaml` says what runs, `manifest.yaml` says what Compose cannot.

pub mod manifest;

pub use manifest::Manifest;

/// A recipe as it was read, checked and bounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// What Compose cannot say.
    pub manifest: Manifest,
    /// The text of `compose.yaml`, as written.
    pub compose_text: String,
    /// The icon, SVG.
    pub icon: String,
}
