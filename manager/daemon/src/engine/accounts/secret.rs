//! Random tokens, and the hash under which they are kept.

use crate::port::ids::Ids;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// 256 unpredictable bits as text that fits into a cookie, a header and a URL.
pub(super) fn random(ids: &dyn Ids) -> String {
    let mut bytes = [0; 32];
    ids.random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a token. A fast hash will do: nobody guesses 256 bits.
pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
