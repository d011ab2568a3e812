//! What one looks for in the catalogue.

use super::manifest::{Category, Manifest};
use crate::facts::Arch;

/// What to look for; nothing given finds everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all stand in name, summary, slug, category or tags, or begin a word there.
    pub text: Option<String>,
    /// Shelf.
    pub category: Option<Category>,
    /// Architecture it must be made for.
    pub arch: Option<Arch>,
}

impl Query {
    /// Whether a recipe is what one looks for. Upper and lower case are the same.
    #[must_use]
    pub fn matches(&self, manifest: &Manifest) -> bool {
        self.category.is_none_or(|category| category == manifest.category)
            && self.arch.is_none_or(|arch| manifest.architectures.contains(&arch))
            && self.text.as_deref().is_none_or(|text| says(manifest, text))
    }
}

fn says(manifest: &Manifest, text: &str) -> bool {
    let mut all = format!("{} {} {}", manifest.name, manifest.slug, manifest.summary).to_lowercase();
    all.push(' ');
    all.push_str(manifest.category.word());
    for tag in &manifest.tags {
        all.push(' ');
        all.push_str(&tag.to_lowercase());
    }
    // A query is typed by a person: what is longer than any name says nothing more.
    text.split_whitespace()
        .take(16)
        .all(|word| all.contains(&word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::fixture;

    fn finds(text: &str) -> bool {
        let query = Query {
            text: Some(text.to_owned()),
            ..Query::default()
        };
        query.matches(&fixture("miniflux").manifest)
    }

    #[test]
    fn every_word_must_be_there() {
        for text in ["", "miniflux", "MINI", "feed reader", "rss minimalist", "reading"] {
            assert!(finds(text), "{text}");
        }
        assert!(!finds("miniflux photos"));
    }

    #[test]
    fn shelf_and_architecture() {
        let manifest = fixture("miniflux").manifest;
        let query = |category, arch| Query {
            text: None,
            category,
            arch,
        };
        assert!(query(Some(Category::Reading), Some(Arch::Arm64)).matches(&manifest));
        assert!(!query(Some(Category::Media), None).matches(&manifest));
        assert!(!query(None, Some(Arch::Arm)).matches(&manifest));
    }
}
