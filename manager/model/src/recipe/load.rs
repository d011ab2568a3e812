//! Makes a [`Recipe`] of its files, or tells every fault in them.

use super::{
    COMPOSE_FILE, MANIFEST_FILE, Manifest, Recipe,
    compose::Compose,
    lint::{self, Findings, LintFinding, Subject},
    schema, shape, yaml,
};
use crate::recipe::yaml::Node;

impl Recipe {
    /// Reads a recipe from the texts of its files.
    ///
    /// # Errors
    /// Every fault, with file, line and field.
    pub fn parse(manifest: &str, compose: &str, icon: &str) -> Result<Self, Vec<LintFinding>> {
        Self::parse_in(None, manifest, compose, icon)
    }

    /// The same for a recipe that lies in a folder, which must be called like it.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_in(folder: Option<&str>, manifest: &str, compose: &str, icon: &str) -> Result<Self, Vec<LintFinding>> {
        let mut findings = Vec::new();
        let manifest = read_manifest(manifest).map_err(|found| findings.extend(found));
        let composed = yaml::tree(COMPOSE_FILE, compose).map_err(|found| findings.push(found));
        if let (Ok((manifest, manifest_tree)), Ok(compose_tree)) = (manifest, composed) {
            let parsed = Compose::read(&compose_tree);
            findings.extend(lint::check(&Subject {
                folder,
                manifest: &manifest,
                manifest_tree: &manifest_tree,
                compose: &parsed,
                compose_tree: &compose_tree,
            }));
            findings.extend(lint::check_icon(icon));
            if findings.is_empty() {
                return Ok(Self {
                    manifest,
                    compose: parsed,
                    compose_text: compose.to_owned(),
                    icon: icon.to_owned(),
                });
            }
        } else {
            findings.extend(lint::check_icon(icon));
        }
        Err(findings)
    }
}

fn read_manifest(text: &str) -> Result<(Manifest, Node), Vec<LintFinding>> {
    let tree = yaml::tree(MANIFEST_FILE, text).map_err(|found| vec![found])?;
    let mut findings = Findings::new(MANIFEST_FILE);
    shape::check(&schema::manifest_schema(), &tree, &mut findings);
    if !findings.is_empty() {
        return Err(findings.into_vec());
    }
    let manifest = yaml::typed(MANIFEST_FILE, text).map_err(|found| vec![found])?;
    Ok((manifest, tree))
}
