//! Settings, SSH: on or off, and whose keys it takes.

use super::{only_admins, tabs};
use crate::{
    engine::{
        self,
        appliance::{SshChange, SshState},
    },
    web::{
        Services,
        pages::{
            components::{
                badge::{Tone, badge},
                breadcrumbs, csrf,
                field::Field,
                head,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, system::SshKey};
use maud::{Markup, html};

/// `GET /settings/ssh`
pub async fn get(frame: Frame, State(services): State<Services>) -> Markup {
    // Who else gets in is not for everybody.
    let state = if frame.may(Role::Admin) {
        services.ssh.state().await
    } else {
        SshState::default()
    };
    page(&frame, &state, None, &Trouble::default())
}

/// `POST /settings/ssh`
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let changed = match read(&form) {
        Ok(change) => services.ssh.change(change, &login.actor).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(_) => Ok(Redirect::to("/settings/ssh").into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            let frame = Frame::of(login, &services).await?;
            let state = services.ssh.state().await;
            Ok((trouble.status(), page(&frame, &state, Some(&form), &trouble)).into_response())
        }
    }
}

fn read(form: &Fields) -> engine::Result<SshChange> {
    let lines = form.raw("keys").lines().map(str::trim).filter(|line| !line.is_empty());
    let mut keys: Vec<SshKey> = Vec::new();
    for (n, line) in lines.enumerate() {
        let key = line.parse();
        keys.push(key.map_err(|error| engine::Error::field("/keys", format!("line {}: {error}", n + 1)))?);
    }
    Ok(SshChange {
        on: Some(form.ticked("on")),
        keys: Some(keys),
    })
}

/// The page; `input` is the form that comes back.
#[must_use]
pub fn page(frame: &Frame, state: &SshState, input: Option<&Fields>, trouble: &Trouble) -> Markup {
    let kept: String = state.settings.keys.iter().map(|key| format!("{key}\n")).collect();
    let on = input.map_or(state.settings.on, |input| input.ticked("on"));
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "SSH"))
        (head("SSH", Some("A way in for those who want to look under the bonnet. It is off unless you switch it on."), None))
        (tabs("SSH"))
        div class="stack" {
            (trouble.show())
            @if !frame.may(Role::Admin) { (only_admins()) }
            @else if let Some(why) = &state.unavailable { (notice(Kind::Info, "Nothing to set here", &html! { p { (why) } })) }
            @else {
                form class="card form" method="post" action="/settings/ssh" {
                    div class="row spread" {
                        h2 { "Who may log in" }
                        @if state.settings.on { (badge(Tone::Ok, "on")) } @else { (badge(Tone::Off, "off")) }
                    }
                    (csrf(&frame.csrf))
                    label class="choice" {
                        input type="checkbox" name="on" value="yes" checked[on];
                        span { "Let these in, as " code { "root" } }
                    }
                    (Field::new("keys", "Public keys").value(input.map_or(kept.as_str(), |input| input.raw("keys"))).example("ssh-ed25519 AAAA… anna@laptop")
                        .help("One a line, as in the file that ends in .pub. There are no passwords.").trouble(trouble, "/keys").area(shown(trouble)))
                    div { button class="button" type="submit" { (Icon::Check) "Keep it so" } }
                }
            }
        }
    };
    frame.page(Place::Settings, "SSH", &content)
}

/// Whether what was typed is given back: a private key that was pasted by mistake is not.
fn shown(trouble: &Trouble) -> bool {
    trouble.of("/keys").is_none_or(|message| !message.contains("private"))
}
