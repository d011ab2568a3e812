//! What went wrong, as the caller sees it: RFC 9457 problem details for programs, a page for people.
//!
//! The one exhaustive mapping from the engine's errors to HTTP stands here. A fault of ours is logged here, once;
//! its cause never leaves the machine.

use crate::engine::{self, FieldError};
use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hearth_model::fault::Cause;
use serde::Serialize;
use utoipa::ToSchema;

/// Media type of a problem (RFC 9457, section 6.1).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Problem details (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Kind of problem, for programs: `urn:hearth:problem:<word>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Kind of problem, for people.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// What is wrong with the request, by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Why a machine cannot be used, when that is what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What can be done about `cause`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<&'static str>,
    /// Seconds to wait, also in the header `Retry-After`.
    #[serde(skip)]
    pub retry_after_secs: Option<u32>,
}

impl Problem {
    /// A problem of a status, with the status' usual word and title.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self {
            kind: format!(
                "urn:hearth:problem:{}",
                title.to_ascii_lowercase().replace([' ', '-'], "_")
            ),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            cause: None,
            mend: None,
            retry_after_secs: None,
        }
    }

    /// Fields that are not right.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        engine::Error::Invalid(errors).into()
    }

    /// One field that is not right.
    #[must_use]
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        engine::Error::field(pointer, message).into()
    }

    /// There is no such page or route.
    #[must_use]
    pub fn no_route(method: &Method, path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is nothing at {method} {path}"))
    }

    /// A fault of ours; the log has the rest.
    #[must_use]
    pub fn fault() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong inside Hearth. Try again; if it stays, look at the log of the service `hearth`.",
        )
    }

    /// The same with seconds to wait.
    #[must_use]
    pub fn retry_after(self, secs: u64) -> Self {
        Self {
            retry_after_secs: Some(u32::try_from(secs).unwrap_or(u32::MAX)),
            ..self
        }
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What is wrong with the field at `pointer`, for forms.
    #[must_use]
    pub fn of_field(&self, pointer: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|e| e.pointer == pointer)
            .map(|e| e.message.as_str())
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        let detail = error.to_string();
        match error {
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, detail),
            Error::Conflict(_) => Self::new(StatusCode::CONFLICT, detail),
            Error::Invalid(errors) => Self {
                errors,
                ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
            },
            Error::Unauthenticated(_) => Self::new(StatusCode::UNAUTHORIZED, detail),
            Error::Forbidden { .. } => Self::new(StatusCode::FORBIDDEN, detail),
            Error::TooMany { retry_after_secs } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(retry_after_secs)
            }
            // The machine that was named cannot be used as things stand: a conflict, not a fault of this server.
            Error::Node { fault, .. } => Self {
                cause: Some(fault.cause),
                mend: Some(fault.cause.mend()),
                ..Self::new(StatusCode::CONFLICT, detail)
            },
            Error::NotReady(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(5),
            Error::Store(source) => {
                log_fault(&detail, &source);
                Self::fault()
            }
            Error::Internal { source, .. } => {
                log_fault(&detail, source.as_ref());
                Self::fault()
            }
        }
    }
}

fn log_fault(attempt: &str, source: &dyn std::error::Error) {
    let mut causes = source.to_string();
    let mut next = source.source();
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    tracing::error!(causes, "{attempt}");
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(secs) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Layer: shows a problem as a page to a browser that asked for one; programs get it as it is.
pub async fn as_page(request: Request, next: Next) -> Response {
    let wants_page = !request.uri().path().starts_with("/api/")
        && request
            .headers()
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"));
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>().filter(|_| wants_page) else {
        return response;
    };
    let page = super::pages::problem_page(problem).into_response();
    let mut page = (problem.status(), page).into_response();
    for name in [header::RETRY_AFTER, header::SET_COOKIE] {
        if let Some(value) = response.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_model::fault::Fault;

    #[test]
    fn every_error_has_its_status() {
        let cases = [
            (engine::Error::not_found("node", "nas"), 404),
            (engine::Error::Conflict("taken".into()), 409),
            (engine::Error::field("/name", "too long"), 422),
            (engine::Error::Unauthenticated("who?".into()), 401),
            (engine::Error::Forbidden { needed: "admin" }, 403),
            (engine::Error::TooMany { retry_after_secs: 4 }, 429),
            (engine::Error::NotReady("not set up".into()), 503),
            (engine::Error::internal("hashing", "no memory"), 500),
            (
                engine::Error::Node {
                    node: "nas".into(),
                    fault: Fault::new(Cause::NoSudo, "sudo -n true"),
                },
                409,
            ),
        ];
        for (error, status) in cases {
            let text = error.to_string();
            assert_eq!(Problem::from(error).status, status, "{text}");
        }
    }

    #[test]
    fn a_fault_of_ours_tells_nothing_of_its_cause() {
        let problem = Problem::from(engine::Error::internal("opening", "/secret/path"));
        assert!(!problem.detail.contains("/secret/path"));
    }

    #[test]
    fn too_many_says_how_long_to_wait() {
        let response = Problem::from(engine::Error::TooMany { retry_after_secs: 8 }).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "8");
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    }
}
