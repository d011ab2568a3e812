//! What every request passes on its way in and every answer on its way out, in one place, for the order matters.

use super::{
    Services,
    problem::{self, Problem},
    security::{self, Limits},
    trace,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, OriginalUri},
    http::{Method, StatusCode, Uri},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use std::{any::Any, sync::Arc};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
};

/// Longest body, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// Puts the layers around the routes, innermost first.
pub fn around(routes: Router<Services>, services: Services) -> Router {
    routes
        .fallback(no_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(security::same_origin())
        // Limits ask who it is, so that is found out before.
        .layer(from_fn_with_state(Arc::new(Limits::default()), security::limit))
        .layer(from_fn_with_state(services.clone(), security::identify))
        .layer(CatchPanicLayer::custom(after_panic))
        // Outside of whatever answers a problem, so that each of them can become a page.
        .layer(from_fn(problem::as_page))
        .layer(from_fn(security::secure_headers))
        .layer(compression())
        .layer(from_fn(trace::trace))
        .with_state(services)
}

/// The same for plain HTTP, where nobody is logged in.
pub fn around_plain(routes: Router<Services>, services: Services) -> Router {
    routes
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(Arc::new(Limits::default()), security::limit))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn(problem::as_page))
        .layer(from_fn(security::secure_headers))
        .layer(from_fn(trace::trace))
        .with_state(services)
}

/// Text alone is left as it is: logs that are followed shall come line by line, not when a block is full.
fn compression() -> CompressionLayer<impl Predicate> {
    let large = DefaultPredicate::new().and(NotForContentType::const_new("text/plain"));
    // A page goes over a local network: the milliseconds that the last tenth of its size would take are not worth it.
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(large)
}

async fn no_route(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    Problem::no_route(&method, uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{} cannot be asked for by {method}", uri.path()),
    )
}

fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    tracing::error!(panic = text, "a handler panicked");
    Problem::fault().into_response()
}
