//! Signed tokens that end by themselves (JWT, RFC 7519, signed with HMAC-SHA-256).
//!
//! A token says who it stands for, not what that person may do: role and existence are looked up at each use. It
//! carries a print of the password's hash, so that a new password ends it.

use super::secret;
use crate::{
    engine::{Error, Result},
    port::{
        ids::Ids,
        vault::{Plaintext, Vault},
    },
    store::{Store, secrets},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hearth_model::{account::User, id::UserId};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

const ISSUER: &str = "hearth";
/// Owner and name of the key in the table of secrets.
const KEY: (&str, &str) = ("system", "jwt");

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: UserId,
    iat: i64,
    exp: i64,
    /// Print of the password's hash.
    pwd: String,
}

/// Signs and reads tokens.
#[derive(Default)]
pub(super) struct Signer {
    key: OnceCell<Plaintext>,
}

/// What a token says, once its signature and its end were checked.
pub(super) struct Claim {
    /// Who it stands for.
    pub(super) user: UserId,
    print: String,
}

impl Claim {
    /// Whether the password is still the one that it was issued for.
    pub(super) fn matches(&self, password_hash: &str) -> bool {
        self.print == print(password_hash)
    }
}

impl Signer {
    /// The key, made and sealed the first time.
    pub(super) async fn key(&self, store: &Store, vault: &dyn Vault, ids: &dyn Ids) -> Result<&Plaintext> {
        self.key.get_or_try_init(|| load(store, vault, ids)).await
    }

    /// A token for a person from `at` to `until`.
    pub(super) fn sign(
        key: &Plaintext,
        user: &User,
        password_hash: &str,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<String> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user.id,
            iat: at.as_second(),
            exp: until.as_second(),
            pwd: print(password_hash),
        };
        let header = Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key.expose()))
            .map_err(|e| Error::internal("signing a token", e))
    }

    /// What a token says; none when it is not ours, was changed, or has ended.
    pub(super) fn read(key: &Plaintext, token: &str, now: Timestamp) -> Option<Claim> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        // The end is compared below, with the time that comes in by the port.
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(key.expose());
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()?.claims;
        (now.as_second() < claims.exp).then_some(Claim {
            user: claims.sub,
            print: claims.pwd,
        })
    }
}

async fn load(store: &Store, vault: &dyn Vault, ids: &dyn Ids) -> Result<Plaintext> {
    let context = format!("{}/{}", KEY.0, KEY.1);
    if let Some(found) = store.read(|c| secrets::find(c, KEY.0, KEY.1)).await? {
        match vault.unseal(&context, &found.sealed) {
            Ok(key) => return Ok(key),
            // Nothing is lost but the tokens that are out, which end within a day anyway.
            Err(error) => tracing::warn!(%error, "the key that signs tokens is replaced"),
        }
    }
    let mut key = vec![0; 32];
    ids.random(&mut key);
    let key = Plaintext::new(key);
    let secret = secrets::Secret {
        id: ids.uuid().into(),
        owner: KEY.0.to_owned(),
        name: KEY.1.to_owned(),
        sealed: vault.seal(&context, &key),
    };
    store.write(move |tx| secrets::put(tx, &secret)).await?;
    Ok(key)
}

/// Tells one password hash from another, and nothing else of it.
fn print(password_hash: &str) -> String {
    URL_SAFE_NO_PAD.encode(&secret::hash(password_hash)[..12])
}
