//! What a person may ask of a node, and what of it can be refused before the machine is asked.

use crate::engine::{Error, Result};
use hearth_model::{
    name::Slug,
    node::{Host, Login},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use utoipa::ToSchema;

/// Longest private key that is taken: RSA with 16,384 bits has 12,700 characters.
const MAX_KEY: usize = 64 << 10;
/// Most labels of a node.
const MAX_LABELS: usize = 64;
/// Most groups that a node is in.
pub(super) const MAX_GROUPS: usize = 64;

/// A wish to adopt a machine.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptRequest {
    /// Address or name.
    pub address: Host,
    /// Port of the SSH server; default 22.
    #[serde(default)]
    pub port: Option<u16>,
    /// User to log in as.
    pub user: String,
    /// Password, used once; either this or `key`.
    #[serde(default)]
    pub password: Option<String>,
    /// Private key, used once; either this or `password`.
    #[serde(default)]
    pub key: Option<String>,
    /// Passphrase of `key`.
    #[serde(default)]
    pub passphrase: Option<String>,
    /// Name of the node; default: its host name.
    #[serde(default)]
    pub name: Option<Slug>,
    /// Fingerprint (`SHA256:…`) of the host key that the person confirmed; without it, the key it shows now is pinned.
    #[serde(default)]
    pub host_key: Option<String>,
}

impl fmt::Debug for AdoptRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AdoptRequest({}@{}, …)", self.user, self.address)
    }
}

impl AdoptRequest {
    /// How to log in.
    ///
    /// # Errors
    /// `Invalid` unless exactly one of password and key is given.
    pub fn login(&self) -> Result<Login> {
        match (&self.password, &self.key) {
            (Some(password), None) if password.is_empty() => Err(Error::field("/password", "is empty")),
            (Some(password), None) => Ok(Login::Password(password.clone())),
            (None, Some(key)) if key.len() > MAX_KEY => Err(Error::field("/key", "is longer than any private key")),
            (None, Some(key)) => Ok(Login::Key {
                private: key.clone(),
                passphrase: self.passphrase.clone(),
            }),
            (None, None) => Err(Error::field("/password", "give a password or a private key")),
            (Some(_), Some(_)) => Err(Error::field("/key", "give a password or a private key, not both")),
        }
    }

    /// Checks what can be checked before the machine is asked.
    pub(super) fn check(&self) -> Result<()> {
        let user = &self.user;
        let plain = |c: char| c.is_alphanumeric() || "._-@\\".contains(c);
        if user.is_empty() || user.len() > 64 || user.starts_with('-') || !user.chars().all(plain) {
            return Err(Error::field("/user", "is not a login name"));
        }
        if self.port == Some(0) {
            return Err(Error::field("/port", "must be 1 to 65535"));
        }
        if self.host_key.as_ref().is_some_and(|key| !key.starts_with("SHA256:")) {
            let message = "must be a fingerprint as ssh-keygen -l shows it: SHA256:…";
            return Err(Error::field("/host_key", message));
        }
        self.login().map(drop)
    }
}

/// A change to a node; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeChange {
    /// New name.
    pub name: Option<Slug>,
    /// All its labels (the label `drain` set to `true` keeps new apps away).
    pub labels: Option<BTreeMap<String, String>>,
    /// All its groups.
    pub groups: Option<BTreeSet<Slug>>,
}

impl NodeChange {
    pub(super) fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        for (key, value) in self.labels.iter().flatten() {
            if key.is_empty() || key.len() > 63 || !key.chars().all(plain) {
                let message = format!("{key:?} is not a label: use 1 to 63 of letters, digits, ., _, - and /");
                return Err(Error::field("/labels", message));
            }
            if value.len() > 255 || value.chars().any(char::is_control) {
                return Err(Error::field(
                    format!("/labels/{}", key.replace('/', "~1")),
                    "must be one line of at most 255 bytes",
                ));
            }
        }
        if self.labels.as_ref().is_some_and(|labels| labels.len() > MAX_LABELS) {
            return Err(Error::field("/labels", format!("at most {MAX_LABELS}")));
        }
        if self.groups.as_ref().is_some_and(|groups| groups.len() > MAX_GROUPS) {
            return Err(Error::field("/groups", format!("at most {MAX_GROUPS}")));
        }
        Ok(())
    }
}
