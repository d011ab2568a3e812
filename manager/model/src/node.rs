//! A node: a machine under management.

use crate::{facts::Facts, fault::Fault, id::NodeId, name::Slug, units::Bytes};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};
use utoipa::ToSchema;

/// A host as a person writes it: an IP address or a name. No spaces, no scheme, at most 253 characters (RFC 1035, section 2.3.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "192.168.1.20")]
pub struct Host(String);

/// Why a text is no [`Host`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an IP address or a host name")]
pub struct HostError(String);

impl FromStr for Host {
    type Err = HostError;
    fn from_str(text: &str) -> Result<Self, HostError> {
        let text = text.trim();
        let label = |l: &str| {
            !l.is_empty()
                && l.len() <= 63
                && !l.starts_with('-')
                && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        let name = text.strip_suffix('.').unwrap_or(text);
        let good = text.parse::<std::net::IpAddr>().is_ok()
            || (!name.is_empty() && name.len() <= 253 && name.split('.').all(label));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(HostError(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for Host {
    type Error = HostError;
    fn try_from(text: String) -> Result<Self, HostError> {
        text.parse()
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Host {
    /// The host as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An SSH server's public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HostKey {
    /// One line in OpenSSH's format, without comment: `ssh-ed25519 AAAA…`.
    pub public: String,
    /// `SHA256:…` as `ssh-keygen -l` shows it.
    pub fingerprint: String,
}

/// How a node is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Link {
    /// The machine that Hearth runs on.
    Local,
    /// Over SSH.
    Ssh {
        /// Address or name.
        host: Host,
        /// Port of the SSH server.
        port: u16,
        /// User to log in as.
        user: String,
        /// The key that was pinned at adoption.
        host_key: HostKey,
    },
}

impl Link {
    /// The address at which apps of this node answer; none for the local node, which answers where Hearth itself does.
    #[must_use]
    pub fn host(&self) -> Option<&Host> {
        match self {
            Self::Local => None,
            Self::Ssh { host, .. } => Some(host),
        }
    }
}

/// Whether a node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NodeState {
    /// Not yet asked since Hearth started.
    Connecting,
    /// Answers.
    Online,
    /// Does not answer.
    Offline {
        /// Since when.
        since: Timestamp,
        /// Why, as far as it can be told.
        fault: Fault,
    },
}

impl NodeState {
    /// Whether it answers.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        matches!(self, Self::Online)
    }
}

/// A machine under management.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Node {
    /// Stable id.
    pub id: NodeId,
    /// Unique name.
    pub name: Slug,
    /// How it is reached.
    pub link: Link,
    /// Whether it answers.
    #[serde(flatten)]
    pub state: NodeState,
    /// What it is; none until it was asked for the first time.
    pub facts: Option<Facts>,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
    /// Groups it is in.
    pub groups: BTreeSet<Slug>,
    /// When it was adopted.
    pub adopted_at: Timestamp,
    /// When it last answered.
    pub last_seen_at: Option<Timestamp>,
    /// How often it went offline in the last 30 days; placement's reliability.
    pub outages_30d: u32,
}

impl Node {
    /// Where the engine keeps its data, or the root file system when there is no engine.
    #[must_use]
    pub fn data_dir(&self) -> &str {
        self.facts
            .as_ref()
            .and_then(|f| f.engine.as_ref())
            .map_or("/", |e| e.root_dir.as_str())
    }

    /// Memory of the machine, zero until it is known.
    #[must_use]
    pub fn memory(&self) -> Bytes {
        self.facts.as_ref().map_or(Bytes(0), |f| f.memory)
    }
}

/// How Hearth logs in to a machine when it adopts it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// With a password: used once, never kept.
    Password(String),
    /// With a private key in OpenSSH's or PEM format: used once, never kept.
    Key {
        /// The private key.
        private: String,
        /// Its passphrase.
        passphrase: Option<String>,
    },
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(…)",
            Self::Key { .. } => "Key(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts() {
        for good in [
            "192.168.1.20",
            "nas",
            "nas.lan",
            "nas.lan.",
            "fe80::1",
            "::",
            " nas ",
            "my_nas",
        ] {
            assert!(good.parse::<Host>().is_ok(), "{good}");
        }
        let long = format!("{}a", "a.".repeat(127));
        for bad in [
            "",
            ".",
            "a b",
            "http://nas",
            "nas:22",
            "-oProxyCommand=x",
            "a..b",
            "nas/x",
            "$(id)",
            "a;b",
            "ä",
            &long,
        ] {
            assert!(bad.parse::<Host>().is_err(), "{bad}");
        }
        assert_eq!("nas".parse::<Host>(), " nas ".parse::<Host>());
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_harmless_and_comes_back(text in "\\PC{0,40}|[a-z0-9.:_-]{0,40}") {
            let Ok(host) = text.parse::<Host>() else { return Ok(()) };
            let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
            prop_assert!(host.as_str().chars().all(harmless), "{}", host);
            prop_assert!(!host.as_str().starts_with('-'), "no program takes it for an option");
            let json = serde_json::to_string(&host).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Host>(&json).expect("a host"), host);
        }

        #[test]
        fn addresses_are_hosts(address in any::<std::net::IpAddr>()) {
            prop_assert!(address.to_string().parse::<Host>().is_ok());
        }
    }
}
