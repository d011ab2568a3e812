//! Settings, disks: the form that adds a disk or a share.

use crate::{
    engine::appliance::{DiskList, MountKind, NewMount},
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs, csrf,
                field::Field,
                head, link,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            frame::{Frame, Place},
            icons::Icon,
            settings::only_admins,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{
    account::Role,
    name::Slug,
    system::{NfsVersion, Volume},
};
use maud::{Markup, html};

/// `GET /settings/disks/add`
pub async fn get(frame: Frame, State(services): State<Services>, Query(query): Query<Fields>) -> Markup {
    page(&frame, &services.disks.list().await, &query, &Trouble::default())
}

/// `POST /settings/disks/add`
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    if let Some(new) = read(&form, &mut trouble) {
        match services.mounts.add(new, &login.actor).await {
            Ok(_) => return Ok(Redirect::to("/settings/disks").into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let frame = Frame::of(login, &services).await?;
    let page = page(&frame, &services.disks.list().await, &form, &trouble);
    Ok((trouble.status(), page).into_response())
}

fn kind(form: &Fields) -> MountKind {
    match form.text("kind") {
        "disk" => MountKind::Disk,
        "smb" => MountKind::Smb,
        _ => MountKind::Nfs,
    }
}

fn read(form: &Fields, trouble: &mut Trouble) -> Option<NewMount> {
    let kind = kind(form);
    let name = form.require("name", trouble);
    let share = matches!(kind, MountKind::Nfs | MountKind::Smb);
    let new = NewMount {
        name: name?,
        kind,
        uuid: form.parse("uuid", trouble).filter(|_| kind == MountKind::Disk),
        host: if share { form.require("host", trouble) } else { None },
        path: if share { form.require("path", trouble) } else { None },
        version: (kind == MountKind::Nfs && form.text("version") == "3").then_some(NfsVersion::V3),
        user: form.parse("user", trouble).filter(|_| kind == MountKind::Smb),
        password: Some(form.raw("password").to_owned()).filter(|text| kind == MountKind::Smb && !text.is_empty()),
    };
    trouble.is_none().then_some(new)
}

/// The page; `input` is the form that comes back, or says what is to be added.
#[must_use]
pub fn page(frame: &Frame, disks: &DiskList, input: &Fields, trouble: &Trouble) -> Markup {
    let kind = kind(input);
    let title = if kind == MountKind::Disk {
        "Add a disk"
    } else {
        "Add a share"
    };
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings"), ("/settings/disks", "Disks")], title))
        (head(title, Some("Apps on this box find it under its name in /data/media."), None))
        div class="stack" {
            @if !frame.may(Role::Admin) { (only_admins()) }
            @else if let Some(why) = &disks.unavailable { (notice(Kind::Info, "Nothing to set here", &html! { p { (why) } })) }
            @else {
                @if kind != MountKind::Disk {
                    nav class="tabs" aria-label="Kinds of shares" {
                        @for (href, word, here) in [("/settings/disks/add?kind=nfs", "NFS", MountKind::Nfs), ("/settings/disks/add?kind=smb", "SMB (Windows, Samba)", MountKind::Smb)] {
                            a href=(href) aria-current=[(kind == here).then_some("page")] { (word) }
                        }
                    }
                }
                form class="card form" method="post" action="/settings/disks/add" {
                    (csrf(&frame.csrf))
                    (trouble.show())
                    @match kind {
                        MountKind::Disk => (disk(disks, input, trouble)),
                        MountKind::Nfs => (nfs(input, trouble)),
                        MountKind::Smb => (smb(input, trouble)),
                    }
                    div class="row" {
                        button class="button primary" type="submit" { (Icon::Plus) "Add it" }
                        (link("/settings/disks", "quiet", Icon::X, "Back"))
                    }
                    @if kind != MountKind::Disk { p class="small muted" { "It is tried at once, which may take 20 seconds." } }
                }
            }
        }
    };
    frame.page(Place::Settings, title, &content)
}

fn name(value: &str, trouble: &Trouble) -> Markup {
    Field::new("name", "Name")
        .value(value)
        .required()
        .literal()
        .example("media")
        .help("Small letters, digits and hyphens.")
        .trouble(trouble, "/name")
        .input()
}

fn disk(disks: &DiskList, input: &Fields, trouble: &Trouble) -> Markup {
    let usable = |volume: &&Volume| volume.file_system.is_some() && volume.mounted_at.is_empty();
    let others = disks.items.iter().filter(|view| !view.disk.own);
    let volumes = others.flat_map(|view| {
        view.disk
            .volumes
            .iter()
            .filter(usable)
            .map(move |volume| (view, volume))
    });
    let options: Vec<(String, String)> = volumes
        .filter_map(|(view, volume)| {
            let label = volume.label.as_deref().unwrap_or("without a name");
            let text = format!("{label} ({}, {}) on {}", volume.name, volume.size, view.disk.called());
            Some((volume.uuid.as_ref()?.to_string(), text))
        })
        .collect();
    // Its own label is a good name.
    let asked = input.text("uuid");
    let chosen = disks.items.iter().flat_map(|view| &view.disk.volumes);
    let mut chosen = chosen.filter(|volume| volume.uuid.as_ref().is_some_and(|uuid| uuid.to_string() == asked));
    let label = chosen
        .next()
        .and_then(|volume| volume.label.as_deref())
        .unwrap_or("disk");
    let nearest = Slug::nearest(label, "disk");
    let value = input.given("name").unwrap_or(nearest.as_str());
    html! {
        input type="hidden" name="kind" value="disk";
        @if options.is_empty() { p { "No disk with a file system that is free to be used is plugged in." } }
        (Field::new("uuid", "Disk").value(asked).trouble(trouble, "/uuid").select(&options))
        (name(value, trouble))
    }
}

fn nfs(input: &Fields, trouble: &Trouble) -> Markup {
    let versions = [("4", "4 or later"), ("3", "3, for older servers")];
    let versions = versions.map(|(value, text)| (value.to_owned(), text.to_owned()));
    html! {
        input type="hidden" name="kind" value="nfs";
        (host(input, trouble))
        (Field::new("path", "Path").value(input.text("path")).required().literal().example("/export/media")
            .help("As the server exports it. It must let the address of this box in.").trouble(trouble, "/path").input())
        (Field::new("version", "Version of NFS").value(input.text("version")).trouble(trouble, "/version").select(&versions))
        (name(input.text("name"), trouble))
    }
}

fn smb(input: &Fields, trouble: &Trouble) -> Markup {
    html! {
        input type="hidden" name="kind" value="smb";
        (host(input, trouble))
        (Field::new("path", "Share").value(input.text("path")).required().literal().example("media")
            .help("With folders behind it, if only one of them is wanted: media/films.").trouble(trouble, "/path").input())
        (Field::new("user", "User").value(input.text("user")).optional().literal().autocomplete("off")
            .help("Empty for shares that are open to guests.").trouble(trouble, "/user").input())
        (Field::new("password", "Password").kind("password").optional().autocomplete("off")
            .help("Kept sealed, and shown to nobody.").trouble(trouble, "/password").input())
        (name(input.text("name"), trouble))
    }
}

fn host(input: &Fields, trouble: &Trouble) -> Markup {
    Field::new("host", "Server")
        .value(input.text("host"))
        .required()
        .literal()
        .example("192.168.1.5")
        .help("Its name or address.")
        .trouble(trouble, "/host")
        .input()
}
