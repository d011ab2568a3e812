//! Settings, factory reset: says what is lost, and asks for the name.

use super::{only_admins, tabs};
use crate::web::{
    Services,
    pages::{
        components::{
            breadcrumbs,
            confirm::Confirm,
            head,
            notice::{Kind, notice},
        },
        form::{Fields, Trouble},
        frame::{Frame, Place},
        icons::Icon,
    },
    problem::Problem,
    security::CsrfForm,
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use hearth_model::account::Role;
use maud::{Markup, html};

/// `GET /settings/reset`
pub async fn get(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let state = services.host_name.state().await?;
    Ok(page(
        &frame,
        &state.name,
        state.unavailable.as_deref(),
        &Fields::default(),
        &Trouble::default(),
    ))
}

/// `POST /settings/reset`
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let begun = services.factory_reset.begin(form.text("confirm"), &login.actor).await;
    let frame = Frame::of(login, &services).await?;
    let state = services.host_name.state().await?;
    match begun {
        Ok(()) => Ok(begun_page(&frame).into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            let page = page(&frame, &state.name, state.unavailable.as_deref(), &form, &trouble);
            Ok((trouble.status(), page).into_response())
        }
    }
}

/// The page; `unavailable` is why it cannot be done here.
#[must_use]
pub fn page(frame: &Frame, name: &str, unavailable: Option<&str>, input: &Fields, trouble: &Trouble) -> Markup {
    let form = Confirm {
        action: "/settings/reset",
        name,
        lost: html! {
            p { "Everything on this box: people, settings, the list of your machines with the keys to them, every app on this box with its data, the logs." }
            p { "Apps on other machines go on running; adopt those machines again afterwards. Take out a disk that should keep what is on it." }
        },
        choices: html! {},
        button: (Icon::Trash, "Remove everything, and restart"),
        back: "/settings/box",
    };
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings"), ("/settings/box", "This box")], "Factory reset"))
        (head("Factory reset", Some("The box restarts and is as it was when it was new. The version that runs stays."), None))
        (tabs("This box"))
        div class="stack" {
            @if let Some(why) = unavailable { (notice(Kind::Info, "Nothing to reset here", &html! { p { (why) } })) }
            @else if frame.may(Role::Admin) { (form.show(&frame.csrf, input, trouble)) }
            @else { (only_admins()) }
        }
    };
    frame.page(Place::Settings, "Factory reset", &content)
}

fn begun_page(frame: &Frame) -> Markup {
    let content = html! {
        (head("Factory reset", None, None))
        (notice(Kind::Warm, "It restarts, and removes everything", &html! {
            p { "That takes a minute, longer where apps kept much. Then set it up at " a href="https://hearth.local" { "hearth.local" } ", or at its address." }
        }))
    };
    frame.page(Place::Settings, "Factory reset", &content)
}
