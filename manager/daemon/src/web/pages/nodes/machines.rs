//! Machines to be adopted, as addresses carry them: `host:port`, an IPv6 address in brackets.

use hearth_model::node::Host;
use std::{fmt, str::FromStr};

/// The port of an SSH server unless told otherwise.
pub const SSH_PORT: u16 = 22;

/// A machine to be adopted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Address or name.
    pub host: Host,
    /// Port of its SSH server.
    pub port: u16,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.as_str().contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Why a text is no [`Target`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address with a port, such as 192.168.1.20:22")]
pub struct TargetError(String);

impl FromStr for Target {
    type Err = TargetError;
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let fault = || TargetError(text.chars().take(80).collect());
        let bare = text.trim();
        let (host, port) = match bare.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or_else(fault)?;
                (host, port.strip_prefix(':'))
            }
            // More than one colon without brackets is an IPv6 address without a port.
            None if bare.matches(':').count() > 1 => (bare, None),
            None => bare
                .split_once(':')
                .map_or((bare, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(fault)?,
            None => SSH_PORT,
        };
        let host = host.parse().map_err(|_| fault())?;
        Ok(Self { host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_with_and_without_port() {
        for (text, shown) in [
            ("nas", "nas:22"),
            ("10.0.0.2:2222", "10.0.0.2:2222"),
            ("fd00::1", "[fd00::1]:22"),
            ("[fd00::1]:2200", "[fd00::1]:2200"),
        ] {
            assert_eq!(text.parse::<Target>().map(|t| t.to_string()).as_deref(), Ok(shown));
        }
        for text in ["", "nas:ssh", "nas:0", "[fd00::1", "a b", "nas:70000"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_shown_is_read_again(text in ".{0,40}") {
            if let Ok(target) = text.parse::<Target>() {
                prop_assert_eq!(target.to_string().parse::<Target>(), Ok(target));
            }
        }
    }
}
