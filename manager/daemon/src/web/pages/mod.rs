//! The pages: HTML rendered on the server.

use super::{Services, problem::Problem};
use axum::Router;
use maud::{DOCTYPE, Markup, html};

/// Every page, and the assets.
pub fn router() -> Router<Services> {
    Router::new()
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
