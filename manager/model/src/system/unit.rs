//! The services of the box: which of them matter to a person, how they are, and what may be done to them.

use crate::units::Bytes;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// The manager itself: it can be restarted, and is then gone before it could answer.
pub const OWN_UNIT: &str = "hearth.service";
/// Active once the system that runs was found good; until then the box is on trial, and may fall back.
pub const MARK_GOOD_UNIT: &str = "hearth-mark-good.service";

/// Name of a systemd unit; without an ending it is a service.
///
/// Source: systemd.unit(5), "Description": at most 255 of letters, digits, `:-_.\@`, with the type as its ending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "docker.service")]
pub struct UnitName(String);

/// Why a text is no [`UnitName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a unit; use one such as docker.service")]
pub struct UnitNameError(String);

impl UnitName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UnitName {
    type Err = UnitNameError;
    fn from_str(text: &str) -> Result<Self, UnitNameError> {
        const TYPES: [&str; 11] = [
            "service",
            "socket",
            "device",
            "mount",
            "automount",
            "swap",
            "target",
            "path",
            "timer",
            "slice",
            "scope",
        ];
        let known = |(_, ending): (&str, &str)| TYPES.contains(&ending);
        let name = if text.rsplit_once('.').is_some_and(known) {
            text.to_owned()
        } else {
            format!("{text}.service")
        };
        let inner = |b: u8| b.is_ascii_alphanumeric() || b":-_.\\@".contains(&b);
        if text.is_empty() || text.starts_with('.') || name.len() > 255 || !name.bytes().all(inner) {
            return Err(UnitNameError(text.chars().take(80).collect()));
        }
        Ok(Self(name))
    }
}

impl TryFrom<String> for UnitName {
    type Error = UnitNameError;
    fn try_from(text: String) -> Result<Self, UnitNameError> {
        text.parse()
    }
}

impl From<UnitName> for String {
    fn from(name: UnitName) -> Self {
        name.0
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What can be done to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum UnitVerb {
    Start,
    Stop,
    Restart,
}

impl UnitVerb {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

/// Why a text is no [`UnitVerb`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is none of start, stop, restart")]
pub struct UnitVerbError;

impl FromStr for UnitVerb {
    type Err = UnitVerbError;
    fn from_str(text: &str) -> Result<Self, UnitVerbError> {
        let verbs = [Self::Start, Self::Stop, Self::Restart];
        verbs.into_iter().find(|verb| verb.word() == text).ok_or(UnitVerbError)
    }
}

/// How a unit is.
///
/// Source: org.freedesktop.systemd1(5), property ActiveState.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// Runs, or did what it is there for.
    Active,
    /// Does not run.
    Inactive,
    /// Ended badly.
    Failed,
    /// Is being started, stopped or reloaded.
    Changing,
}

impl UnitState {
    /// Of systemd's word for it.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            "failed" => Self::Failed,
            _ => Self::Changing,
        }
    }
}

/// A unit as the system tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitStatus {
    /// Name.
    pub unit: UnitName,
    /// What it says it is.
    pub description: String,
    /// How it is.
    pub state: UnitState,
    /// The same in systemd's finer words, such as `running` or `exited`.
    pub detail: String,
    /// Seconds since it came into this state; none when it never was in another.
    pub for_secs: Option<u64>,
    /// Memory it uses, where that is counted.
    pub memory: Option<Bytes>,
}

/// A unit that matters to a person, and what they may do to it. The rules of the system (polkit) allow no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownUnit {
    /// Name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// What may be done to it.
    pub verbs: &'static [UnitVerb],
}

const ALL: &[UnitVerb] = &[UnitVerb::Start, UnitVerb::Stop, UnitVerb::Restart];
/// Without these nobody would find the box any more, or its pages.
const ONLY_RESTART: &[UnitVerb] = &[UnitVerb::Restart];

/// The units that matter, in the order in which they are shown.
pub const KNOWN_UNITS: [KnownUnit; 11] = [
    known(OWN_UNIT, "Hearth itself", ONLY_RESTART),
    known("docker.service", "runs the apps on this box", ALL),
    known("containerd.service", "runs containers for Docker", ALL),
    known("systemd-networkd.service", "sets up the network", ONLY_RESTART),
    known("systemd-resolved.service", "looks up names", ONLY_RESTART),
    known("avahi-daemon.service", "announces the name of the box", ONLY_RESTART),
    known("systemd-timesyncd.service", "sets the clock from the network", ALL),
    known("hearth-ssh.service", "lets you in over SSH", ALL),
    known("rauc.service", "installs updates", &[]),
    known("systemd-journald.service", "keeps the logs", &[]),
    known(MARK_GOOD_UNIT, "finds a started system good", &[]),
];

const fn known(name: &'static str, purpose: &'static str, verbs: &'static [UnitVerb]) -> KnownUnit {
    KnownUnit { name, purpose, verbs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, name) in [
            ("docker", "docker.service"),
            ("docker.service", "docker.service"),
            ("data-media-usb.mount", "data-media-usb.mount"),
            ("user@1000", "user@1000.service"),
            ("a.b", "a.b.service"),
            ("dbus.socket", "dbus.socket"),
        ] {
            assert_eq!(text.parse::<UnitName>().unwrap().as_str(), name);
        }
        for bad in [
            "",
            "a b",
            "a/b",
            "../x.service",
            "ä",
            "a\n",
            ".service",
            &"a".repeat(256),
        ] {
            assert!(bad.parse::<UnitName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn known_units_have_the_names_of_units() {
        for unit in KNOWN_UNITS {
            assert_eq!(unit.name.parse::<UnitName>().unwrap().as_str(), unit.name);
        }
    }

    #[test]
    fn the_rules_of_the_system_allow_what_is_offered() {
        let rules = include_str!("../../../../overlays/rootfs/usr/share/polkit-1/rules.d/50-hearth.rules");
        for unit in KNOWN_UNITS.iter().filter(|unit| !unit.verbs.is_empty()) {
            assert!(rules.contains(&format!("\"{}\"", unit.name)), "{}", unit.name);
        }
    }
}
