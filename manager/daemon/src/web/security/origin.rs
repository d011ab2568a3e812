//! Refuses changes that another site makes a browser send; a second guard beside the CSRF token.

use crate::web::problem::Problem;
use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// Layer: a change that comes from another site or another port of this host is refused with 403.
pub fn same_origin() -> CsrfLayer<fn(ProtectionError) -> Response> {
    CsrfLayer::new().with_rejection_response(refuse as fn(_) -> _)
}

fn refuse(_: ProtectionError) -> Response<Body> {
    Problem::new(
        StatusCode::FORBIDDEN,
        "this request comes from another site; open Hearth itself and try there",
    )
    .into_response()
}

/// Whether a WebSocket is opened by a page of this host, or by no page at all. Browsers let any page open one to
/// anywhere, with cookies, and always tell its origin (RFC 6455, section 10.2).
#[must_use]
pub fn is_own_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let host = uri
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| headers.get(header::HOST)?.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://"));
    origin.is_some() && origin == host
}
