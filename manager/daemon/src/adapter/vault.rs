//! Sealing with XChaCha20-Poly1305 under one key.
//!
//! The key comes from systemd's credentials where there are some (there it can be bound to a TPM),
//! else from a file of mode 0600 in the data folder, made on first use. What is sealed begins with a
//! version, so that the cipher can be changed one day.
//!
//! Source: draft-irtf-cfrg-xchacha-03 (nonces of 192 bits may be drawn at random).

use super::private_file::{self, PrivateFileError};
use crate::port::{
    ids::Ids,
    vault::{Plaintext, Vault, VaultError},
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

/// Name of the credential, and of the file in the data folder.
pub const KEY_NAME: &str = "hearth.key";

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const VERSION: u8 = 1;

/// Why there is no key to seal with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file in the data folder cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The credential cannot be read.
    #[error("the credential {path} cannot be read")]
    Credential {
        /// File.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// Not a key.
    #[error("{path} holds {found} bytes; a key has {KEY_BYTES}")]
    Length {
        /// File.
        path: PathBuf,
        /// Its size.
        found: usize,
    },
}

/// Seals with one key.
pub struct AeadVault {
    cipher: XChaCha20Poly1305,
    ids: Arc<dyn Ids>,
}

impl AeadVault {
    /// Opens the vault with the key in `credentials` (systemd's `$CREDENTIALS_DIRECTORY`) or, without one there, in `data`.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn open(data: &Path, credentials: Option<&Path>, ids: Arc<dyn Ids>) -> Result<Self, KeyError> {
        let (path, key) = match credentials.map(|folder| folder.join(KEY_NAME)) {
            // systemd guards its credentials itself, by ACLs that look like a wide mode.
            Some(path) if path.exists() => match std::fs::read(&path) {
                Ok(key) => (path, Zeroizing::new(key)),
                Err(source) => return Err(KeyError::Credential { path, source }),
            },
            _ => {
                let path = data.join(KEY_NAME);
                let key = private_file::read_or_make(&path, || {
                    let mut key = Zeroizing::new(vec![0; KEY_BYTES]);
                    ids.random(&mut key);
                    key
                })?;
                (path, key)
            }
        };
        match XChaCha20Poly1305::new_from_slice(&key) {
            Ok(cipher) => Ok(Self { cipher, ids }),
            Err(_) => Err(KeyError::Length { path, found: key.len() }),
        }
    }
}

impl Vault for AeadVault {
    fn seal(&self, context: &str, secret: &Plaintext) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        self.ids.random(&mut nonce);
        let payload = Payload {
            msg: secret.expose(),
            aad: context.as_bytes(),
        };
        let Ok(sealed) = self.cipher.encrypt(&XNonce::from(nonce), payload) else {
            unreachable!("only secrets of more than 256 GiB cannot be sealed");
        };
        [&[VERSION], nonce.as_slice(), &sealed].concat()
    }

    fn unseal(&self, context: &str, sealed: &[u8]) -> Result<Plaintext, VaultError> {
        let unsealed = match sealed.split_first() {
            Some((&VERSION, rest)) => rest.split_first_chunk::<NONCE_BYTES>(),
            _ => None,
        }
        .and_then(|(nonce, msg)| {
            let payload = Payload {
                msg,
                aad: context.as_bytes(),
            };
            self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
        });
        unsealed.map(Plaintext::new).ok_or_else(|| VaultError::Unseal {
            context: context.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::ids::SystemIds;

    fn vault(data: &Path, credentials: Option<&Path>) -> Result<AeadVault, KeyError> {
        AeadVault::open(data, credentials, Arc::new(SystemIds))
    }

    #[test]
    fn unseals_only_what_it_sealed_for_the_same_context() {
        let dir = tempfile::tempdir().unwrap();
        let first = vault(dir.path(), None).unwrap();
        let secret = Plaintext::new("hunter2");
        let sealed = first.seal("secret:1", &secret);
        assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
        assert_ne!(
            sealed,
            first.seal("secret:1", &secret),
            "each sealing has its own nonce"
        );

        let again = vault(dir.path(), None).unwrap();
        assert_eq!(again.unseal("secret:1", &sealed).unwrap(), secret);
        assert!(again.unseal("secret:2", &sealed).is_err());
        for cut in 0..sealed.len() {
            assert!(again.unseal("secret:1", &sealed[..cut]).is_err());
        }
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(again.unseal("secret:1", &bent).is_err(), "byte {at}");
        }
    }

    #[test]
    fn another_key_unseals_nothing() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sealed = vault(a.path(), None).unwrap().seal("x", &Plaintext::new("y"));
        assert!(vault(b.path(), None).unwrap().unseal("x", &sealed).is_err());
    }

    #[test]
    fn a_credential_goes_before_the_file() {
        let (data, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(credentials.path().join(KEY_NAME), [7; KEY_BYTES]).unwrap();
        vault(data.path(), Some(credentials.path())).unwrap();
        assert!(!data.path().join(KEY_NAME).exists());

        std::fs::write(credentials.path().join(KEY_NAME), [7; 5]).unwrap();
        assert!(matches!(
            vault(data.path(), Some(credentials.path())),
            Err(KeyError::Length { found: 5, .. })
        ));
    }
}
