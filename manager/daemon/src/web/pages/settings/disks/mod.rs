//! Settings, disks: what was added and how it is, and what is plugged in.

pub mod add;
pub mod format;
pub mod install;

use super::{only_admins, tabs};
use crate::{
    engine::{
        self,
        appliance::{DiskList, DiskView, MountList, MountView},
    },
    web::{
        Services,
        pages::{
            components::{
                action,
                badge::{Tone, badge},
                breadcrumbs, head, link, meter,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::{CsrfForm, Login},
    },
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{
    account::Role,
    name::Slug,
    system::{MountSource, MountState, NfsVersion, Volume},
};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Data {
    /// What was added.
    pub mounts: MountList,
    /// What is plugged in.
    pub disks: DiskList,
}

impl Data {
    async fn read(services: &Services) -> Result<Self, Problem> {
        Ok(Self {
            mounts: services.mounts.list().await?,
            disks: services.disks.list().await,
        })
    }
}

/// `GET /settings/disks`
pub async fn get(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    Ok(page(&frame, &Data::read(&services).await?, &Trouble::default()))
}

/// `POST /settings/mounts/{name}/mount`
pub async fn mount(
    State(services): State<Services>,
    Path(name): Path<String>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let done = services.mounts.mount(&parse(&name)?).await.map(drop);
    answer(&services, login, done).await
}

/// `POST /settings/mounts/{name}/remove`
pub async fn remove(
    State(services): State<Services>,
    Path(name): Path<String>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let done = services.mounts.remove(&parse(&name)?, &login.actor).await;
    answer(&services, login, done).await
}

fn parse(name: &str) -> Result<Slug, Problem> {
    name.parse()
        .map_err(|_| engine::Error::not_found("added disk or share", name).into())
}

async fn answer(services: &Services, login: Login, done: engine::Result<()>) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to("/settings/disks").into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            let frame = Frame::of(login, services).await?;
            let page = page(&frame, &Data::read(services).await?, &trouble);
            Ok((trouble.status(), page).into_response())
        }
    }
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data, trouble: &Trouble) -> Markup {
    let admin = frame.may(Role::Admin);
    let unavailable = data.mounts.unavailable.as_ref().or(data.disks.unavailable.as_ref());
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "Disks"))
        (head("Disks and shares", Some("Room for media and backups: disks that are plugged in, and shares of other machines."), None))
        (tabs("Disks"))
        div class="stack" {
            (trouble.show())
            @if let Some(why) = unavailable { (notice(Kind::Info, "Nothing to set here", &html! { p { (why) } })) }
            @else {
                section class="stack" aria-labelledby="added" {
                    div class="row spread" {
                        h2 id="added" { "Added" }
                        @if admin { (link("/settings/disks/add?kind=nfs", "", Icon::Plus, "Add a share")) }
                    }
                    @if data.mounts.items.is_empty() { p class="card muted" { "Nothing yet. Add a disk below, or a share of another machine." } }
                    @else { div class="grid wide" { @for view in &data.mounts.items { (added(frame, view, data)) } } }
                }
                section class="stack" aria-labelledby="plugged-in" {
                    h2 id="plugged-in" { "Plugged in" }
                    div class="grid wide" { @for view in &data.disks.items { (disk(frame, view, data)) } }
                }
                @if !admin { (only_admins()) }
            }
        }
    };
    // What is not there comes back by itself, and the page shows it.
    let waits = |view: &MountView| !matches!(view.status, MountState::Mounted { .. });
    let again = data.mounts.items.iter().any(waits).then_some(15);
    frame.page_with(Place::Settings, "Disks", again, &content)
}

/// Where a mount has its contents from, in words; a disk by what it is, when it is there.
fn from(source: &MountSource, data: &Data) -> String {
    match source {
        MountSource::Disk { uuid, file_system } => {
            let has = |view: &&DiskView| {
                view.disk
                    .volumes
                    .iter()
                    .any(|volume| volume.uuid.as_ref() == Some(uuid))
            };
            let disk = data.disks.items.iter().find(has);
            let called = disk.map_or_else(|| format!("a disk with the id {uuid}"), |view| view.disk.called());
            format!("{called} ({})", file_system.word())
        }
        MountSource::Nfs { host, path, version } => {
            let old = if *version == NfsVersion::V3 { " 3" } else { "" };
            format!("NFS{old} share {path} of {host}")
        }
        MountSource::Smb { host, path, user } => {
            let who = user.as_ref().map_or_else(|| "a guest".to_owned(), ToString::to_string);
            format!("SMB share {path} of {host}, as {who}")
        }
    }
}

fn added(frame: &Frame, view: &MountView, data: &Data) -> Markup {
    let name = &view.mount.name;
    let path = format!("/settings/mounts/{name}");
    let state = match &view.status {
        MountState::Mounted { .. } => badge(Tone::Ok, "there"),
        MountState::Missing => badge(Tone::Warm, "not plugged in"),
        MountState::Waiting => badge(Tone::Busy, "being looked for"),
        MountState::Failed { .. } => badge(Tone::Hot, "not there"),
    };
    html! {
        section class="card stack" aria-labelledby={ "mount-" (name) } {
            div class="row spread" { h3 id={ "mount-" (name) } class="breaks" { (name) } (state) }
            p class="small muted breaks" { (from(&view.mount.source, data)) }
            @match &view.status {
                MountState::Mounted { size: Some(size), free: Some(free) } => {
                    (meter::bar("Space", size.minus(*free).percent_of(*size), &format!("{free} free of {size}")))
                },
                MountState::Mounted { .. } => { p { "It does not answer at the moment." } },
                MountState::Failed { cause } => { p class="breaks" { (cause) } },
                MountState::Missing => { p { "It is used again as soon as it is plugged in." } },
                MountState::Waiting => {},
            }
            p class="small" { "Apps on this box find it at " code class="breaks" { (view.path) } }
            @if frame.may(Role::Admin) {
                div class="row" {
                    @if matches!(view.status, MountState::Failed { .. }) {
                        (action(&format!("{path}/mount"), &frame.csrf, "little", Icon::Refresh, &format!("Try {name} again")))
                    }
                    (action(&format!("{path}/remove"), &frame.csrf, "little danger", Icon::Unplugged, &format!("Remove {name}")))
                }
                p class="small muted" { "Removing it keeps what is on it, and lets it be pulled out." }
            }
        }
    }
}

fn disk(frame: &Frame, view: &DiskView, data: &Data) -> Markup {
    let disk = &view.disk;
    let kind = disk.bus.as_deref().unwrap_or("disk");
    html! {
        section class="card stack" aria-labelledby={ "disk-" (disk.name) } {
            div class="row spread" {
                h3 id={ "disk-" (disk.name) } class="breaks" { (disk.called()) }
                @if disk.own { (badge(Tone::Ok, "Hearth runs from it")) }
            }
            p class="small muted breaks" {
                (disk.name) ", " (kind)
                @if let Some(serial) = &disk.serial { ", number " (serial) }
            }
            @if disk.own { p class="small" { "It has the system in two slots, and everything of this box and its apps." } }
            @else {
                @if disk.volumes.is_empty() { p { "It is empty." } }
                ul class="list" { @for volume in &disk.volumes { (one(frame, volume, data)) } }
                @if frame.may(Role::Admin) {
                    @match &view.kept_because {
                        None => {
                            div class="row" {
                                @if view.installable {
                                    (link(&format!("/settings/disks/{}/install", disk.name), "little", Icon::Flame, &format!("Install Hearth onto {}", disk.name)))
                                }
                                (link(&format!("/settings/disks/{}/format", disk.name), "little danger", Icon::Trash, &format!("Format {}", disk.name)))
                            }
                        },
                        Some(why) => { p class="small muted" { (why) } },
                    }
                }
            }
        }
    }
}

fn one(frame: &Frame, volume: &Volume, data: &Data) -> Markup {
    let label = volume.label.as_deref().unwrap_or("without a name");
    let content = volume.content.as_deref().unwrap_or("nothing");
    let known = |uuid| data.mounts.items.iter().any(|view| view.mount.has(uuid));
    let usable = volume.file_system.is_some() && volume.mounted_at.is_empty();
    let uuid = volume.uuid.as_ref().filter(|uuid| usable && !known(uuid));
    html! {
        li {
            div class="grow" {
                p class="strong breaks" { (label) }
                p class="small muted" {
                    (volume.name) ": " (content) ", " (volume.size)
                    @if let Some(place) = volume.mounted_at.first() { ", at " code { (place) } }
                    @if volume.content.is_some() && volume.file_system.is_none() { ", which this box cannot use" }
                }
            }
            @if let (Some(uuid), true) = (uuid, frame.may(Role::Admin)) {
                (link(&format!("/settings/disks/add?kind=disk&uuid={uuid}"), "little", Icon::Plus, &format!("Add {}", volume.name)))
            }
        }
    }
}
