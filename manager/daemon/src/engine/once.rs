//! Doing something once: the key that a caller may send with a request, and how the same request is known again.
//!
//! A request may hold a password. So it becomes a hash here and goes no further; in the database that hash is sealed,
//! because a plain one would let a short password be guessed.

use super::{Error, Result};
use crate::port::vault::{Plaintext, Vault};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// What the hash of a request is sealed for.
const CONTEXT: &str = "idempotency";
/// Longest key.
const MAX_KEY: usize = 255;

/// A request, and the key by which it is known again if its caller gave one.
#[derive(Clone)]
pub struct Once {
    key: Option<String>,
    hash: [u8; 32],
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Once({:?})", self.key)
    }
}

impl Once {
    /// A request to do `action` (as the audit log calls it).
    ///
    /// # Errors
    /// `Invalid` unless the key has 1 to 255 characters.
    pub fn new(key: Option<&str>, action: &str, request: &impl Serialize) -> Result<Self> {
        if key.is_some_and(|key| key.is_empty() || key.len() > MAX_KEY) {
            return Err(Error::field("/Idempotency-Key", "use 1 to 255 characters"));
        }
        let text = serde_json::to_vec(&(action, request));
        let text = text.map_err(|source| Error::internal("writing what was asked for", source))?;
        Ok(Self {
            key: key.map(ToOwned::to_owned),
            hash: Sha256::digest(text).into(),
        })
    }

    /// The caller's key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// What is kept of the request, if it came with a key.
    pub(super) fn sealed(&self, vault: &dyn Vault) -> Option<String> {
        let seal = |_| STANDARD.encode(vault.seal(CONTEXT, &Plaintext::new(self.hash.to_vec())));
        self.key().map(seal)
    }

    /// That what was kept is of this request.
    ///
    /// # Errors
    /// `Conflict` when it is of another.
    pub(super) fn check(&self, vault: &dyn Vault, sealed: &str) -> Result<()> {
        let opened = STANDARD
            .decode(sealed)
            .ok()
            .and_then(|sealed| vault.unseal(CONTEXT, &sealed).ok());
        if opened.is_some_and(|plain| plain.expose() == self.hash) {
            return Ok(());
        }
        let key = self.key().unwrap_or_default();
        let text = format!("the idempotency key {key:?} was used for another request; use a new one");
        Err(Error::Conflict(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::vault::FakeVault;
    use serde_json::json;

    #[test]
    fn the_same_request_is_known_and_nothing_of_it_is_kept() {
        let once = |action: &str, password: &str| Once::new(Some("k"), action, &json!({"password": password})).unwrap();
        let first = once("node.adopt", "raspberry");
        let sealed = first.sealed(&FakeVault).unwrap();
        assert!(once("node.adopt", "raspberry").check(&FakeVault, &sealed).is_ok());
        for other in [once("node.adopt", "strawberry"), once("node.release", "raspberry")] {
            assert!(matches!(other.check(&FakeVault, &sealed), Err(Error::Conflict(_))));
        }
        assert!(!format!("{first:?}{sealed}").contains("raspberry"));
    }

    #[test]
    fn a_key_has_1_to_255_characters() {
        for key in ["", &"k".repeat(256)] {
            assert!(matches!(Once::new(Some(key), "a.b", &()), Err(Error::Invalid(_))));
        }
        assert!(Once::new(None, "a.b", &()).unwrap().sealed(&FakeVault).is_none());
    }
}
