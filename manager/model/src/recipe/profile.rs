//! A profile: recipes that belong together, in `recipes/profiles/<slug>.yaml`.

use super::{lint::LintFinding, yaml};
use crate::name::Slug;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Recipes that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name of the profile; the name of its file.
    pub slug: Slug,
    /// Name for people.
    pub name: String,
    /// One line.
    pub summary: String,
    /// Its recipes, in the order in which they are best installed.
    pub recipes: Vec<Slug>,
}

impl Profile {
    /// Reads a profile. `file` is its name for messages, such as `media.yaml`; `known` are the recipes that there are.
    ///
    /// # Errors
    /// Every fault, with file and line.
    pub fn parse(file: &str, text: &str, known: &BTreeSet<Slug>) -> Result<Self, Vec<LintFinding>> {
        let tree = yaml::tree(file, text).map_err(|fault| vec![fault])?;
        let profile: Self = yaml::typed(file, text).map_err(|fault| vec![fault])?;
        let mut faults = Vec::new();
        let mut fault = |field: String, message: String| {
            faults.push(LintFinding::new(file, tree.at(&field).line, &field, message));
        };
        if file.rsplit('/').next() != Some(&format!("{}.yaml", profile.slug)) {
            fault(
                "slug".to_owned(),
                format!("is {}, but the file is called {file}", profile.slug),
            );
        }
        if profile.recipes.is_empty() {
            fault("recipes".to_owned(), "lists no recipe".to_owned());
        }
        for (index, recipe) in profile.recipes.iter().enumerate() {
            let field = format!("recipes[{index}]");
            if !known.contains(recipe) {
                fault(field, format!("there is no recipe {recipe}"));
            } else if profile.recipes[..index].contains(recipe) {
                fault(field, format!("lists {recipe} twice"));
            }
        }
        if faults.is_empty() { Ok(profile) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_and_its_faults() {
        let known = BTreeSet::from([Slug::nearest("jellyfin", "x")]);
        let text = "slug: media\nname: Media\nsummary: Films.\nrecipes:\n  - jellyfin\n";
        let profile = Profile::parse("media.yaml", text, &known).expect("a good profile");
        assert_eq!(profile.recipes.len(), 1);
        let text = "slug: media\nname: Media\nsummary: Films.\nrecipes:\n  - jellyfin\n  - jellyfn\n  - jellyfin\n";
        let faults = Profile::parse("films.yaml", text, &known).expect_err("three faults");
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "films.yaml:1: slug: is media, but the file is called films.yaml",
                "films.yaml:6: recipes[1]: there is no recipe jellyfn",
                "films.yaml:7: recipes[2]: lists jellyfin twice",
            ]
        );
        let unknown = Profile::parse("media.yaml", "slug: media\nfoo: 1\n", &known).expect_err("unknown field");
        assert_eq!(unknown[0].line, 2, "{}", unknown[0]);
    }
}
