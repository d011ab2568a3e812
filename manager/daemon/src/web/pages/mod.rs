//! The pages: HTML rendered on the server.

use super::{Services, problem::Problem, server::SecureUrl};
use axum::{Extension, Router};
use maud::{DOCTYPE, Markup, html};

/// Every page, and the assets.
pub fn router() -> Router<Services> {
    Router::new()
}

/// What plain HTTP shows at `/` while Hearth is not set up: the way to `secure_url`, and to the certificate at `/ca.crt`.
pub async fn boot_page(Extension(secure_url): Extension<SecureUrl>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Hearth" } }
            body { main { h1 { "Hearth" } p { a href=(secure_url.0) { "Go on" } } p { a href="/ca.crt" { "Certificate" } } } }
        }
    }
}

/// A problem as a page.
#[must_use]
pub fn problem_page(problem: &Problem) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (problem.title) " · Hearth" } }
            body { main { h1 { (problem.title) } p { (problem.detail) } } }
        }
    }
}
