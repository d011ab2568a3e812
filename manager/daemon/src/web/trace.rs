//! Gives each request an id, a span and a line in the log. Neither query nor headers are logged: they may hold secrets.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use std::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

/// Header that names the request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Layer: see the module.
pub(super) async fn trace(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    async move {
        let begun = Instant::now();
        let mut response = next.run(request).await;
        let took_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        tracing::debug!(status = response.status().as_u16(), took_ms, route, "answered");
        if let Ok(value) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
}
