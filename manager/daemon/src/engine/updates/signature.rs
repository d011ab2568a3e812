//! The signature around a feed: a JSON Web Signature in its flattened form (RFC 7515, section 7.2.2), Ed25519
//! (RFC 8037). Its key comes with the image, so that whoever holds the feed's address cannot offer anything.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// Whose feeds are believed.
pub struct FeedKey(DecodingKey);

/// Why a feed is not believed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The key is none.
    #[error("the key is not an Ed25519 public key in PEM form")]
    Key(#[source] jsonwebtoken::errors::Error),
    /// It is not a signed document.
    #[error("it is not a signed feed: {0}")]
    Form(String),
    /// Somebody else signed it, or it was changed.
    #[error("its signature is not that of Hearth's releases")]
    Foreign,
}

#[derive(Deserialize)]
struct Signed {
    protected: String,
    payload: String,
    signature: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

impl FeedKey {
    /// The key in a PEM file's text.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, SignatureError> {
        DecodingKey::from_ed_pem(pem).map(Self).map_err(SignatureError::Key)
    }

    /// What was signed, once the signature is found good.
    ///
    /// # Errors
    /// See [`SignatureError`].
    pub fn open(&self, document: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let form = |error: &dyn std::fmt::Display| SignatureError::Form(error.to_string());
        let signed: Signed = serde_json::from_slice(document).map_err(|error| form(&error))?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|error| form(&error));
        let header: Header = serde_json::from_slice(&decode(&signed.protected)?).map_err(|error| form(&error))?;
        if header.alg != "EdDSA" {
            return Err(SignatureError::Form(format!(
                "signed by {:?}, not by EdDSA",
                header.alg
            )));
        }
        let message = format!("{}.{}", signed.protected, signed.payload);
        let verified = jsonwebtoken::crypto::verify(&signed.signature, message.as_bytes(), &self.0, Algorithm::EdDSA);
        match verified {
            Ok(true) => decode(&signed.payload),
            Ok(false) | Err(_) => Err(SignatureError::Foreign),
        }
    }
}
