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

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_model::update::{Channel, Feed};
    use serde_json::json;
    use std::{path::Path, process::Command};

    const SIGN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../image/sign");

    fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
        let done = Command::new(program).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    }

    /// A key pair as `image/keys/make` makes it: the private one's file, and the public one.
    fn key(folder: &Path) -> (String, FeedKey) {
        let file = folder.join("feed.key").display().to_string();
        run("openssl", &["genpkey", "-algorithm", "ED25519", "-out", &file]);
        let public = run("openssl", &["pkey", "-in", &file, "-pubout"]);
        (file, FeedKey::from_pem(&public).unwrap())
    }

    #[test]
    fn what_the_release_tools_sign_is_believed_and_nothing_else() {
        let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ((file, ours), (_, foreign)) = (key(here.path()), key(elsewhere.path()));
        let feed = here.path().join("feed.json");
        // Of all lengths that base64 fills up differently.
        for notes in ["calm", "calmer", "calmest ✓"] {
            let bundle = json!({"compatible": "hearth-x86_64", "url": "a.raucb", "size": 7, "sha256": "a".repeat(64)});
            let release =
                json!({"version": "0.2.0", "released_at": "2026-11-01T00:00:00Z", "notes": notes, "bundles": [bundle]});
            let text = json!({"schema": 1, "channel": "stable", "serial": 1, "releases": [release]}).to_string();
            std::fs::write(&feed, &text).unwrap();
            let signed = run(SIGN, &[&file, &feed.display().to_string()]);
            let opened = ours.open(&signed).unwrap();
            assert_eq!(opened, text.as_bytes());
            assert!(Feed::parse(&opened, Channel::Stable, 0).is_ok());
            assert!(matches!(foreign.open(&signed), Err(SignatureError::Foreign)));
        }
    }
}
