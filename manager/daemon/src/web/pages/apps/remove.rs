//! Removing an app: says what is lost, and asks for the name.

use crate::{
    engine,
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs,
                confirm::{Confirm, confirmed},
                head,
            },
            form::{Fields, Trouble},
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
use hearth_model::{account::Role, app::App};
use maud::{Markup, html};

/// `GET /apps/{app}/remove`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    let (app, volumes) = read(&services, &key).await?;
    Ok(page(&frame, &app, &volumes, &Fields::default(), &Trouble::default()))
}

/// `POST /apps/{app}/remove`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Operator)?;
    let (app, volumes) = read(&services, &key).await?;
    let mut trouble = Trouble::default();
    if confirmed(&form, app.slug.as_str(), &mut trouble) {
        match services
            .apps
            .remove(&key, form.text("data") != "delete", None, &login.actor)
            .await
        {
            Ok(job) => return Ok(Redirect::to(&jobs::path(job.id)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let frame = Frame::of(login, &services).await?;
    Ok((trouble.status(), page(&frame, &app, &volumes, &form, &trouble)).into_response())
}

/// The app, and what its volumes are called in its recipe; none when the recipe is no longer there.
async fn read(services: &Services, key: &str) -> engine::Result<(App, Vec<String>)> {
    let app = services.apps.get(key).await?;
    let volumes = match services.catalogue.get(&app.recipe) {
        Ok(recipe) => recipe.manifest.volumes.keys().cloned().collect(),
        Err(engine::Error::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok((app, volumes))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, app: &App, volumes: &[String], input: &Fields, trouble: &Trouble) -> Markup {
    let path = format!("/apps/{}", app.slug);
    let deleting = input.text("data") == "delete";
    let form = Confirm {
        action: &format!("{path}/remove"),
        name: app.slug.as_str(),
        lost: html! {
            p { "Its containers, its network, its folder on the node, its passwords and its address." }
            @if !volumes.is_empty() {
                p { "Its data (" (volumes.join(", ")) ") is lost only if you say so below. There is no backup of it in Hearth." }
            }
        },
        choices: html! {
            fieldset class="field" {
                legend { "Its data" }
                label class="choice" { input type="radio" name="data" value="keep" checked[!deleting]; span { "Keep the volumes on the node" } }
                label class="choice" { input type="radio" name="data" value="delete" checked[deleting]; span { "Delete the volumes as well, for good" } }
            }
        },
        button: (Icon::Trash, "Remove it"),
        back: &path,
    };
    let content = html! {
        (breadcrumbs(&[("/apps", "Apps"), (&path, &app.name)], "Remove"))
        (head(&format!("Remove {}", app.name), None, None))
        (form.show(&frame.csrf, input, trouble))
    };
    frame.page(Place::Apps, &format!("Remove {}", app.name), &content)
}
