//! Host keys as OpenSSH writes them, and whether a shown one is the expected one.

use crate::port::session::ExpectedKey;
use hearth_model::{
    fault::{Cause, Fault},
    node::HostKey,
};
use russh::keys::{HashAlg, PublicKey};

/// The key as one line without comment, and its fingerprint.
pub(super) fn describe(key: &PublicKey) -> Result<HostKey, russh::Error> {
    let mut bare = key.clone();
    bare.set_comment("");
    Ok(HostKey {
        public: bare.to_openssh()?.trim().to_owned(),
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
    })
}

/// Whether the shown key is the expected one.
pub(super) fn matches(expected: &ExpectedKey, shown: &HostKey) -> bool {
    match expected {
        ExpectedKey::Pinned(key) => words(&key.public) == words(&shown.public),
        ExpectedKey::Fingerprint(fingerprint) => fingerprint.trim() == shown.fingerprint,
    }
}

/// Type and key, without comment.
fn words(public: &str) -> (Option<&str>, Option<&str>) {
    let mut words = public.split_ascii_whitespace();
    (words.next(), words.next())
}

/// Its type, such as `ssh-ed25519`.
pub(super) fn kind(key: &HostKey) -> &str {
    words(&key.public).0.unwrap_or_default()
}

/// What to say when it is another one.
pub(super) fn fault(place: &str, expected: &ExpectedKey, shown: &HostKey) -> Fault {
    let now = format!("{place} shows the {} key {}", kind(shown), shown.fingerprint);
    match expected {
        ExpectedKey::Pinned(key) => Fault::new(
            Cause::HostKeyChanged,
            format!("{now}; when it was adopted it was {}", key.fingerprint),
        ),
        ExpectedKey::Fingerprint(fingerprint) => Fault::new(
            Cause::HostKeyMismatch,
            format!("{now}; you confirmed {}", fingerprint.trim()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn a_comment_makes_no_difference() {
        let key = PublicKey::from_openssh(&format!("{LINE} root@nas")).unwrap();
        let shown = describe(&key).unwrap();
        assert_eq!(shown.public, LINE);
        assert!(shown.fingerprint.starts_with("SHA256:"));
        let pinned = HostKey {
            public: format!("{LINE} root@nas"),
            ..shown.clone()
        };
        assert!(matches(&ExpectedKey::Pinned(pinned), &shown));
        assert!(matches(
            &ExpectedKey::Fingerprint(format!(" {}\n", shown.fingerprint)),
            &shown
        ));
        let other = ExpectedKey::Fingerprint("SHA256:x".to_owned());
        assert!(!matches(&other, &shown));
        assert_eq!(fault("nas", &other, &shown).cause, Cause::HostKeyMismatch);
    }
}
