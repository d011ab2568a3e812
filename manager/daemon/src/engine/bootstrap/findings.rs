//! What was found on a machine that is to run apps, and how its answers are read.

use super::family::{Family, Table};
use crate::port::containers::EngineInfo;
use hearth_model::{
    facts::Arch,
    fault::{Cause, Fault},
    units::Bytes,
};
use std::collections::{BTreeMap, BTreeSet};

/// The script that answers what [`Look::parse`] reads.
pub const LOOK: &str = include_str!("look.sh");
/// Most characters of a line that are looked at.
const LINE: usize = 1024;

/// What the machine says of user, clock and disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Login name.
    pub user: String,
    /// Whether the user is root.
    pub root: bool,
    /// Groups of the user, also those that count only from the next login on.
    pub groups: BTreeSet<String>,
    /// Its time, in Unix seconds.
    pub clock: Option<i64>,
    /// Whether an engine is installed.
    pub engine_program: Option<String>,
    /// Free space where the engine keeps its data.
    pub free: Option<Bytes>,
    /// Whether the engine starts with the machine.
    pub enabled: bool,
    /// Whether the kernel has AppArmor on, and there is nothing to load profiles with.
    pub apparmor_unserved: bool,
}

impl Look {
    /// Reads an answer; unknown lines are passed over.
    #[must_use]
    pub fn parse(answer: &str) -> Self {
        let mut look = Self::default();
        let mut apparmor = false;
        let mut parser = true;
        for line in answer.lines().take(200) {
            let line = line.get(..LINE).unwrap_or(line);
            let Some((key, value)) = line.split_once(' ') else {
                continue;
            };
            match key {
                // It ends as an argument of usermod, so it must not look like an option.
                "user" if !value.starts_with('-') => look.user = value.trim().to_owned(),
                "uid" => look.root = value.trim() == "0",
                "groups" => look.groups = value.split_whitespace().map(str::to_owned).collect(),
                "clock" => look.clock = value.trim().parse().ok(),
                "program" => look.engine_program = Some(value.trim().to_owned()),
                "free" => {
                    look.free = value
                        .trim()
                        .parse::<u64>()
                        .ok()
                        .map(|kib| Bytes(kib.saturating_mul(1024)))
                }
                "enabled" => look.enabled = value.trim() == "enabled",
                "apparmor" => apparmor = value.trim() == "Y",
                "parser" => parser = false,
                _ => {}
            }
        }
        look.apparmor_unserved = apparmor && !parser;
        look
    }
}

/// A package, as the package manager knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// Version that is installed.
    pub installed: Option<String>,
    /// Version to be had, by the lists as they are.
    pub candidate: Option<String>,
}

/// Reads an answer to [`Table::query`].
#[must_use]
pub fn packages(answer: &str) -> BTreeMap<String, Package> {
    let version = |word: Option<&str>| word.filter(|word| *word != "-").map(str::to_owned);
    let package = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        let (installed, candidate) = (version(words.next()), version(words.next()));
        Some((name, Package { installed, candidate }))
    };
    answer.lines().take(200).filter_map(package).collect()
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What the system calls itself.
    pub os_name: String,
    /// Its family; none when Hearth does not know it.
    pub family: Option<Family>,
    /// Its architecture; none when no recipe is made for it.
    pub arch: Option<Arch>,
    /// Name of process 1.
    pub init: String,
    /// User, clock, disk.
    pub look: Look,
    /// Why the user cannot become root, when that is so.
    pub sudo: Option<Fault>,
    /// The engine, or why it is not to be used.
    pub engine: Result<EngineInfo, Fault>,
    /// Version of Compose on the machine, its own or ours.
    pub compose: Option<String>,
    /// Version of Compose that the control node carries for this architecture.
    pub carried: Option<String>,
    /// Packages that matter, by name.
    pub packages: BTreeMap<String, Package>,
    /// Seconds by which its clock is ahead.
    pub clock_ahead_secs: Option<i64>,
}

impl Findings {
    /// What is wrong with the engine. One that is installed but has no socket does not run.
    #[must_use]
    pub fn engine_fault(&self) -> Option<Cause> {
        match &self.engine {
            Ok(_) => None,
            Err(fault) if fault.cause == Cause::NoEngine && self.look.engine_program.is_some() => {
                Some(Cause::EngineDown)
            }
            Err(fault) => Some(fault.cause),
        }
    }

    /// Whether OpenRC starts the services.
    #[must_use]
    pub fn is_openrc(&self) -> bool {
        self.family == Some(Family::Alpine) && self.init != "systemd"
    }

    /// Whether a package is installed.
    #[must_use]
    pub fn is_installed(&self, name: &str) -> bool {
        self.packages
            .get(name)
            .is_some_and(|package| package.installed.is_some())
    }

    /// Whether a package is to be had, by the lists as they are.
    #[must_use]
    pub fn has_candidate(&self, name: &str) -> bool {
        self.packages
            .get(name)
            .is_some_and(|package| package.candidate.is_some())
    }

    /// Those of `names` that are not installed.
    pub fn absent(&self, names: &[&str]) -> impl Iterator<Item = String> {
        let absent: Vec<String> = names
            .iter()
            .filter(|name| !self.is_installed(name))
            .map(|name| (*name).to_owned())
            .collect();
        absent.into_iter()
    }

    /// The best package with Compose of version 2 or newer.
    #[must_use]
    pub fn compose_package(&self, table: &Table) -> Option<String> {
        let new_enough = |name: &&&str| {
            let candidate = self
                .packages
                .get(**name)
                .and_then(|package| package.candidate.as_deref());
            candidate.is_some_and(|version| major(version) >= 2)
        };
        table.compose.iter().find(new_enough).map(|name| (*name).to_owned())
    }
}

/// The first number of a version, after its epoch.
fn major(version: &str) -> u32 {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions() {
        assert_eq!(major("2.26.1-4"), 2);
        assert_eq!(major("1:28.0.1-1"), 28);
        assert_eq!(major("v2"), 0);
    }

    #[test]
    fn a_hostile_user_name_is_no_option() {
        assert_eq!(Look::parse("user -o\nuid 0\n").user, "");
    }

    /// The real shell and package manager of the machine that runs the tests.
    #[test]
    fn the_scripts_run_here() {
        let run = |script: &str, args: &[&str]| {
            let output = std::process::Command::new("sh")
                .args(["-c", script, "sh"])
                .args(args)
                .output()
                .unwrap();
            assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let look = Look::parse(&run(LOOK, &[]));
        assert!(
            !look.user.is_empty() && look.free.is_some() && look.clock.is_some(),
            "{look:?}"
        );
        for family in [Family::Debian, Family::Fedora, Family::Alpine, Family::Arch] {
            let names = family.table().names();
            let known = packages(&run(family.table().query, &names));
            assert_eq!(known.len(), names.len(), "{family:?}: {known:?}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics(text in "(user|uid|groups|clock|free|.{0,9})[ -~\u{e9}]{0,40}(\n.{0,30}){0,4}") {
            let _ = Look::parse(&text);
            let _ = packages(&text);
        }
    }
}
