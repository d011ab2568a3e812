//! The families of distributions that Hearth knows, and how each installs packages: one fixed table a family.
//!
//! Every command is a list of arguments; nothing that a machine says ends in a shell line.

use hearth_model::facts::Facts;

/// Distributions that share a package manager and package names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Debian, Ubuntu, Raspberry Pi OS, ….
    Debian,
    /// Fedora.
    Fedora,
    /// Alpine.
    Alpine,
    /// Arch Linux.
    Arch,
}

/// How a family installs packages.
#[derive(Debug)]
pub struct Table {
    /// Brings the lists of packages up to date; none where that must not be done apart from a whole upgrade.
    pub refresh: Option<&'static [&'static str]>,
    /// Installs the packages whose names follow.
    pub install: &'static [&'static str],
    /// Removes the packages whose names follow, and nothing else.
    pub remove: &'static [&'static str],
    /// Names every installed package, one a line.
    pub list: &'static [&'static str],
    /// Tells which of the packages named as arguments are installed, and which are to be had.
    pub query: &'static str,
    /// The engine, and what it cannot do without.
    pub engine: &'static [&'static str],
    /// What belongs to the engine in some releases and is part of it in others.
    pub parts: &'static [&'static str],
    /// Packages with Compose, best first; only versions from 2 on count.
    pub compose: &'static [&'static str],
    /// Whether an undo may name only what was asked for: the package manager removes what that pulled in by itself.
    pub removes_dependencies: bool,
    /// What a person does when the engine's package is not to be had.
    pub hint: &'static str,
}

static DEBIAN: Table = Table {
    refresh: Some(&["apt-get", "--option=DPkg::Lock::Timeout=120", "update"]),
    install: &[
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--option=DPkg::Lock::Timeout=120",
        "install",
        "--yes",
        "--no-install-recommends",
    ],
    remove: &[
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--option=DPkg::Lock::Timeout=120",
        "purge",
        "--yes",
    ],
    list: &["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package}\n"],
    query: include_str!("apt.sh"),
    engine: &["docker.io", "ca-certificates"],
    // From Debian 13 on the command line is a package of its own.
    parts: &["docker-cli"],
    // Ubuntu; Debian 13 (Debian 12 has version 1 under the same name).
    compose: &["docker-compose-v2", "docker-compose"],
    removes_dependencies: false,
    hint: "Look whether the main archive is switched on in /etc/apt/sources.list (on Ubuntu: universe), and run apt-get update.",
};

static FEDORA: Table = Table {
    refresh: Some(&["dnf", "makecache"]),
    install: &["dnf", "install", "--assumeyes", "--setopt=install_weak_deps=False"],
    remove: &[
        "dnf",
        "remove",
        "--assumeyes",
        "--setopt=clean_requirements_on_remove=False",
    ],
    list: &["rpm", "--query", "--all", "--queryformat", "installed %{NAME}\n"],
    query: include_str!("dnf.sh"),
    engine: &["moby-engine"],
    parts: &["docker-cli"],
    compose: &["docker-compose"],
    removes_dependencies: false,
    hint: "Look whether the repository fedora is switched on (dnf repolist).",
};

static ALPINE: Table = Table {
    refresh: Some(&["apk", "update"]),
    install: &["apk", "add"],
    remove: &["apk", "del"],
    list: &["apk", "info"],
    query: include_str!("apk.sh"),
    engine: &["docker"],
    parts: &[],
    compose: &["docker-cli-compose"],
    removes_dependencies: true,
    hint: "Switch the community repository on in /etc/apk/repositories, and run apk update.",
};

static ARCH: Table = Table {
    // Fresh lists without a whole upgrade are what Arch calls a partial upgrade, and does not support.
    refresh: None,
    install: &["pacman", "--sync", "--needed", "--noconfirm"],
    remove: &["pacman", "--remove", "--nosave", "--noconfirm"],
    list: &["pacman", "--query", "--quiet"],
    query: include_str!("pacman.sh"),
    engine: &["docker"],
    parts: &[],
    compose: &["docker-compose"],
    removes_dependencies: false,
    hint: "Bring the system up to date (pacman -Syu), and try again.",
};

impl Family {
    /// The family of a machine, by its own `ID` first and then by what it says it is like.
    #[must_use]
    pub fn of(facts: &Facts) -> Option<Self> {
        std::iter::once(&facts.os_id)
            .chain(&facts.os_like)
            .find_map(|id| match id.as_str() {
                "debian" | "ubuntu" | "raspbian" => Some(Self::Debian),
                "fedora" => Some(Self::Fedora),
                "alpine" => Some(Self::Alpine),
                "arch" | "archlinux" | "archarm" => Some(Self::Arch),
                _ => None,
            })
    }

    /// Its table.
    #[must_use]
    pub fn table(self) -> &'static Table {
        match self {
            Self::Debian => &DEBIAN,
            Self::Fedora => &FEDORA,
            Self::Alpine => &ALPINE,
            Self::Arch => &ARCH,
        }
    }
}

impl Table {
    /// All packages that may matter, for [`Table::query`].
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let groups = [self.engine, self.parts, self.compose, &["apparmor"]];
        groups.into_iter().flatten().copied().collect()
    }

    /// The names in an answer to [`Table::list`].
    #[must_use]
    pub fn listed(&self, answer: &str) -> Vec<String> {
        let names = answer.lines().filter_map(|line| match line.split_once(' ') {
            Some(("installed", name)) => Some(name.trim().to_owned()),
            Some(_) => None,
            None => Some(line.trim().to_owned()),
        });
        names.filter(|name| is_package_name(name)).collect()
    }
}

/// What package managers call a package; it ends as an argument, so it must not look like an option.
fn is_package_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-._:@".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.len() <= 128 && name.chars().all(plain)
}
