//! Settings, services: how the services of the box are, and buttons for them.

use super::{only_admins, tabs};
use crate::{
    engine::appliance::{Service, ServiceList},
    web::{
        Services,
        pages::{
            components::{
                action,
                badge::{Tone, badge},
                breadcrumbs, head,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            format::duration,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{
    account::Role,
    system::{UnitName, UnitState, UnitVerb},
};
use maud::{Markup, html};

/// `GET /settings/services`
pub async fn get(frame: Frame, State(services): State<Services>) -> Markup {
    page(&frame, &services.box_services.list().await, &Trouble::default())
}

/// `POST /settings/services/{unit}/{verb}`
pub async fn act(
    State(services): State<Services>,
    Path((unit, verb)): Path<(String, String)>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let missing = || Problem::from(crate::engine::Error::not_found("service", &unit));
    let name: UnitName = unit.parse().map_err(|_| missing())?;
    let verb: UnitVerb = verb.parse().map_err(|_| missing())?;
    match services.box_services.act(&name, verb, &login.actor).await {
        Ok(_) => Ok(Redirect::to("/settings/services").into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            let frame = Frame::of(login, &services).await?;
            let list = services.box_services.list().await;
            Ok((trouble.status(), page(&frame, &list, &trouble)).into_response())
        }
    }
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, list: &ServiceList, trouble: &Trouble) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "Services"))
        (head("Services", Some("What runs on this box beside your apps."), None))
        (tabs("Services"))
        div class="stack" {
            (trouble.show())
            @match &list.unavailable {
                Some(why) => (notice(Kind::Info, "Nothing to see here", &html! { p { (why) } })),
                None => {
                    ul class="card flush list" { @for service in &list.items { (row(frame, service)) } }
                    @if !frame.may(Role::Admin) { (only_admins()) }
                },
            }
        }
    };
    frame.page(Place::Settings, "Services", &content)
}

fn row(frame: &Frame, service: &Service) -> Markup {
    let status = &service.status;
    let unit = status.unit.as_str();
    let state = match status.state {
        UnitState::Active => badge(Tone::Ok, &status.detail),
        UnitState::Inactive => badge(Tone::Off, "stopped"),
        UnitState::Failed => badge(Tone::Hot, "failed"),
        UnitState::Changing => badge(Tone::Busy, &status.detail),
    };
    html! {
        li {
            div class="grow" {
                p class="row" { span class="strong breaks" { (unit) } (state) }
                p class="small muted" {
                    (service.purpose.as_deref().unwrap_or(&status.description))
                    @if let Some(secs) = status.for_secs { " · for " (duration(i64::try_from(secs).unwrap_or(i64::MAX))) }
                    @if let Some(memory) = status.memory { " · " (memory) }
                    " · " a href={ "/settings/logs?unit=" (unit) } { "log" span class="hidden" { " of " (unit) } }
                }
            }
            @if frame.may(Role::Admin) {
                div class="row" { @for verb in sensible(service) { (button(frame, unit, verb)) } }
            }
        }
    }
}

/// What makes sense as it is: what runs is not started, what does not run is not stopped.
fn sensible(service: &Service) -> impl Iterator<Item = UnitVerb> {
    let runs = matches!(service.status.state, UnitState::Active | UnitState::Changing);
    service.verbs.iter().copied().filter(move |verb| match verb {
        UnitVerb::Start => !runs,
        UnitVerb::Stop => runs,
        UnitVerb::Restart => true,
    })
}

fn button(frame: &Frame, unit: &str, verb: UnitVerb) -> Markup {
    let (icon, class, word) = match verb {
        UnitVerb::Start => (Icon::Play, "little", "Start"),
        UnitVerb::Stop => (Icon::Stop, "little danger", "Stop"),
        UnitVerb::Restart => (Icon::Refresh, "little", "Restart"),
    };
    let path = format!("/settings/services/{unit}/{}", verb.word());
    action(
        &path,
        &frame.csrf,
        class,
        icon,
        &format!("{word} {}", unit.trim_end_matches(".service")),
    )
}
