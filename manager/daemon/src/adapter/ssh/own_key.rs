//! Hearth's own key pair: made on first use, kept sealed in the data folder, installed on every node.

use crate::{
    adapter::private_file::{self, PrivateFileError},
    port::vault::{Plaintext, Vault, VaultError},
};
use russh::keys::{Algorithm, PrivateKey, key::safe_rng, ssh_key::LineEnding};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

/// Name of the file in the data folder.
const FILE: &str = "ssh_key.sealed";

/// What the vault binds the key to.
const CONTEXT: &str = "ssh-key";

/// Why Hearth has no key of its own.
#[derive(Debug, thiserror::Error)]
pub enum OwnKeyError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file cannot be unsealed.
    #[error("the SSH key in {path} cannot be used")]
    Unseal {
        /// File.
        path: PathBuf,
        /// Cause.
        #[source]
        source: VaultError,
    },
    /// What was unsealed is no key, or none can be made.
    #[error("the SSH key for {path} cannot be read or made")]
    Key {
        /// File.
        path: PathBuf,
        /// Cause.
        #[source]
        source: russh::keys::ssh_key::Error,
    },
    /// The machine's name cannot be read.
    #[error("the machine's own name cannot be read")]
    HostName(#[source] io::Error),
}

/// Hearth's own key pair.
pub(super) struct OwnKey {
    private: Arc<PrivateKey>,
    public: String,
}

impl OwnKey {
    /// Unseals the key in the data folder, or makes it.
    pub(super) fn open(data: &Path, vault: &dyn Vault) -> Result<Self, OwnKeyError> {
        let path = data.join(FILE);
        let key_error = |source| OwnKeyError::Key {
            path: path.clone(),
            source,
        };
        // Made before it is known whether it is needed: Ed25519 takes microseconds, and so its errors have a way out.
        let fresh = generate()?.to_openssh(LineEnding::LF).map_err(key_error)?;
        let seal = || Zeroizing::new(vault.seal(CONTEXT, &Plaintext::new(fresh.as_bytes())));
        let sealed = private_file::read_or_make(&path, seal)?;
        let opened = vault.unseal(CONTEXT, &sealed).map_err(|source| OwnKeyError::Unseal {
            path: path.clone(),
            source,
        })?;
        let private = PrivateKey::from_openssh(opened.expose()).map_err(key_error)?;
        let public = private.public_key().to_openssh().map_err(key_error)?;
        Ok(Self {
            private: Arc::new(private),
            public,
        })
    }

    /// The private key.
    pub(super) fn private(&self) -> Arc<PrivateKey> {
        Arc::clone(&self.private)
    }

    /// The public key as a line for `authorized_keys`.
    pub(super) fn public(&self) -> &str {
        &self.public
    }
}

fn generate() -> Result<PrivateKey, OwnKeyError> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").map_err(OwnKeyError::HostName)?;
    let mut key = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).map_err(|source| OwnKeyError::Key {
        path: PathBuf::from(FILE),
        source,
    })?;
    key.set_comment(format!("hearth@{}", host.trim()));
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{ids::SystemIds, vault::AeadVault};

    #[test]
    fn made_once_and_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let vault = AeadVault::open(dir.path(), None, Arc::new(SystemIds)).unwrap();
        let first = OwnKey::open(dir.path(), &vault).unwrap();
        let again = OwnKey::open(dir.path(), &vault).unwrap();
        assert_eq!(first.public(), again.public());
        assert!(first.public().starts_with("ssh-ed25519 ") && first.public().contains(" hearth@"));
        let kept = std::fs::read(dir.path().join(FILE)).unwrap();
        assert!(!kept.windows(7).any(|w| w == b"OPENSSH"));

        let other = tempfile::tempdir().unwrap();
        let stranger = AeadVault::open(other.path(), None, Arc::new(SystemIds)).unwrap();
        assert!(matches!(
            OwnKey::open(dir.path(), &stranger),
            Err(OwnKeyError::Unseal { .. })
        ));
    }
}
