//! How handlers get at a request's parts: what is wrong is a problem that names the field.

use crate::{
    engine::{self, FieldError},
    web::{parse, problem::Problem},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::IntoResponse,
};
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// Longest id or name in a path that is looked for; no name is longer.
const MAX_KEY: usize = 255;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "send JSON, with the header \"Content-Type: application/json\"";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let status = rejection.into_response().status();
            Problem::new(status, "the body could not be read, or is longer than 1 MiB")
        })?;
        parse::json(&body).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The query.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse::form(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The id or name in the path.
pub struct Key(pub String);

impl Key {
    /// As an id or a name of a type. What cannot be one names nothing.
    ///
    /// # Errors
    /// A problem with status 404.
    pub fn parse<T: FromStr>(&self, what: &'static str) -> Result<T, Problem> {
        self.0
            .parse()
            .map_err(|_| engine::Error::not_found(what, &self.0).into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(key)) if key.len() <= MAX_KEY => Ok(Self(key)),
            Ok(_) | Err(_) => Err(Problem::no_route(&parts.method, parts.uri.path())),
        }
    }
}

/// Two ids or names in the path.
pub struct Keys([Key; 2]);

impl Keys {
    /// The first, as [`Key::parse`].
    ///
    /// # Errors
    /// A problem with status 404.
    pub fn first<T: FromStr>(&self, what: &'static str) -> Result<T, Problem> {
        self.0[0].parse(what)
    }

    /// The second.
    ///
    /// # Errors
    /// A problem with status 404.
    pub fn second<T: FromStr>(&self, what: &'static str) -> Result<T, Problem> {
        self.0[1].parse(what)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Keys {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<(String, String)>::from_request_parts(parts, state).await {
            Ok(Path((first, second))) if first.len().max(second.len()) <= MAX_KEY => {
                Ok(Self([Key(first), Key(second)]))
            }
            Ok(_) | Err(_) => Err(Problem::no_route(&parts.method, parts.uri.path())),
        }
    }
}

/// The header `Idempotency-Key`: the same key and body give the same job.
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        match value.to_str() {
            Ok(key) if (1..=255).contains(&key.len()) => Ok(Self(Some(key.to_owned()))),
            Ok(_) | Err(_) => {
                let fault = FieldError {
                    pointer: String::new(),
                    message: "must be 1 to 255 printable ASCII characters".to_owned(),
                };
                Err(Problem {
                    errors: vec![fault],
                    ..Problem::new(StatusCode::BAD_REQUEST, "the header Idempotency-Key is not right")
                })
            }
        }
    }
}
