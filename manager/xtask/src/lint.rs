//! Every static check, one after the other, all of them even when one fails.

use crate::{doc_paths, floors};
use anyhow::{Result, bail};
use std::{path::Path, process::Command};

/// Runs them all.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut failed = Vec::new();
    let mut check = |name: &str, passed: bool| {
        println!("{} {name}", if passed { "ok    " } else { "FAILED" });
        if !passed {
            failed.push(name.to_owned());
        }
    };
    check("format", cargo(root, &["fmt", "--all", "--check"], &[]));
    check(
        "clippy",
        cargo(
            root,
            &[
                "clippy",
                "--quiet",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ],
            &[],
        ),
    );
    check(
        "docs",
        cargo(
            root,
            &["doc", "--quiet", "--workspace", "--no-deps"],
            &[("RUSTDOCFLAGS", "-D warnings")],
        ),
    );
    check(
        "dependencies allowed",
        cargo(
            root,
            &["deny", "--log-level", "error", "check", "bans", "licenses", "sources"],
            &[],
        ),
    );
    // As a program of its own: under `cargo run` it does not know its subcommand's name.
    check("dependencies used", run_in(root, &mut Command::new("cargo-machete")));
    check("shell scripts", shell_scripts(root));
    // Says what it skips where no Buildroot tree is named.
    check(
        "buildroot-external",
        run_in(root, &mut Command::new("buildroot-external/scripts/check")),
    );
    let climbs = floors::run(root);
    if let Err(fault) = &climbs {
        eprintln!("{fault}");
    }
    check("floors", climbs.is_ok());
    let lost = doc_paths::run(root);
    if let Err(fault) = &lost {
        eprintln!("{fault}");
    }
    check("paths in the guides", lost.is_ok());
    let lint = [
        "run",
        "--quiet",
        "--package",
        "hearth",
        "--",
        "recipe",
        "lint",
        "recipes",
    ];
    check("recipes", cargo(root, &lint, &[]));
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}", failed.join(", "))
    }
}

fn cargo(root: &Path, args: &[&str], env: &[(&str, &str)]) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run_in(root, Command::new(cargo).args(args).envs(env.iter().copied()))
}

/// All tracked files that begin with a shell's name.
fn shell_scripts(root: &Path) -> bool {
    let Ok(listed) = Command::new("git")
        .args(["grep", "-lE", "^#!/(usr/)?bin/(env )?(ba)?sh"])
        .current_dir(root)
        .output()
    else {
        return false;
    };
    let files = String::from_utf8_lossy(&listed.stdout)
        .lines()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    run_in(root, Command::new("shellcheck").arg("--severity=warning").args(files))
}

fn run_in(root: &Path, command: &mut Command) -> bool {
    match command.current_dir(root).status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{}: {error}", command.get_program().to_string_lossy());
            false
        }
    }
}
