//! The logged-in browser, for pages.

use super::{Identity, clear_cookie, role, same_secret};
use crate::web::{Services, problem::Problem};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderName, HeaderValue, Method, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::account::{Actor, Role};
use url::form_urlencoded;

/// The logged-in browser session. Without one the browser is sent to `/setup` or `/login?next=…`.
#[derive(Clone)]
pub struct Login {
    /// Who it is.
    pub actor: Actor,
    /// What every form and changing request must carry; see [`super::CSRF_FIELD`] and [`super::CSRF_HEADER`].
    pub csrf: String,
    /// What the cookie carries, to end the session with.
    pub token: String,
}

impl Login {
    /// Whether a token that a form brought is that of this login's pages.
    #[must_use]
    pub fn is_from_page(&self, csrf: &str) -> bool {
        same_secret(csrf, &self.csrf)
    }

    /// Refuses unless the person has at least this role.
    ///
    /// # Errors
    /// A problem with status 403.
    pub fn require(&self, role: Role) -> Result<(), Problem> {
        role::require(&self.actor, role)
    }

    /// Whether the person has at least this role, to leave out what could not be used.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.actor.role >= role
    }

    fn of(identity: Identity) -> Option<Self> {
        match identity {
            Identity::Browser(session) => Some(Self {
                actor: session.actor,
                csrf: session.csrf,
                token: session.token,
            }),
            Identity::Nobody | Identity::Program(_) | Identity::Refused(_) => None,
        }
    }
}

/// Where a browser without a session is sent.
#[derive(Debug)]
pub enum LoginRejection {
    /// To another page; a script (htmx) is told by a header, as it would follow a redirect by itself.
    GoTo {
        /// Path of that page.
        path: String,
        /// Whether a script asks.
        script: bool,
    },
    /// It could not be found out.
    Problem(Problem),
}

impl IntoResponse for LoginRejection {
    fn into_response(self) -> Response {
        match self {
            Self::GoTo { path, script: true } => {
                let target = HeaderValue::try_from(path).unwrap_or_else(|_| HeaderValue::from_static("/login"));
                let header = [(HeaderName::from_static("hx-redirect"), target)];
                (StatusCode::UNAUTHORIZED, header, [clear_cookie()]).into_response()
            }
            Self::GoTo { path, script: false } => Redirect::to(&path).into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl FromRequestParts<Services> for Login {
    type Rejection = LoginRejection;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, LoginRejection> {
        if let Some(login) = Self::of(Identity::of(&parts.extensions)) {
            return Ok(login);
        }
        let set_up = services
            .accounts
            .is_set_up()
            .await
            .map_err(|error| LoginRejection::Problem(error.into()))?;
        let path = if set_up { login_path(parts) } else { "/setup".to_owned() };
        Err(LoginRejection::GoTo {
            path,
            script: parts.headers.contains_key("hx-request"),
        })
    }
}

impl OptionalFromRequestParts<Services> for Login {
    type Rejection = LoginRejection;

    async fn from_request_parts(parts: &mut Parts, _: &Services) -> Result<Option<Self>, LoginRejection> {
        Ok(Self::of(Identity::of(&parts.extensions)))
    }
}

/// The login page, which leads back to what was asked for when that can simply be asked for again.
fn login_path(parts: &Parts) -> String {
    let asked = parts.uri.path_and_query().map_or("/", |asked| asked.as_str());
    if parts.method == Method::GET && asked != "/" {
        let next: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
        format!("/login?next={next}")
    } else {
        "/login".to_owned()
    }
}

/// The page to go to after login: `next` when it is a path on this host, else the home page.
#[must_use]
pub fn safe_next(next: Option<&str>) -> &str {
    next.filter(|path| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.contains(char::is_control)
    })
    .unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn the_page_after_login_is_always_ours() {
        assert_eq!(safe_next(Some("/apps/miniflux?tab=logs")), "/apps/miniflux?tab=logs");
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(safe_next(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(safe_next(None), "/");
    }
}
