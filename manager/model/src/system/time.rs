//! Time zone and time servers of the box.

use crate::name::is_host_name;
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};
use utoipa::ToSchema;

/// A time server: a host name (RFC 1123) or an address. It ends in a settings file of the system, so it is nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "pool.ntp.org")]
pub struct TimeServer(String);

/// Why a text is no [`TimeServer`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a host name such as pool.ntp.org nor an address")]
pub struct TimeServerError(String);

impl FromStr for TimeServer {
    type Err = TimeServerError;
    fn from_str(text: &str) -> Result<Self, TimeServerError> {
        if text.parse::<IpAddr>().is_ok() || is_host_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TimeServerError(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for TimeServer {
    type Error = TimeServerError;
    fn try_from(text: String) -> Result<Self, TimeServerError> {
        text.parse()
    }
}

impl From<TimeServer> for String {
    fn from(server: TimeServer) -> Self {
        server.0
    }
}

impl fmt::Display for TimeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether the clock is set from the network, and from whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeSync {
    /// Whether it is.
    pub on: bool,
    /// From these servers; none: those of the network, or else of the system.
    pub servers: Vec<TimeServer>,
}

impl TimeSync {
    /// Most servers that may be named.
    pub const MOST: usize = 8;

    /// Names the servers in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let names: Vec<&str> = self.servers.iter().map(|server| server.0.as_str()).collect();
        names.join(" ")
    }
}

/// How the box keeps time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeStatus {
    /// Time zone of the system.
    pub time_zone: String,
    /// Whether the clock was set from the network since the start.
    pub synchronized: bool,
    /// What was chosen.
    pub sync: TimeSync,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn servers() {
        for good in [
            "pool.ntp.org",
            "ntp1",
            "192.168.1.1",
            "fd00::1",
            "2.debian.pool.ntp.org",
        ] {
            assert_eq!(good.parse::<TimeServer>().map(String::from), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "a b",
            "a\nNTP=x",
            "-a",
            "a..b",
            "[::1]",
            "x:123",
            "%",
            "fe80::1%eth0",
        ] {
            assert!(bad.parse::<TimeServer>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_one_word(text in "\\PC{0,40}|[a-z0-9.:-]{0,40}") {
            let Ok(server) = text.parse::<TimeServer>() else { return Ok(()) };
            prop_assert!(server.0.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-".contains(&b)));
        }
    }
}
