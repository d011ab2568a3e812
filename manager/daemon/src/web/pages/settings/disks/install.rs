//! Settings, disks: installing Hearth onto one. Says what is lost and what does not come along, and asks for its name.

use super::format::{lost, parse};
use crate::{
    engine::appliance::InstallOntoRequest,
    web::{
        Services,
        pages::{
            components::{breadcrumbs, confirm::Confirm, head},
            form::{Fields, Trouble},
            frame::{Frame, Place},
            icons::Icon,
            jobs,
            settings::only_admins,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, system::Disk};
use maud::{Markup, html};

/// `GET /settings/disks/{disk}/install`
pub async fn get(frame: Frame, State(services): State<Services>, Path(name): Path<String>) -> Result<Markup, Problem> {
    let disk = services.disks.get(&parse(&name)?).await?;
    Ok(page(&frame, &disk, &Fields::default(), &Trouble::default()))
}

/// `POST /settings/disks/{disk}/install`
pub async fn post(
    State(services): State<Services>,
    Path(name): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let disk = services.disks.get(&parse(&name)?).await?;
    let confirm = form.text("confirm").to_owned();
    let begun = services
        .disks
        .install(&disk.name, InstallOntoRequest { confirm }, None, &login.actor)
        .await;
    match begun {
        Ok(job) => Ok(Redirect::to(&jobs::path(job.id)).into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            let frame = Frame::of(login, &services).await?;
            Ok((trouble.status(), page(&frame, &disk, &form, &trouble)).into_response())
        }
    }
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, disk: &Disk, input: &Fields, trouble: &Trouble) -> Markup {
    let name = disk.name.as_str();
    let form = Confirm {
        action: &format!("/settings/disks/{name}/install"),
        name,
        lost: lost(disk),
        choices: html! {
            p {
                "It becomes a new box: the wizard sets it up when it starts from " (name) ". Nothing of what was set up so far comes along, "
                "and nothing of it changes: people, machines, apps and their data stay on the disk that this box runs from now."
            }
            p { "It takes some minutes. At the end turn the box off, pull out what it runs from now, and turn it on again." }
        },
        button: (Icon::Flame, "Install Hearth onto it"),
        back: "/settings/disks",
    };
    let title = format!("Install Hearth onto {name}");
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings"), ("/settings/disks", "Disks")], &title))
        (head(&title, Some("From a USB stick onto the disk inside, for instance. Both slots get the version that runs now."), None))
        @if frame.may(Role::Admin) { (form.show(&frame.csrf, input, trouble)) } @else { (only_admins()) }
    };
    frame.page(Place::Settings, &title, &content)
}
