//! Who may log in to the box over SSH.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// Most keys that may be named.
pub const MOST_SSH_KEYS: usize = 100;

/// The kinds of keys, each with how its base64 begins: the kind itself with its length before it.
///
/// Source: RFC 4253, section 6.6; RFC 5656; RFC 8709; OpenSSH's PROTOCOL.u2f. DSA is left out: OpenSSH does not take it any more.
const KINDS: [(&str, &str); 7] = [
    ("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5"),
    ("ssh-rsa", "AAAAB3NzaC1yc2E"),
    ("ecdsa-sha2-nistp256", "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY"),
    ("ecdsa-sha2-nistp384", "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQ"),
    ("ecdsa-sha2-nistp521", "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjE"),
    ("sk-ssh-ed25519@openssh.com", "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t"),
    (
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20",
    ),
];
/// Shortest and longest base64 of a key: Ed25519, and RSA with 16,384 bits.
const LENGTHS: std::ops::RangeInclusive<usize> = 68..=2_800;

/// A public key as a line of `authorized_keys`, without options: kind, key, comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "ssh-ed25519 AAAAC3Nza… anna@laptop")]
pub struct SshKey(String);

/// Why a text is no [`SshKey`]. A private key that was pasted by mistake is not said again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SshKeyError {
    /// It is the secret half.
    #[error("is a private key, which nobody else should see; give the public one, whose file ends in .pub")]
    Private,
    /// It is something else.
    #[error("is not a public key: one line such as \"ssh-ed25519 AAAA… anna@laptop\", without options before it")]
    Other,
}

impl SshKey {
    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its kind, such as `ssh-ed25519`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }

    /// Whose it is, in their words; empty when that was not said.
    #[must_use]
    pub fn comment(&self) -> &str {
        self.0.splitn(3, ' ').nth(2).unwrap_or_default()
    }

    /// The end of the key, by which two can be told apart.
    #[must_use]
    pub fn tail(&self) -> &str {
        let key = self.0.split(' ').nth(1).unwrap_or_default();
        &key[key.len().saturating_sub(12)..]
    }
}

impl FromStr for SshKey {
    type Err = SshKeyError;
    fn from_str(text: &str) -> Result<Self, SshKeyError> {
        if text.contains("PRIVATE KEY") {
            return Err(SshKeyError::Private);
        }
        let mut words = text.trim().split_ascii_whitespace();
        let (kind, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let comment: Vec<&str> = words.collect();
        let base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
        let fits = KINDS
            .iter()
            .any(|(name, begin)| *name == kind && key.starts_with(begin));
        let one_line = text.trim().lines().count() == 1 && !text.trim().chars().any(char::is_control);
        let whole = key.len() % 4 == 0 && LENGTHS.contains(&key.len()) && key.bytes().all(base64);
        let comment = comment.join(" ");
        if !fits || !whole || !one_line || comment.len() > 200 {
            return Err(SshKeyError::Other);
        }
        Ok(Self(format!("{kind} {key} {comment}").trim_end().to_owned()))
    }
}

impl TryFrom<String> for SshKey {
    type Error = SshKeyError;
    fn try_from(text: String) -> Result<Self, SshKeyError> {
        text.parse()
    }
}

impl From<SshKey> for String {
    fn from(key: SshKey) -> Self {
        key.0
    }
}

impl fmt::Display for SshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether one can log in, and who.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SshSettings {
    /// Whether the server runs.
    pub on: bool,
    /// Whose keys it takes.
    pub keys: Vec<SshKey>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS";

    #[test]
    fn public_keys_alone() {
        let key: SshKey = format!("  {KEY}   anna  at home\n").parse().unwrap();
        assert_eq!(key.as_str(), format!("{KEY} anna at home"));
        assert_eq!((key.kind(), key.comment()), ("ssh-ed25519", "anna at home"));
        assert!(KEY.ends_with(key.tail()) && key.tail().len() == 12);
        for bad in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            &KEY.replace("ssh-ed25519", "ssh-rsa"),
            &format!("command=\"sh\" {KEY}"),
            &format!("{KEY}\n{KEY}"),
            &format!("{KEY} \u{7}"),
            &KEY[..KEY.len() - 1],
            &format!("{KEY} {}", "x".repeat(201)),
            &KEY.replace("PKS", "P%S"),
        ] {
            assert_eq!(bad.parse::<SshKey>(), Err(SshKeyError::Other), "{bad:?}");
        }
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n";
        assert_eq!(private.parse::<SshKey>(), Err(SshKeyError::Private));
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_one_line_without_options(comment in "\\PC{0,60}") {
            let Ok(key) = format!("{KEY} {comment}").parse::<SshKey>() else { return Ok(()) };
            prop_assert!(key.as_str().starts_with(KEY) && !key.as_str().contains(['\n', '\r']));
            prop_assert_eq!(key.as_str().parse::<SshKey>(), Ok(key.clone()));
        }
    }
}
