//! Finds out, once for each request, who is asking. Handlers then say what they need by their extractor.

use super::{ClientAddr, cookie};
use crate::{
    engine::{self, accounts::Session},
    web::{Services, problem::Problem},
};
use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hearth_model::account::Actor;

/// Who is asking.
#[derive(Clone)]
pub enum Identity {
    /// Nobody we know.
    Nobody,
    /// A browser that is logged in.
    Browser(Session),
    /// A program with a token.
    Program(Actor),
    /// A program whose token is not, or no longer, good.
    Refused(Problem),
}

impl Identity {
    /// What [`identify`] found out.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or(Self::Nobody)
    }

    /// Finds out who sends these headers.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(services: &Services, headers: &HeaderMap, from: Option<&str>) -> engine::Result<Self> {
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let token = authorization.to_str().ok().and_then(bearer);
            let answer = match token {
                Some(token) => services.accounts.bearer(token, from).await,
                None => Err(engine::Error::Unauthenticated(
                    "the header Authorization must be \"Bearer <token>\"".to_owned(),
                )),
            };
            return match answer {
                Ok(actor) => Ok(Self::Program(actor)),
                Err(error @ engine::Error::Unauthenticated(_)) => Ok(Self::Refused(error.into())),
                Err(error) => Err(error),
            };
        }
        let session = match cookie::session_token(headers) {
            Some(token) => services.accounts.session(token, from).await?,
            None => None,
        };
        Ok(session.map_or(Self::Nobody, Self::Browser))
    }

    /// Who it is, when it is anybody.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Browser(session) => Some(&session.actor),
            Self::Program(actor) => Some(actor),
            Self::Nobody | Self::Refused(_) => None,
        }
    }
}

/// Layer: notes the [`Identity`] of each request. A bearer token goes before a cookie.
pub async fn identify(State(services): State<Services>, mut request: Request, next: Next) -> Response {
    // What the assets answer depends on nobody.
    if !request.uri().path().starts_with("/assets/") {
        let from = ClientAddr::of(request.extensions()).text();
        match Identity::find(&services, request.headers(), from.as_deref()).await {
            Ok(identity) => {
                request.extensions_mut().insert(identity);
            }
            Err(error) => return Problem::from(error).into_response(),
        }
    }
    next.run(request).await
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
