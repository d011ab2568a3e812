//! Releasing a node: says what is lost, and asks for the name.

use crate::web::{
    Services,
    pages::{
        components::{
            breadcrumbs,
            confirm::{Confirm, confirmed},
            head,
        },
        form::{Fields, Trouble},
        format::count,
        frame::{Frame, Place},
        icons::Icon,
        jobs,
    },
    problem::Problem,
    security::CsrfForm,
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, app::App, node::Node};
use maud::{Markup, html};

/// `GET /nodes/{node}/release`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    let (node, apps) = read(&services, &key).await?;
    Ok(page(&frame, &node, &apps, &Fields::default(), &Trouble::default()))
}

/// `POST /nodes/{node}/release`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let (node, apps) = read(&services, &key).await?;
    let mut trouble = Trouble::default();
    if confirmed(&form, node.name.as_str(), &mut trouble) {
        match services
            .nodes
            .release(&key, form.ticked("force"), None, &login.actor)
            .await
        {
            Ok(job) => return Ok(Redirect::to(&jobs::path(job.id)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let frame = Frame::of(login, &services).await?;
    Ok((trouble.status(), page(&frame, &node, &apps, &form, &trouble)).into_response())
}

async fn read(services: &Services, key: &str) -> Result<(Node, Vec<App>), Problem> {
    let node = services.nodes.get(key).await?;
    let apps = services.apps.on_node(node.id).await?;
    Ok((node, apps))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, node: &Node, apps: &[App], input: &Fields, trouble: &Trouble) -> Markup {
    let name = node.name.as_str();
    let path = format!("/nodes/{name}");
    let form = Confirm {
        action: &format!("{path}/release"),
        name,
        lost: html! {
            p { "Hearth removes its key from the machine and forgets it, with its plots." }
            @if apps.is_empty() { p { "No app of Hearth runs there." } }
            @else {
                p {
                    (count(apps.len(), "app goes", "apps go")) " on running there, but Hearth no longer knows of "
                    (if apps.len() == 1 { "it: " } else { "them: " })
                    (apps.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", ")) "."
                }
            }
        },
        choices: html! {
            @if !node.state.is_online() {
                label class="choice" for="force" {
                    input id="force" type="checkbox" name="force" value="yes" checked[input.ticked("force")];
                    span { "It will not come back: forget it without removing the key from it" }
                }
            }
        },
        button: (Icon::Unplugged, "Release it"),
        back: &path,
    };
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes"), (&path, name)], "Release"))
        (head(&format!("Release {name}"), None, None))
        (form.show(&frame.csrf, input, trouble))
    };
    frame.page(Place::Nodes, &format!("Release {name}"), &content)
}
