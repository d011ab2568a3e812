//! What bootstrap would do on a machine, decided before it is done and shown before a person agrees.
//!
//! Pure: [`plan`] turns what was found into actions, and an action into commands. The saga (`saga::bootstrap`) carries
//! them out and undoes them; preflight shows them.

pub mod family;
pub mod findings;

use family::{Family, Table};
use findings::Findings;
use hearth_model::fault::Cause;

/// Where the tools lie that Hearth brings to a node.
pub const TOOLS_DIR: &str = "/var/lib/hearth/bin";
/// The tool that is Compose v2: works as `docker compose` plugin and by itself.
pub const COMPOSE_TOOL: &str = "docker-compose";
/// The group whose members may speak to the engine.
pub const ENGINE_GROUP: &str = "docker";

/// One thing that bootstrap does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Brings the lists of packages up to date.
    Refresh,
    /// Installs packages.
    Install(Vec<String>),
    /// Lets the engine start with the machine, and starts it.
    Start,
    /// Lets the user speak to the engine.
    Join,
    /// Brings Compose v2 from the control node.
    Bring,
}

/// What has to be done so that apps can be deployed, as far as bootstrap can; in order.
#[must_use]
pub fn plan(found: &Findings) -> Vec<Action> {
    let Some(family) = found.family else { return Vec::new() };
    if found.sudo.is_some() {
        return Vec::new();
    }
    let table = family.table();
    let engine = found.engine_fault();
    let missing = engine == Some(Cause::NoEngine);
    let mut packages = Vec::new();
    if missing {
        packages.extend(found.absent(table.engine));
        packages.extend(found.absent(table.parts).filter(|name| found.has_candidate(name)));
        // An engine on a kernel with AppArmor starts no container without its parser.
        if found.look.apparmor_unserved && family == Family::Debian {
            packages.push("apparmor".to_owned());
        }
    }
    // An engine that did not come from the distribution may clash with the distribution's Compose.
    let own = missing || found.is_installed(table.engine[0]);
    let compose = found.compose_package(table).filter(|_| found.compose.is_none() && own);
    packages.extend(compose.clone());
    let mut actions = Vec::new();
    if !packages.is_empty() {
        if table.refresh.is_some() {
            actions.push(Action::Refresh);
        }
        actions.push(Action::Install(packages));
    }
    if missing || engine == Some(Cause::EngineDown) {
        actions.push(Action::Start);
    }
    let joins = match engine {
        Some(Cause::NoEngine | Cause::EngineDown) => !found.look.groups.contains(ENGINE_GROUP),
        // One who is in the group already needs a new login, which comes with this action.
        Some(Cause::NoSocketRights) => true,
        _ => false,
    };
    if joins && !found.look.root {
        actions.push(Action::Join);
    }
    if found.compose.is_none() && compose.is_none() && found.carried.is_some() {
        actions.push(Action::Bring);
    }
    actions
}

/// The commands of an action, each a list of arguments; run as root.
#[must_use]
pub fn commands(action: &Action, table: &Table, found: &Findings) -> Vec<Vec<String>> {
    match action {
        Action::Refresh => table.refresh.map(|argv| with(argv, &[])).into_iter().collect(),
        Action::Install(packages) => vec![with(table.install, packages)],
        Action::Start if found.is_openrc() => vec![
            with(&["rc-update", "add", "docker", "default"], &[]),
            with(&["rc-service", "docker", "start"], &[]),
        ],
        Action::Start => vec![with(&["systemctl", "enable", "--now", "docker.service"], &[])],
        Action::Join if found.family == Some(Family::Alpine) => {
            vec![with(&["addgroup", &found.look.user, ENGINE_GROUP], &[])]
        }
        Action::Join => vec![with(
            &["usermod", "--append", "--groups", ENGINE_GROUP, &found.look.user],
            &[],
        )],
        Action::Bring => Vec::new(),
    }
}

/// The commands that undo [`Action::Start`] and [`Action::Join`].
#[must_use]
pub fn undo_commands(action: &Action, found: &Findings) -> Vec<Vec<String>> {
    match action {
        Action::Start if found.is_openrc() => vec![
            with(&["rc-service", "docker", "stop"], &[]),
            with(&["rc-update", "del", "docker", "default"], &[]),
        ],
        Action::Start => vec![with(
            &["systemctl", "disable", "--now", "docker.service", "docker.socket"],
            &[],
        )],
        Action::Join if found.family == Some(Family::Alpine) => {
            vec![with(&["delgroup", &found.look.user, ENGINE_GROUP], &[])]
        }
        Action::Join => vec![with(&["gpasswd", "--delete", &found.look.user, ENGINE_GROUP], &[])],
        Action::Refresh | Action::Install(_) | Action::Bring => Vec::new(),
    }
}

/// What bootstrap would run, as one could type it: shown before consent.
#[must_use]
pub fn shown(found: &Findings) -> Vec<String> {
    let Some(family) = found.family else { return Vec::new() };
    let table = family.table();
    let sudo = if found.look.root { "" } else { "sudo " };
    let mut lines = Vec::new();
    for action in plan(found) {
        if action == Action::Bring {
            let version = found.carried.as_deref().unwrap_or("2");
            lines.push(format!(
                "{sudo}install -D -m 755 docker-compose-{version} {TOOLS_DIR}/{COMPOSE_TOOL}"
            ));
        }
        for argv in commands(&action, table, found) {
            lines.push(format!("{sudo}{}", argv.join(" ")));
        }
        if matches!(action, Action::Install(_)) && found.engine_fault() == Some(Cause::NoEngine) {
            let maybe: Vec<String> = found
                .absent(table.parts)
                .chain(found.absent(table.compose))
                .filter(|name| !found.has_candidate(name))
                .collect();
            if !maybe.is_empty() {
                lines.push(format!(
                    "# with {} as well, when the fresh lists have it",
                    maybe.join(" and ")
                ));
            }
        }
    }
    lines
}

fn with(argv: &[&str], more: &[String]) -> Vec<String> {
    let fixed = argv.iter().map(|arg| (*arg).to_owned());
    fixed.chain(more.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{findings::*, *};
    use crate::port::containers::EngineInfo;
    use hearth_model::{facts::Arch, fault::Fault, units::Bytes};

    fn found(family: Family, query: &str) -> Findings {
        Findings {
            os_name: "a system".to_owned(),
            family: Some(family),
            arch: Some(Arch::Amd64),
            init: "systemd".to_owned(),
            look: Look {
                user: "pi".to_owned(),
                free: Some(Bytes::gib(10)),
                ..Look::default()
            },
            sudo: None,
            engine: Err(Fault::new(Cause::NoEngine, "no socket")),
            compose: None,
            carried: Some("2.26.1".to_owned()),
            packages: packages(query),
            clock_ahead_secs: Some(0),
        }
    }

    #[test]
    fn debian_12_gets_the_engine_from_debian_and_compose_from_us() {
        let found = found(
            Family::Debian,
            "docker.io - 20.10.24+dfsg1-1\nca-certificates 20230311 20230311\ndocker-compose - 1.29.2-3\n",
        );
        insta::assert_snapshot!(shown(&found).join("\n"), @r"
        sudo apt-get --option=DPkg::Lock::Timeout=120 update
        sudo env DEBIAN_FRONTEND=noninteractive apt-get --option=DPkg::Lock::Timeout=120 install --yes --no-install-recommends docker.io
        # with docker-cli and docker-compose-v2 as well, when the fresh lists have it
        sudo systemctl enable --now docker.service
        sudo usermod --append --groups docker pi
        sudo install -D -m 755 docker-compose-2.26.1 /var/lib/hearth/bin/docker-compose
        ");
    }

    #[test]
    fn debian_13_and_ubuntu_get_all_from_the_distribution() {
        let debian = found(
            Family::Debian,
            "docker.io - 26.1.5\ndocker-cli - 26.1.5\nca-certificates - 1\ndocker-compose - 2.26.1-4\n",
        );
        let packages = |names: &[&str]| Action::Install(names.iter().map(|name| (*name).to_owned()).collect());
        let all = packages(&["docker.io", "ca-certificates", "docker-cli", "docker-compose"]);
        assert_eq!(plan(&debian), [Action::Refresh, all, Action::Start, Action::Join]);
        let ubuntu = found(
            Family::Debian,
            "docker.io - 27.5.1\nca-certificates 1 1\ndocker-compose-v2 - 2.33.0\ndocker-compose - 1.29.2\n",
        );
        let all = packages(&["docker.io", "docker-compose-v2"]);
        assert_eq!(plan(&ubuntu), [Action::Refresh, all, Action::Start, Action::Join]);
    }

    #[test]
    fn the_other_families() {
        let mut alpine = found(Family::Alpine, "docker - 27.3.1-r0\ndocker-cli-compose - 2.31.0-r0\n");
        alpine.init = "init".to_owned();
        insta::assert_snapshot!(shown(&alpine).join("\n"), @r"
        sudo apk update
        sudo apk add docker docker-cli-compose
        sudo rc-update add docker default
        sudo rc-service docker start
        sudo addgroup pi docker
        ");
        let mut fedora = found(Family::Fedora, "");
        fedora.look.root = true;
        insta::assert_snapshot!(shown(&fedora).join("\n"), @r"
        dnf makecache
        dnf install --assumeyes --setopt=install_weak_deps=False moby-engine
        # with docker-cli and docker-compose as well, when the fresh lists have it
        systemctl enable --now docker.service
        install -D -m 755 docker-compose-2.26.1 /var/lib/hearth/bin/docker-compose
        ");
        let arch = found(Family::Arch, "docker - 1:28.0.1-1\ndocker-compose - 2.33.1-1\n");
        insta::assert_snapshot!(shown(&arch).join("\n"), @r"
        sudo pacman --sync --needed --noconfirm docker docker-compose
        sudo systemctl enable --now docker.service
        sudo usermod --append --groups docker pi
        ");
    }

    #[test]
    fn a_foreign_engine_is_not_touched() {
        let mut found = found(Family::Debian, "docker-compose - 2.26.1-4\n");
        found.engine = Ok(EngineInfo {
            version: "28.0.0".to_owned(),
            api_version: "1.48".to_owned(),
            root_dir: "/var/lib/docker".to_owned(),
        });
        assert_eq!(plan(&found), [Action::Bring]);
        found.packages = packages("docker.io 26 26\ndocker-compose - 2.26.1-4\n");
        assert_eq!(
            plan(&found),
            [Action::Refresh, Action::Install(vec!["docker-compose".to_owned()])]
        );
        found.compose = Some("2.26.1".to_owned());
        assert_eq!(plan(&found), []);
    }

    #[test]
    fn an_engine_that_stands_is_started_and_one_that_is_closed_to_the_user_is_opened() {
        let mut found = found(Family::Debian, "");
        found.compose = Some("2".to_owned());
        found.look.engine_program = Some("/usr/sbin/dockerd".to_owned());
        assert_eq!(plan(&found), [Action::Start, Action::Join]);
        found.engine = Err(Fault::new(Cause::NoSocketRights, "permission denied"));
        assert_eq!(plan(&found), [Action::Join]);
        found.look.root = true;
        assert_eq!(plan(&found), []);
    }

    #[test]
    fn without_root_or_on_an_unknown_system_nothing_is_promised() {
        let mut nothing = found(Family::Debian, "docker.io - 26\n");
        nothing.sudo = Some(Fault::new(Cause::NoSudo, "a password is required"));
        assert_eq!(plan(&nothing), []);
        let mut unknown = found(Family::Debian, "");
        unknown.family = None;
        assert_eq!(plan(&unknown), []);
        assert!(shown(&unknown).is_empty());
    }
}
