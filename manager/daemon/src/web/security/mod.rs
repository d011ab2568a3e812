//! Who is asking, and what every request must pass: logins, tokens, roles, CSRF, headers, rate limits.

mod client;
mod cookie;
mod form;
mod headers;
mod identity;
mod limits;
mod login;
mod origin;
mod role;

pub use client::ClientAddr;
pub use cookie::{clear_cookie, session_cookie};
pub use form::{CsrfForm, OpenForm};
pub use headers::secure_headers;
pub use identity::{Identity, identify};
pub use limits::{Limits, limit};
pub use login::{Login, LoginRejection, safe_next};
pub use origin::{is_own_origin, same_origin};
pub use role::{AsAdmin, AsOperator, AsViewer};

/// Header in which a script sends the CSRF token of its session.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Hidden field in which a form sends it.
pub const CSRF_FIELD: &str = "csrf";

/// Whether two secrets are equal, in a time that tells nothing of where they differ.
fn same_secret(left: &str, right: &str) -> bool {
    use sha2::{Digest, Sha256};
    Sha256::digest(left) == Sha256::digest(right)
}
