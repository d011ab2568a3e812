//! The session cookie.
//!
//! `__Host-` makes browsers refuse it unless it is Secure, for the whole host and this host alone (RFC 6265bis,
//! section 4.1.3.2). Lax, not Strict: a link in a message leads to the page, not to the login; what changes
//! something needs the CSRF token anyway.

use crate::engine::accounts::Session;
use axum::http::{HeaderMap, HeaderValue, header};

const NAME: &str = "__Host-hearth";

/// The browser forgets it after this many seconds without a visit; the server decides when the session ends.
const MAX_AGE_SECS: u32 = 30 * 86_400;

/// Header `Set-Cookie` that gives a browser its session.
#[must_use]
pub fn session_cookie(session: &Session) -> (header::HeaderName, HeaderValue) {
    let text = format!(
        "{NAME}={}; Path=/; Max-Age={MAX_AGE_SECS}; Secure; HttpOnly; SameSite=Lax",
        session.token
    );
    // A token is URL-safe base64, so this never falls back.
    let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| cleared());
    value.set_sensitive(true);
    (header::SET_COOKIE, value)
}

/// Header `Set-Cookie` that takes the session away.
#[must_use]
pub fn clear_cookie() -> (header::HeaderName, HeaderValue) {
    (header::SET_COOKIE, cleared())
}

fn cleared() -> HeaderValue {
    HeaderValue::from_static("__Host-hearth=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}

/// The session's token that a request carries.
pub(super) fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME && !value.is_empty()).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; __Host-hearth=tok; c=d"));
        assert_eq!(session_token(&headers), Some("tok"));
    }

    #[test]
    fn an_empty_or_foreign_cookie_is_none() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-hearth=; hearth=tok"));
        assert_eq!(session_token(&headers), None);
    }
}
