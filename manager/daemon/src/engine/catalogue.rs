//! The catalogue: the recipes that can be installed, read from a folder once at the start.
//!
//! A broken recipe is told and listed as broken; it never keeps the others from loading.

use super::{Error, Result};
use hearth_model::{
    name::Slug,
    recipe::{COMPOSE_FILE, ICON_FILE, LintFinding, MANIFEST_FILE, MAX_FILE_BYTES, Recipe},
};
use std::{collections::BTreeMap, fs::File, io::Read, path::Path, sync::Arc};

pub use hearth_model::recipe::search::Query;

/// The folder beside the recipes that holds lists of them.
const PROFILES: &str = "profiles";

/// A recipe that cannot be installed.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Its folder.
    pub folder: String,
    /// What is wrong with it.
    pub findings: Vec<LintFinding>,
    /// Why it could not even be read.
    pub unreadable: Option<String>,
}

/// The recipes, read and checked at the start.
#[derive(Debug, Default)]
pub struct Catalogue {
    recipes: BTreeMap<Slug, Arc<Recipe>>,
    broken: Vec<Broken>,
}

impl Catalogue {
    /// Reads every folder in `dir` that has a manifest.
    ///
    /// # Errors
    /// When `dir` itself cannot be read; what is wrong with a recipe is in [`Self::broken`].
    pub fn load(dir: &Path) -> std::io::Result<Self> {
        let mut folders = std::fs::read_dir(dir)?.collect::<std::io::Result<Vec<_>>>()?;
        folders.sort_by_key(std::fs::DirEntry::file_name);
        let mut catalogue = Self::default();
        for folder in folders {
            let (path, name) = (folder.path(), folder.file_name().to_string_lossy().into_owned());
            if name == PROFILES || !path.join(MANIFEST_FILE).is_file() {
                continue;
            }
            catalogue.add(read(&path, name));
        }
        Ok(catalogue)
    }

    /// A catalogue of these recipes.
    #[must_use]
    pub fn of(recipes: impl IntoIterator<Item = Recipe>) -> Self {
        let mut catalogue = Self::default();
        for recipe in recipes {
            catalogue.add(Ok(recipe));
        }
        catalogue
    }

    fn add(&mut self, read: Result<Recipe, Broken>) {
        match read {
            Ok(recipe) => {
                let slug = recipe.manifest.slug.clone();
                self.recipes.insert(slug, Arc::new(recipe));
            }
            Err(broken) => {
                tracing::warn!(recipe = broken.folder, findings = ?broken.findings, unreadable = broken.unreadable, "a recipe is broken");
                self.broken.push(broken);
            }
        }
    }

    /// Recipes that match, by name.
    #[must_use]
    pub fn search(&self, query: &Query) -> Vec<Arc<Recipe>> {
        let found = self.recipes.values().filter(|recipe| query.matches(&recipe.manifest));
        let mut found: Vec<_> = found.cloned().collect();
        found.sort_by_cached_key(|recipe| recipe.manifest.name.to_lowercase());
        found
    }

    /// One recipe.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, slug: &Slug) -> Result<Arc<Recipe>> {
        let found = self.recipes.get(slug).cloned();
        found.ok_or_else(|| Error::not_found("recipe", slug))
    }

    /// Recipes that cannot be installed, and why.
    #[must_use]
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }
}

fn read(path: &Path, folder: String) -> Result<Recipe, Broken> {
    let texts = [MANIFEST_FILE, COMPOSE_FILE, ICON_FILE].map(|name| bounded(&path.join(name)));
    let [Ok(manifest), Ok(compose), Ok(icon)] = &texts else {
        let why = texts
            .into_iter()
            .filter_map(|text| text.err().map(|error| error.to_string()));
        return Err(Broken {
            folder,
            findings: Vec::new(),
            unreadable: Some(why.collect::<Vec<_>>().join("; ")),
        });
    };
    Recipe::parse_in(Some(&folder), manifest, compose, icon).map_err(|findings| Broken {
        folder,
        findings,
        unreadable: None,
    })
}

/// A text of bounded size; one byte more than is allowed is read, so that the parser sees that it is too long.
fn bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(named)?;
    file.take(MAX_FILE_BYTES as u64 + 1)
        .read_to_string(&mut text)
        .map_err(named)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipes() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes")
    }

    #[test]
    fn every_recipe_that_is_shipped_loads() {
        let catalogue = Catalogue::load(&recipes()).unwrap();
        assert_eq!(catalogue.broken(), []);
        assert!(catalogue.search(&Query::default()).len() >= 15);
        let slug: Slug = "miniflux".parse().unwrap();
        assert_eq!(catalogue.get(&slug).unwrap().manifest.slug, slug);
        assert!(catalogue.get(&"nothing".parse().unwrap()).is_err());
    }

    #[test]
    fn a_broken_recipe_does_not_keep_others_away() {
        let dir = tempfile::tempdir().unwrap();
        for (name, manifest) in [
            ("miniflux", None),
            ("broken", Some("schema: [")),
            ("half", Some("schema: 1")),
        ] {
            let folder = dir.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            for file in [MANIFEST_FILE, COMPOSE_FILE, ICON_FILE] {
                std::fs::copy(recipes().join("miniflux").join(file), folder.join(file)).unwrap();
            }
            if let Some(manifest) = manifest {
                std::fs::write(folder.join(MANIFEST_FILE), manifest).unwrap();
            }
        }
        std::fs::remove_file(dir.path().join("half").join(ICON_FILE)).unwrap();
        let catalogue = Catalogue::load(dir.path()).unwrap();
        assert_eq!(catalogue.search(&Query::default()).len(), 1);
        let folders: Vec<_> = catalogue.broken().iter().map(|broken| broken.folder.as_str()).collect();
        assert_eq!(folders, ["broken", "half"]);
        assert!(catalogue.broken()[1].unreadable.is_some());
    }
}
