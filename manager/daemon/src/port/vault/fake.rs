//! A vault whose seal hides nothing, but holds a secret to its context.

use super::{Plaintext, Vault, VaultError};

/// Seals by putting the context before the secret.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakeVault;

impl Vault for FakeVault {
    fn seal(&self, context: &str, secret: &Plaintext) -> Vec<u8> {
        let mut sealed = format!("sealed for {context}:").into_bytes();
        sealed.extend_from_slice(secret.expose());
        sealed
    }

    fn unseal(&self, context: &str, sealed: &[u8]) -> Result<Plaintext, VaultError> {
        sealed
            .strip_prefix(format!("sealed for {context}:").as_bytes())
            .map(Plaintext::new)
            .ok_or_else(|| VaultError::Unseal {
                context: context.to_owned(),
            })
    }
}
