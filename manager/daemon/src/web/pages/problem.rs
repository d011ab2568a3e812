//! Errors as pages: what happened, why, and what to do next.

use super::{components::link, frame, icons::Icon};
use crate::web::problem::Problem;
use maud::{Markup, html};

/// The page of a problem.
#[must_use]
pub fn page(problem: &Problem) -> Markup {
    let (title, next) = match problem.status {
        404 => (
            "There is nothing here",
            "It may have been removed, or the address is not quite right.",
        ),
        403 => (
            "You may not do that",
            "Ask somebody with more rights, or load the page again if it was open for long.",
        ),
        401 => ("Please log in", "Your login has ended."),
        409 => ("Not as things stand", "Look at how it stands now, and try again."),
        422 | 400 => ("That was not understood", "Go back and look at what was filled in."),
        429 => ("Too many tries", "Wait a little, then try again."),
        503 => (
            "Not ready yet",
            "Hearth is still starting. This page is loaded again by itself.",
        ),
        _ => (
            "Something went wrong inside Hearth",
            "Try again. If it stays, the log of the service hearth tells more.",
        ),
    };
    let content = html! {
        div class="card stack" {
            p class="muted small num" { "Error " (problem.status) " · " (problem.title) }
            h1 { (title) }
            p class="breaks" { (sentence(&problem.detail)) }
            @if let Some(mend) = &problem.mend { p { strong { "What to do: " } (mend) } }
            @else { p class="muted" { (next) } }
            @for error in &problem.errors { p class="small" { code { (error.pointer.trim_start_matches('/')) } ": " (error.message) } }
            div class="row" {
                (link("/", "primary", Icon::Home, "Home"))
                @if problem.status == 401 { (link("/login", "", Icon::User, "Log in")) }
                @else { (link("/activity", "", Icon::Activity, "Activity")) }
            }
        }
    };
    frame::lone_with(title, false, (problem.status == 503).then_some(5), None, &content)
}

/// With a capital and a full stop, as errors of programs have neither.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String = match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => return String::new(),
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    #[test]
    fn a_problem_says_what_happened_and_what_to_do() {
        let problem = Problem::new(StatusCode::NOT_FOUND, "there is no node \"nas\"");
        let shown = page(&problem).into_string();
        for part in [
            "There is nothing here",
            "There is no node &quot;nas&quot;.",
            "href=\"/\"",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }
}
