//! What can be wrong with a machine that is to be adopted: each cause with its mend, in one place.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// A cause for which a machine cannot be adopted or used, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing listens on the port.
    Refused,
    /// No answer within the time limit.
    TimedOut,
    /// The name is not known.
    UnknownHost,
    /// No route leads to the address.
    Unreachable,
    /// What answers does not speak SSH.
    NotSsh,
    /// User and password, or key, were refused.
    WrongPassword,
    /// The host key is not the one that was pinned.
    HostKeyChanged,
    /// The host key is not the one that the person confirmed.
    HostKeyMismatch,
    /// The user is not root and `sudo -n` is not allowed.
    NoSudo,
    /// The SSH server forbids forwarding to the engine's socket.
    ForwardingForbidden,
    /// There is no container engine.
    NoEngine,
    /// The container engine is there but does not answer.
    EngineDown,
    /// The container engine is older than 20.10.
    EngineTooOld,
    /// Compose v2 is missing and could not be brought.
    NoCompose,
    /// The user has no rights on the engine's socket.
    NoSocketRights,
    /// The system or its architecture is not one that Hearth knows.
    UnsupportedSystem,
    /// The machine is already a node.
    AlreadyAdopted,
    /// The connection broke while in use.
    Disconnected,
    /// There is too little space where the engine keeps its data.
    LowDisk,
    /// Its clock differs from ours.
    ClockWrong,
}

/// Something wrong with a machine: what happened, why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
pub struct Fault {
    /// The cause, for programs.
    pub cause: Cause,
    /// What was attempted on what, and what came of it; never a secret.
    pub detail: String,
}

impl Fault {
    /// A fault with its details.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self {
            cause,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause.title(), self.detail)
    }
}

impl Cause {
    /// What is wrong, in a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::TimedOut => "no answer",
            Self::UnknownHost => "unknown name",
            Self::Unreachable => "not reachable",
            Self::NotSsh => "not an SSH server",
            Self::WrongPassword => "user, password or key refused",
            Self::HostKeyChanged => "host key changed",
            Self::HostKeyMismatch => "another host key than the one you confirmed",
            Self::NoSudo => "no sudo",
            Self::ForwardingForbidden => "forwarding forbidden",
            Self::NoEngine => "no container engine",
            Self::EngineDown => "container engine does not answer",
            Self::EngineTooOld => "container engine too old",
            Self::NoCompose => "no Compose v2",
            Self::NoSocketRights => "no rights on the engine's socket",
            Self::UnsupportedSystem => "unsupported system",
            Self::AlreadyAdopted => "already adopted",
            Self::Disconnected => "connection lost",
            Self::LowDisk => "too little disk space",
            Self::ClockWrong => "clock wrong",
        }
    }

    /// What the person can do about it.
    #[must_use]
    pub const fn mend(self) -> &'static str {
        match self {
            Self::Refused => "Check the port, and that an SSH server runs there (systemctl start ssh).",
            Self::TimedOut => {
                "Check that the machine is on, that the address is right, and that no firewall drops port 22."
            }
            Self::UnknownHost => "Check the spelling, or give the IP address instead of the name.",
            Self::Unreachable => "Check that the machine is in a network that this one can reach.",
            Self::NotSsh => "Something else listens on that port. Give the port of the SSH server.",
            Self::WrongPassword => {
                "Check user and password. Many systems refuse a password for root: use another user with sudo, or a key."
            }
            Self::HostKeyChanged => {
                "If you installed the machine anew, release it and adopt it again. If not, somebody may stand in between: do not go on."
            }
            Self::HostKeyMismatch => {
                "Look up the key on the machine itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and try again."
            }
            Self::NoSudo => {
                "Allow it without a password: echo 'USER ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/hearth, or adopt as root."
            }
            Self::ForwardingForbidden => {
                "Set AllowStreamLocalForwarding yes (and not DisableForwarding) in /etc/ssh/sshd_config and reload the SSH server."
            }
            Self::NoEngine => "Let Hearth install it (Bootstrap), or install Docker yourself.",
            Self::EngineDown => "Start it (systemctl start docker) and look at journalctl -u docker.",
            Self::EngineTooOld => "Upgrade Docker to 20.10 or newer.",
            Self::NoCompose => {
                "Let Hearth bring Compose (Bootstrap), or install the package docker-compose-plugin or docker-compose-v2."
            }
            Self::NoSocketRights => {
                "Add the user to the group docker (usermod -aG docker USER) and try again, or adopt as root."
            }
            Self::UnsupportedSystem => {
                "Hearth manages Debian, Ubuntu, Fedora, Alpine and Arch Linux on amd64, arm64 and arm."
            }
            Self::AlreadyAdopted => "Nothing to do: it is in the list of nodes.",
            Self::Disconnected => "Wait until the node is back; Hearth reconnects by itself.",
            Self::LowDisk => {
                "Make room (docker system df shows what the engine holds, docker image prune removes unused images) or add a disk."
            }
            Self::ClockWrong => "Switch time synchronisation on: timedatectl set-ntp true (on Alpine: setup-ntp).",
        }
    }
}

/// One line of a preflight: what was looked at and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// What was looked at, such as `sudo` or `container engine`.
    pub name: String,
    /// What was found, in words.
    pub found: String,
    /// What is wrong, when something is.
    pub fault: Option<Fault>,
    /// What to do about it.
    pub mend: Option<String>,
    /// Whether bootstrap would put it right.
    pub bootstrap: bool,
}

/// What a preflight found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preflight {
    /// Whether apps can be deployed there as it is.
    pub ready: bool,
    /// Each check in the order it was made.
    pub checks: Vec<Check>,
    /// The commands that bootstrap would run, shown before consent.
    pub bootstrap: Vec<String>,
}
