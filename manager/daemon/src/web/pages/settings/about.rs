//! Settings, first page: this Hearth, its certificate, and where to read on.

use super::tabs;
use crate::web::{
    Services,
    pages::{
        components::{csrf, head, link, table::facts},
        form::Fields,
        format::time,
        frame::{Frame, Place},
        icons::Icon,
    },
    problem::Problem,
    security::CsrfForm,
    support,
};
use axum::{extract::State, response::Response};
use hearth_model::account::Role;
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Data {
    /// Name of the box.
    pub name: String,
    /// Its time zone.
    pub time_zone: String,
}

/// `GET /settings`
pub async fn get(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let (state, time_zone) = tokio::try_join!(services.setup.state(), services.setup.time_zone())?;
    Ok(page(
        &frame,
        &Data {
            name: state.name,
            time_zone,
        },
    ))
}

/// `POST /settings/support-bundle`
pub async fn support_bundle(
    State(services): State<Services>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    Ok(support::file(services.support.bundle(&login.actor).await?))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let content = html! {
        (head("Settings", None, None))
        (tabs("About"))
        div class="grid wide" {
            section class="card stack" aria-labelledby="box" {
                h2 id="box" { "This Hearth" }
                (facts(&[
                    ("Name", html! { (data.name) }),
                    ("Version", html! { (env!("CARGO_PKG_VERSION")) }),
                    ("Time zone", html! { (data.time_zone) }),
                    ("Time now", time(frame.now, &frame.zone)),
                    ("You are", html! { (frame.actor.name) ", " (super::role_word(frame.actor.role)) }),
                ]))
            }
            section class="card stack" aria-labelledby="trust" {
                h2 id="trust" { "Trust" }
                p class="small muted" { "Hearth signs its own certificate. Let your devices trust it once, and no browser warns any more." }
                p { (link("/trust", "", Icon::Shield, "Trust this Hearth")) }
            }
            section class="card stack" aria-labelledby="support" {
                h2 id="support" { "Support bundle" }
                p class="small muted" { "One file for somebody who helps you: versions, machines, apps, the last jobs with their logs, what went wrong, and the log of this box. Passwords, keys and answers are left out. Look through it before you send it." }
                @if frame.may(Role::Admin) {
                    form method="post" action="/settings/support-bundle" {
                        (csrf(&frame.csrf))
                        button class="button" type="submit" { (Icon::File) "Make and download it" }
                    }
                } @else { p class="small" { "Only an admin may make one." } }
            }
            section class="card stack" aria-labelledby="api" {
                h2 id="api" { "For programs" }
                p class="small muted" { "Everything that the pages do can be done over HTTP and on the command line, too." }
                ul class="stack tight" {
                    li { a href="/api/v1/openapi.json" { "The contract, as OpenAPI" } }
                    li { a href="/settings/tokens" { "Tokens" } }
                }
            }
            section class="card stack" aria-labelledby="licence" {
                h2 id="licence" { "About" }
                p class="small muted" { "Hearth turns the machines you own into one computer. It is free software under the Apache Licence, version 2.0." }
                p class="small muted" { "These pages use htmx (0BSD), which comes with them." }
            }
        }
    };
    frame.page(Place::Settings, "Settings", &content)
}
