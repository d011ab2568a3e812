//! Preflight: what is missing on a node and how to mend it. Bootstrap: the exact commands first, then consent, then a live job.

use crate::{
    engine,
    web::{
        Services,
        pages::{
            components::{
                badge::{Tone, badge},
                breadcrumbs,
                code::commands,
                csrf, head, link,
                notice::{Kind, alert, notice},
            },
            form::{Fields, Trouble},
            format::title,
            frame::{Frame, Place},
            icons::Icon,
            jobs,
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
    fault::{Check, Fault, Preflight},
    node::Node,
};
use maud::{Markup, html};

/// A node and what its preflight found, or why it could not be made.
#[derive(Debug, Clone)]
pub struct Data {
    /// The node.
    pub node: Node,
    /// What was found.
    pub preflight: Result<Preflight, Fault>,
}

async fn read(services: &Services, key: &str) -> engine::Result<Data> {
    let node = services.nodes.get(key).await?;
    let preflight = match services.nodes.preflight(key).await {
        Ok(preflight) => Ok(preflight),
        Err(engine::Error::Node { fault, .. }) => Err(fault),
        Err(error) => return Err(error),
    };
    Ok(Data { node, preflight })
}

/// `GET /nodes/{node}/preflight`
pub async fn preflight(
    frame: Frame,
    State(services): State<Services>,
    Path(key): Path<String>,
) -> Result<Markup, Problem> {
    Ok(preflight_page(&frame, &read(&services, &key).await?))
}

/// `GET /nodes/{node}/bootstrap`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    Ok(bootstrap_page(
        &frame,
        &read(&services, &key).await?,
        &Trouble::default(),
    ))
}

/// `POST /nodes/{node}/bootstrap`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    if form.ticked("consent") {
        match services.nodes.bootstrap(&key, None, &login.actor).await {
            Ok(job) => return Ok(Redirect::to(&jobs::path(job.id)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    } else {
        trouble.add("consent", "tick this to let the commands be run".to_owned());
    }
    let frame = Frame::of(login, &services).await?;
    let data = read(&services, &key).await?;
    Ok((trouble.status(), bootstrap_page(&frame, &data, &trouble)).into_response())
}

/// The page of the preflight.
#[must_use]
pub fn preflight_page(frame: &Frame, data: &Data) -> Markup {
    let name = data.node.name.as_str();
    let path = format!("/nodes/{name}");
    let again = link(&format!("{path}/preflight"), "", Icon::Refresh, "Look again");
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes"), (&path, name)], "Preflight"))
        (head(&format!("Preflight of {name}"), Some("What apps need there, looked at just now."), Some(&again)))
        div class="stack" {
            @match &data.preflight {
                Err(fault) => (unreachable(fault)),
                Ok(preflight) => {
                    (verdict(preflight, &path, frame.may(Role::Admin)))
                    (checks(&preflight.checks))
                },
            }
        }
    };
    frame.page(Place::Nodes, &format!("Preflight of {name}"), &content)
}

fn unreachable(fault: &Fault) -> Markup {
    alert(
        &format!("It does not answer: {}", fault.cause.title()),
        &fault.detail,
        Some(fault.cause.mend()),
    )
}

fn verdict(preflight: &Preflight, path: &str, admin: bool) -> Markup {
    if preflight.ready {
        return notice(Kind::Ok, "Ready for apps", &html! { p { "Nothing is missing." } });
    }
    notice(
        Kind::Warm,
        "Not ready for apps yet",
        &html! {
            @if preflight.bootstrap.is_empty() { p { "What is missing is listed below, with its mend." } }
            @else if admin { p { a href={ (path) "/bootstrap" } { "See what Hearth would install, and let it" } } }
        },
    )
}

/// Each check: what was looked at, what was found, and the mend.
#[must_use]
pub fn checks(checks: &[Check]) -> Markup {
    html! {
        ul class="card flush list" {
            @for check in checks {
                li class="top" {
                    div class="grow stack tight" {
                        h2 { (title(&check.name)) }
                        p class="small muted breaks" { (check.found) }
                        @if let Some(fault) = &check.fault { p class="small breaks" { strong { (title(fault.cause.title())) } ": " (fault.detail) } }
                        @if let Some(mend) = &check.mend { p class="small breaks" { strong { "What to do: " } (mend) } }
                        @if check.bootstrap { p class="small muted" { "Hearth can put this right." } }
                    }
                    @if check.fault.is_some() { (badge(Tone::Hot, "missing")) }
                    @else if check.mend.is_some() { (badge(Tone::Warm, "look at it")) }
                    @else { (badge(Tone::Ok, "good")) }
                }
            }
        }
    }
}

/// The page on which one agrees to the commands.
#[must_use]
pub fn bootstrap_page(frame: &Frame, data: &Data, trouble: &Trouble) -> Markup {
    let name = data.node.name.as_str();
    let path = format!("/nodes/{name}");
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes"), (&path, name)], "Install the engine"))
        (head(&format!("Install the engine on {name}"), Some("Hearth installs nothing on your machines without your word. This is all it would do."), None))
        div class="stack" {
            (trouble.show())
            @match &data.preflight {
                Err(fault) => (unreachable(fault)),
                Ok(preflight) if preflight.bootstrap.is_empty() => {
                    (notice(Kind::Ok, "There is nothing to install", &html! { p { "What can be brought is there already." } }))
                    (checks(&preflight.checks))
                },
                Ok(preflight) => (consent(frame, &path, preflight, trouble)),
            }
        }
    };
    frame.page(Place::Nodes, &format!("Install the engine on {name}"), &content)
}

fn consent(frame: &Frame, path: &str, preflight: &Preflight, trouble: &Trouble) -> Markup {
    let error = trouble.of("/consent");
    html! {
        section class="card stack" aria-labelledby="commands" {
            h2 id="commands" { "Commands that would be run, as root" }
            (commands("bootstrap-commands", "Commands", &preflight.bootstrap))
            p class="small muted" { "The packages come from the machine's own distribution. You see each step, and can have it undone." }
        }
        form class="card form" method="post" action={ (path) "/bootstrap" } {
            (csrf(&frame.csrf))
            div class="field" {
                label class="choice" for="consent" {
                    input id="consent" type="checkbox" name="consent" value="yes" required
                        aria-invalid=[error.as_ref().map(|_| "true")] aria-describedby=[error.as_ref().map(|_| "consent-error")];
                    span { "Yes, run these commands on this machine" }
                }
                @if let Some(error) = &error { p class="error" id="consent-error" { (Icon::Octagon) span { (error) } } }
            }
            div class="row" {
                button class="button primary" type="submit" { (Icon::Down) "Install" }
                (link(path, "quiet", Icon::X, "Not now"))
            }
        }
    }
}
