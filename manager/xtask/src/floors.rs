//! The floors check: which module of the daemon may know which, and that the model knows no I/O.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What each top-level module of the daemon may use. `main` and `lib` may use all.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("config", &[]),
    ("port", &[]),
    ("store", &[]),
    ("unverified", &[]),
    ("adapter", &["port", "unverified"]),
    ("engine", &["port", "store"]),
    ("web", &["engine", "port"]),
    ("cli", &["config", "unverified"]),
    ("wire", &["adapter", "cli", "config", "engine", "port", "store", "web"]),
];

/// Crates that do I/O or bring a runtime: the model must do without.
const NOT_IN_MODEL: [&str; 8] = [
    "tokio", "rusqlite", "russh", "bollard", "axum", "hyper", "nix", "reqwest",
];

/// Looks at every source file of the daemon and at the model's manifest.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    let daemon = root.join("manager/daemon/src");
    for file in sources(&daemon)? {
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let inside = file.strip_prefix(&daemon)?;
        faults.extend(climbs(inside, &text));
    }
    let manifest = fs::read_to_string(root.join("manager/model/Cargo.toml")).context("reading the model's manifest")?;
    for name in NOT_IN_MODEL {
        if manifest
            .lines()
            .any(|line| line.starts_with(&format!("{name}.")) || line.starts_with(&format!("{name} ")))
        {
            faults.push(format!("manager/model/Cargo.toml: {name} does I/O, the model is pure"));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        bail!("floors:\n  {}", faults.join("\n  "))
    }
}

fn sources(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The uses in one file that its floor does not allow.
fn climbs(file: &Path, text: &str) -> Vec<String> {
    let floor = file
        .iter()
        .next()
        .and_then(|part| Path::new(part).file_stem())
        .unwrap_or_default()
        .to_string_lossy();
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == floor) else {
        return Vec::new();
    };
    let mut faults: Vec<String> = used_modules(text)
        .into_iter()
        .filter(|(used, _)| *used != floor && MAY_USE.iter().any(|(name, _)| name == used))
        .filter(|(used, _)| !allowed.contains(&used.as_str()))
        .map(|(used, line)| format!("{}:{line}: {floor} must not know {used}", file.display()))
        .collect();
    faults.dedup();
    faults
}

/// Names that follow `crate::`, also inside `crate::{a::…, b}` over several lines, each with its line; comments are passed over.
fn used_modules(text: &str) -> Vec<(String, usize)> {
    let code: String = text
        .lines()
        .map(|line| {
            if line.trim_start().starts_with("//") {
                "\n".into()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(top_level_parts(group).map(|part| (word(part.trim_start()), line)));
        } else {
            found.push((word(rest), line));
        }
    }
    found
}

/// The parts of `a::{b, c}, d}…` up to the brace that closes the group, split at its own commas.
fn top_level_parts(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let end = group
        .char_indices()
        .find(|(_, c)| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth < 0
        })
        .map_or(group.len(), |(at, _)| at);
    let mut inner = 0;
    group[..end].split(move |c| {
        inner += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        inner == 0 && c == ','
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_climbing_arrow_is_found() {
        let faults = climbs(
            Path::new("engine/nodes.rs"),
            "use crate::{port::ids::Ids, adapter::ssh};\n",
        );
        assert_eq!(faults, ["engine/nodes.rs:1: engine must not know adapter"]);
        let spread = "use crate::{\n    port::{ids::Ids, clock},\n    adapter::ssh,\n};\n// crate::cli\n";
        assert_eq!(
            climbs(Path::new("engine/x.rs"), spread),
            ["engine/x.rs:1: engine must not know adapter"]
        );
        assert!(climbs(Path::new("wire.rs"), "use crate::adapter::ssh;").is_empty());
        assert_eq!(
            climbs(Path::new("store/mod.rs"), "    crate::engine::Error::x()").len(),
            1
        );
    }
}
