//! Settings, disks: formatting one. Says what is lost, and asks for its name.

use crate::{
    engine::appliance::FormatRequest,
    web::{
        Services,
        pages::{
            components::{breadcrumbs, confirm::Confirm, field::Field, head},
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
use hearth_model::{
    account::Role,
    system::{Disk, DiskName},
};
use maud::{Markup, html};

/// `GET /settings/disks/{disk}/format`
pub async fn get(frame: Frame, State(services): State<Services>, Path(name): Path<String>) -> Result<Markup, Problem> {
    let disk = services.disks.get(&parse(&name)?).await?;
    Ok(page(&frame, &disk, &Fields::default(), &Trouble::default()))
}

/// `POST /settings/disks/{disk}/format`
pub async fn post(
    State(services): State<Services>,
    Path(name): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let disk = services.disks.get(&parse(&name)?).await?;
    let mut trouble = Trouble::default();
    if let Some(name) = form.require("name", &mut trouble) {
        let confirm = form.text("confirm").to_owned();
        let request = FormatRequest { name, confirm };
        match services.disks.format(&disk.name, request, None, &login.actor).await {
            Ok(job) => return Ok(Redirect::to(&jobs::path(job.id)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let frame = Frame::of(login, &services).await?;
    Ok((trouble.status(), page(&frame, &disk, &form, &trouble)).into_response())
}

pub(super) fn parse(name: &str) -> Result<DiskName, Problem> {
    name.parse()
        .map_err(|_| crate::engine::Error::not_found("disk", name).into())
}

/// What is lost with the contents of a disk.
pub(super) fn lost(disk: &Disk) -> Markup {
    html! {
        p { "Everything on " (disk.called()) " (" (disk.name) @if let Some(serial) = &disk.serial { ", number " (serial) } ")." }
        @if disk.volumes.is_empty() { p { "Nothing is known to be on it." } }
        @else {
            ul {
                @for volume in &disk.volumes {
                    li { (volume.label.as_deref().unwrap_or("without a name")) ": " (volume.content.as_deref().unwrap_or("nothing known")) ", " (volume.size) }
                }
            }
        }
    }
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, disk: &Disk, input: &Fields, trouble: &Trouble) -> Markup {
    let name = disk.name.as_str();
    let form = Confirm {
        action: &format!("/settings/disks/{name}/format"),
        name,
        lost: lost(disk),
        choices: html! {
            (Field::new("name", "Name that it gets").value(input.text("name")).required().literal().example("media")
                .help("Apps on this box find it under this name in /data/media.").trouble(trouble, "/name").input())
        },
        button: (Icon::Trash, "Format it, and add it"),
        back: "/settings/disks",
    };
    let title = format!("Format {name}");
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings"), ("/settings/disks", "Disks")], &title))
        (head(&title, Some("It becomes one empty ext4 file system."), None))
        @if frame.may(Role::Admin) { (form.show(&frame.csrf, input, trouble)) } @else { (only_admins()) }
    };
    frame.page(Place::Settings, &title, &content)
}
