//! What a caller of the API may do, said by each handler in its arguments.
//!
//! A request that changes something and is authenticated by a cookie must carry the session's CSRF token in a
//! header; one with a bearer token need not, as no browser sends that by itself.

use super::{CSRF_HEADER, Identity, same_secret};
use crate::{
    engine,
    web::{Services, problem::Problem},
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use hearth_model::account::{Actor, Role};

/// Refuses unless the actor has at least this role.
pub(super) fn require(actor: &Actor, role: Role) -> Result<(), Problem> {
    if actor.role >= role {
        return Ok(());
    }
    Err(engine::Error::Forbidden { needed: role.as_str() }.into())
}

/// Who calls, once the CSRF token was checked where it is needed.
fn caller(parts: &Parts) -> Result<Actor, Problem> {
    match Identity::of(&parts.extensions) {
        Identity::Program(actor) => Ok(actor),
        Identity::Browser(session) => {
            let given = parts.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
            if parts.method.is_safe() || given.is_some_and(|given| same_secret(given, &session.csrf)) {
                Ok(session.actor)
            } else {
                Err(Problem::new(
                    StatusCode::FORBIDDEN,
                    format!("a change with a session cookie needs the header {CSRF_HEADER}"),
                ))
            }
        }
        Identity::Refused(problem) => Err(problem),
        Identity::Nobody => Err(engine::Error::Unauthenticated(
            "this needs a login: send a session cookie or \"Authorization: Bearer <token>\"".to_owned(),
        )
        .into()),
    }
}

macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident: $role:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Actor);

        impl FromRequestParts<Services> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &Services) -> Result<Self, Problem> {
                let actor = caller(parts)?;
                require(&actor, $role)?;
                Ok(Self(actor))
            }
        }
    )*};
}

callers! {
    /// Anybody who is logged in.
    AsViewer: Role::Viewer;
    /// Who may deploy, start and stop.
    AsOperator: Role::Operator;
    /// Who may adopt machines, change settings and manage people.
    AsAdmin: Role::Admin;
}
