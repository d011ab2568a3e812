//! The live boot page: how the box is, with the fix of what is not right, before anything is asked.

use super::{Step, mark, steps};
use crate::web::{
    Services,
    pages::{components::live, format::title, frame, icons::Icon},
    problem::Problem,
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::fault::Check;
use maud::{Markup, html};

/// `GET /setup`
pub async fn get(State(services): State<Services>) -> Result<Response, Problem> {
    if services.setup.state().await?.set_up {
        return Ok(Redirect::to("/").into_response());
    }
    Ok(page(&services.boot.checks().await).into_response())
}

/// What plain HTTP shows at `/`: how the box is, and the way to where it is set up. No password is asked for here.
pub async fn plain(services: &Services, secure_url: &str) -> Markup {
    plain_page(&services.boot.checks().await, secure_url)
}

/// The page over HTTPS, kept up to date.
#[must_use]
pub fn page(checks: &[Check]) -> Markup {
    let next = html! {
        div class="stack tight" {
            a class="button primary" href="/setup/name" { "Set up a new Hearth" (Icon::Arrow) }
            p class="small muted" { "What is not perfect yet can be mended later, too." }
        }
        p class="small muted" { "Does your browser warn of the certificate? " a href="/trust" { "Here is why, and how to trust it" } "." }
    };
    welcome(&live("boot", "/live/boot", &list(checks)), &next)
}

/// The page over plain HTTP.
#[must_use]
pub fn plain_page(checks: &[Check], secure_url: &str) -> Markup {
    let next = html! {
        div class="stack tight" {
            a class="button primary" href={ (secure_url) "/setup" } { "Go on, encrypted" (Icon::Arrow) }
            p class="small muted" { "From here on everything is encrypted with a certificate that this box made for itself." }
        }
        div class="card sunken stack tight" {
            h2 { "Your browser will warn once" }
            p class="small" { "It does not know this box yet. Let it go on, or download the box's certificate first and trust it." }
            p { a class="button little" href="/ca.crt" { (Icon::Down) "Download the certificate" } }
        }
    };
    welcome(&list(checks), &next)
}

fn welcome(checks: &Markup, next: &Markup) -> Markup {
    let content = html! {
        div class="stack loose" {
            div class="stack tight" {
                h1 { "Welcome to Hearth" }
                p class="lead" { "Your machines, as one computer. This takes a few minutes, and the internet is not needed." }
            }
            section class="card flush" aria-labelledby="box" {
                header class="option-title" { h2 id="box" { "How this box is" } }
                (checks)
            }
            (next)
        }
    };
    frame::lone_with("Welcome", true, Some(10), Some(&steps(Step::Boot)), &content)
}

/// What was checked: the part that is kept up to date.
#[must_use]
pub fn list(checks: &[Check]) -> Markup {
    html! {
        ul class="list" {
            @for check in checks {
                li {
                    span class="avatar" { (icon(&check.name)) }
                    div class="grow stack tight" {
                        h3 { (title(&check.name)) }
                        p class="small muted breaks" { (check.found) }
                        @if let Some(mend) = &check.mend { p class="small breaks" { strong { "What to do: " } (mend) } }
                    }
                    (mark(check.mend.is_none()))
                }
            }
        }
    }
}

fn icon(name: &str) -> Icon {
    match name {
        "network" => Icon::Network,
        "clock" => Icon::Clock,
        "storage" => Icon::Disk,
        _ => Icon::Box,
    }
}
