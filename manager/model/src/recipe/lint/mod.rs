//! Tells every fault of a recipe with its file, line and field.
//!
//! Recipes come from anyone. What this lets pass can be rendered and deployed without surprise: nothing runs
//! privileged, binds folders of the host or carries a password unless the manifest says so for all to see.

mod agreement;
mod compose;
mod icon;
mod manifest;

use super::{
    Manifest,
    compose::Compose,
    yaml::{self, Node},
};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Most findings that are told of one recipe.
const MAX_FINDINGS: usize = 200;

/// A fault of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct LintFinding {
    /// File: `manifest.yaml`, `compose.yaml` or `icon.svg`.
    pub file: String,
    /// Line, from 1; 0 where it cannot be told.
    pub line: u32,
    /// Field, such as `questions[0].default`; empty for the file as a whole.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl LintFinding {
    pub(super) fn new(file: &str, line: u32, field: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for LintFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

/// The faults of one file.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    file: &'static str,
    found: Vec<LintFinding>,
}

impl Findings {
    pub(super) const fn new(file: &'static str) -> Self {
        Self {
            file,
            found: Vec::new(),
        }
    }

    /// None yet, of the same file.
    pub(super) const fn empty(&self) -> Self {
        Self::new(self.file)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn add(&mut self, line: u32, field: &str, message: impl Into<String>) {
        if self.found.len() < MAX_FINDINGS {
            self.found.push(LintFinding::new(self.file, line, field, message));
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        for finding in other.found {
            self.add(finding.line, &finding.field, finding.message);
        }
    }

    pub(super) fn into_vec(self) -> Vec<LintFinding> {
        self.found
    }
}

/// A recipe's files as they are to be checked.
pub(super) struct Subject<'a> {
    /// Name of its folder, when it lies in one.
    pub(super) folder: Option<&'a str>,
    /// The manifest and where its values stand.
    pub(super) manifest: &'a Manifest,
    pub(super) manifest_tree: &'a Node,
    /// The Compose file and where its values stand.
    pub(super) compose: &'a Compose,
    pub(super) compose_tree: &'a Node,
}

/// Every fault that shape and types do not tell.
pub(super) fn check(subject: &Subject<'_>) -> Vec<LintFinding> {
    let mut in_manifest = Findings::new(super::MANIFEST_FILE);
    manifest::check(subject, &mut in_manifest);
    agreement::check(subject, &mut in_manifest);
    let mut in_compose = Findings::new(super::COMPOSE_FILE);
    compose::check(subject, &mut in_compose);
    in_manifest
        .into_vec()
        .into_iter()
        .chain(in_compose.into_vec())
        .collect()
}

/// Every fault of an icon.
pub(super) fn check_icon(text: &str) -> Vec<LintFinding> {
    if let Err(fault) = yaml::check_size(super::ICON_FILE, text) {
        return vec![fault];
    }
    let mut findings = Findings::new(super::ICON_FILE);
    icon::check(text, &mut findings);
    findings.into_vec()
}
