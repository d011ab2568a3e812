//! The check of the guides: a path of this repository that stands in them leads somewhere.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the guides name paths from.
const BASES: [&str; 4] = ["", "manager", "manager/daemon/src", "manager/model/src"];
/// What the guides call the model's modules by.
const MODEL: &str = "model/";

/// Looks at every path in backticks in `docs/` and the guides beside it.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    for file in guides(root)? {
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let shown = file.strip_prefix(root).unwrap_or(&file).display();
        for (number, line) in text.lines().enumerate() {
            let missing = in_backticks(line).filter(|path| is_ours(root, path) && !leads_somewhere(root, path));
            faults.extend(missing.map(|path| format!("{shown}:{}: {path} is not there", number + 1)));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        bail!("paths in the guides:\n  {}", faults.join("\n  "))
    }
}

fn guides(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md"].map(|name| root.join(name)).into();
    let mut open = vec![root.join("docs")];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found.retain(|path| path.exists());
    found.sort();
    Ok(found)
}

/// What stands in backticks in a line.
fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether a text is a path whose first folder is one of ours, so that it can be wrong.
fn is_ours(root: &Path, text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/<>".contains(c);
    match text.split_once('/') {
        Some((first, _)) if !first.is_empty() && text.chars().all(plain) => {
            text.starts_with(MODEL) || BASES.iter().any(|base| root.join(base).join(first).is_dir())
        }
        _ => false,
    }
}

/// Whether a path is there, from where the guides name it; of one with a `<name>` in it, what stands before that.
fn leads_somewhere(root: &Path, text: &str) -> bool {
    let sure = match text.find(['<', 'N']) {
        Some(at) if text[at..].starts_with(['<']) || text[at..].starts_with("NNNN") => {
            &text[..text[..at].rfind('/').map_or(0, |slash| slash + 1)]
        }
        _ => text,
    };
    let of_model = sure
        .strip_prefix(MODEL)
        .map(|rest| root.join("manager/model/src").join(rest));
    let named = BASES.iter().map(|base| root.join(base).join(sure)).chain(of_model);
    let mut places = named.flat_map(|path| [path.with_extension("rs"), path]);
    places.any(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_there_is_found_and_other_texts_are_not_taken_for_one() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for there in [
            "manager/xtask/src/lint.rs",
            "engine/jobs",
            "model/placement",
            "recipes/<slug>/",
            "store/migrations/NNNN_<what>.sql",
        ] {
            assert!(is_ours(&root, there) && leads_somewhere(&root, there), "{there}");
        }
        assert!(is_ours(&root, "engine/no_such_thing.rs") && !leads_somewhere(&root, "engine/no_such_thing.rs"));
        for text in ["/api/v1/nodes", "Europe/Zurich", "192.168.1.0/24", "GET /ws", "a b/c"] {
            assert!(!is_ours(&root, text), "{text}");
        }
        let found: Vec<&str> = in_backticks("see `a/b` and `c/d`, not e/f").collect();
        assert_eq!(found, ["a/b", "c/d"]);
    }
}
