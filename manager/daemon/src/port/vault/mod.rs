//! Sealing of secrets: what lies in the database is of no use without the key.

mod fake;
pub use fake::FakeVault;

/// A secret in memory; wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct Plaintext(Vec<u8>);

impl Plaintext {
    /// Takes hold of a secret.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text, when it is text.
    #[must_use]
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl std::fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plaintext(…)")
    }
}

/// Why something could not be unsealed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Sealed with another key, for another purpose, or damaged.
    #[error("the secret for {context} cannot be unsealed: the key is another one, or the data is damaged")]
    Unseal {
        /// What it was sealed for.
        context: String,
    },
}

/// Seals and unseals with authenticated encryption; the context is authenticated too, so that one secret cannot stand in for another.
pub trait Vault: Send + Sync {
    /// Seals a secret for a context, such as `secret:<id>`.
    fn seal(&self, context: &str, secret: &Plaintext) -> Vec<u8>;

    /// Unseals it.
    ///
    /// # Errors
    /// [`VaultError::Unseal`] when key, context or data are not those it was sealed with.
    fn unseal(&self, context: &str, sealed: &[u8]) -> Result<Plaintext, VaultError>;
}
