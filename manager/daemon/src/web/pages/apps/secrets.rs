//! The passwords that Hearth made for an app and that the person needs to know. Looking at them is audited, so it takes a press of a button.

use crate::{
    engine::apps::ShownSecret,
    web::{
        Services,
        pages::{
            components::{breadcrumbs, code::copy, csrf, head},
            form::Fields,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use hearth_model::{account::Role, app::App};
use maud::{Markup, html};

/// The button; what it answers takes its place, or is a page of its own where there are no scripts.
#[must_use]
pub fn button(frame: &Frame, app: &App) -> Markup {
    let path = format!("/apps/{}/secrets", app.slug);
    html! {
        form id="secrets" method="post" action=(path) hx-post=(path) hx-select="#secrets" hx-swap="outerHTML" {
            (csrf(&frame.csrf))
            button class="button" type="submit" { (Icon::Key) "Show its passwords" }
        }
    }
}

/// `POST /apps/{app}/secrets`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<impl IntoResponse, Problem> {
    login.require(Role::Operator)?;
    let app = services.apps.get(&key).await?;
    let secrets = services.apps.secrets(&key, &login.actor).await?;
    let frame = Frame::of(login, &services).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], page(&frame, &app, &secrets)))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, app: &App, secrets: &[ShownSecret]) -> Markup {
    let path = format!("/apps/{}", app.slug);
    let content = html! {
        (breadcrumbs(&[("/apps", "Apps"), (&path, &app.name)], "Passwords"))
        (head(&format!("Passwords of {}", app.name), Some("Made for this install alone and kept sealed."), None))
        div class="card" { (list(secrets)) }
    };
    frame.page(Place::Apps, &format!("Passwords of {}", app.name), &content)
}

fn list(secrets: &[ShownSecret]) -> Markup {
    html! {
        div id="secrets" class="stack" {
            @if secrets.is_empty() { p class="muted" { "This app has no password that you need to know." } }
            @for secret in secrets {
                @let id = format!("secret-{}", secret.id);
                div class="stack tight" {
                    p class="small strong" { (secret.label) }
                    p class="secret" {
                        code id=(id) { (secret.value) }
                        (copy(&id))
                    }
                }
            }
        }
    }
}
