//! Deploying a recipe: where it should run and why, what it asks, and what will be done, before anything is.

use super::{card, list, placement, questions};
use crate::{
    engine::{
        self,
        apps::{DeployPreview, DeployRequest},
    },
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs, csrf,
                field::Field,
                notice::{Kind, notice},
                table::facts,
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
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, name::Slug, placement::Placement, recipe::Recipe};
use maud::{Markup, html};
use std::sync::Arc;

/// What the page shows.
#[derive(Debug)]
pub struct Data {
    /// The recipe.
    pub recipe: Arc<Recipe>,
    /// Where it could run.
    pub placement: Placement,
    /// What would be done; none while questions are open.
    pub preview: Option<DeployPreview>,
    /// What was filled in.
    pub input: Fields,
    /// What was wrong with it.
    pub trouble: Trouble,
    /// Makes a form that is sent twice one deployment.
    pub key: String,
}

/// `GET /apps/new/{recipe}`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Path(recipe): Path<String>,
    Query(input): Query<Fields>,
) -> Result<Markup, Problem> {
    let mut data = read(&services, &recipe, input).await?;
    // Nobody has filled anything in yet: what is still open is no fault.
    data.trouble = Trouble::default();
    Ok(page(&frame, &data))
}

/// `POST /apps/new/{recipe}/preview`: the same page with the plan for what was filled in.
pub async fn preview(
    State(services): State<Services>,
    Path(recipe): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    let frame = Frame::of(login, &services).await?;
    let data = read(&services, &recipe, form).await?;
    Ok((data.trouble.status(), page(&frame, &data)).into_response())
}

/// `POST /apps/new/{recipe}`: deploys.
pub async fn post(
    State(services): State<Services>,
    Path(recipe): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Operator)?;
    let actor = login.actor.clone();
    let slug = recipe_slug(&recipe)?;
    let mut trouble = Trouble::default();
    let request = request(&form, &mut trouble);
    if trouble.is_none() {
        match services.apps.deploy(&slug, request, form.given("key"), &actor).await {
            Ok(job) => return Ok(Redirect::to(&jobs::path(job.id)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let frame = Frame::of(login, &services).await?;
    let data = Data {
        trouble,
        ..read(&services, &recipe, form).await?
    };
    Ok((data.trouble.status(), page(&frame, &data)).into_response())
}

fn recipe_slug(text: &str) -> Result<Slug, Problem> {
    text.parse()
        .map_err(|_| engine::Error::not_found("recipe", text).into())
}

fn request(form: &Fields, trouble: &mut Trouble) -> DeployRequest {
    DeployRequest {
        name: form.parse("name", trouble),
        node: form.given("node").map(ToOwned::to_owned),
        answers: questions::answers(form),
    }
}

async fn read(services: &Services, recipe: &str, input: Fields) -> Result<Data, Problem> {
    let slug = recipe_slug(recipe)?;
    let recipe = services.catalogue.get(&slug)?;
    let mut trouble = Trouble::default();
    let request = request(&input, &mut trouble);
    let mut preview = None;
    if trouble.is_none() {
        match services.apps.preview(&slug, request).await {
            Ok(answer) => preview = Some(answer),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let placement = match &preview {
        Some(preview) => preview.placement.clone(),
        None => services.placer.place(&slug).await?,
    };
    let key = match input.given("key") {
        Some(key) => key.to_owned(),
        None => uuid::Uuid::now_v7().to_string(),
    };
    Ok(Data {
        recipe,
        placement,
        preview,
        input,
        trouble,
        key,
    })
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let manifest = &data.recipe.manifest;
    let path = list::deploy_path(&manifest.slug);
    let content = html! {
        (breadcrumbs(&[("/apps", "Apps")], &manifest.name))
        header class="head" {
            div class="row nowrap top" {
                (card::avatar(&manifest.slug, "avatar large"))
                div class="stack tight" {
                    h1 { "Deploy " (manifest.name) }
                    p class="lead" { (manifest.summary) }
                }
            }
        }
        div class="stack loose" {
            (data.trouble.show())
            (warnings(&data.recipe))
            form id="deploy" class="split" method="post" action=(path) {
                (csrf(&frame.csrf))
                input type="hidden" name="key" value=(data.key);
                div class="stack loose" {
                    (placement::choice(&data.placement, data.input.given("node"), &path, data.input.given("nodes").is_some()))
                    (asks(data))
                }
                div class="stack" {
                    (send(frame, data, &path))
                    (placement::plan(&path, data.preview.as_ref()))
                    (about(&data.recipe))
                }
            }
        }
    };
    frame.page(Place::Apps, &format!("Deploy {}", manifest.name), &content)
}

fn asks(data: &Data) -> Markup {
    let manifest = &data.recipe.manifest;
    html! {
        section class="card form" aria-labelledby="asks" {
            h2 id="asks" { "Questions" }
            @if manifest.questions.is_empty() { p class="muted" { "None: everything has a good default." } }
            @for question in &manifest.questions { (questions::field(question, &data.input, &data.trouble)) }
            (Field::new("name", "Name of the app").value(data.input.text("name")).optional().literal()
                .example(manifest.slug.as_str()).help("Becomes its Compose project and its folder on the node.")
                .trouble(&data.trouble, "/name").input())
        }
    }
}

fn send(frame: &Frame, data: &Data, path: &str) -> Markup {
    let fits = data.placement.best.is_some();
    html! {
        div class="card stack" {
            @if !frame.may(Role::Operator) {
                p class="muted" { "You may look, but not deploy. Ask somebody with the role operator." }
            } @else if fits {
                button class="button primary full" type="submit" { (Icon::Bolt) "Deploy" }
                p class="small muted" { "Nothing is changed on any node before you press this." }
                noscript { button class="button full" type="submit" formaction={ (path) "/preview" } { "Show what will be done" } }
            } @else {
                (notice(Kind::Warm, "It fits on no node at present", &html! { p { (data.placement.reason) } }))
                p { a href="/nodes/discover" { "Adopt another machine" } }
            }
        }
    }
}

fn warnings(recipe: &Recipe) -> Markup {
    let security = &recipe.manifest.security;
    let risks: Vec<&str> = [
        (
            security.docker_socket,
            "It talks to the container engine of its node, which is as good as being root there.",
        ),
        (
            security.privileged,
            "It runs privileged, which is as good as being root on its node.",
        ),
        (
            security.host_network,
            "It shares the network of its node and sees its traffic.",
        ),
    ]
    .into_iter()
    .filter_map(|(asked, text)| asked.then_some(text))
    .collect();
    html! {
        @if !risks.is_empty() {
            (notice(Kind::Warm, "It asks for more than most apps", &html! {
                @for risk in &risks { p { (risk) } }
                @if let Some(reason) = &security.reason { p { "Why: " (reason) } }
            }))
        }
    }
}

fn about(recipe: &Recipe) -> Markup {
    let manifest = &recipe.manifest;
    let needs = &manifest.needs;
    let links = &manifest.links;
    let out = |href: &Option<String>, name: &str| {
        html! { @if let Some(href) = href { li { a href=(href) rel="noopener noreferrer" { (name) } } } }
    };
    html! {
        section class="card stack" aria-labelledby="about" {
            h2 id="about" { "About " (manifest.name) }
            @if let Some(text) = &manifest.description { p class="small" { (text) } }
            (facts(&[
                ("Version", html! { (manifest.version) }),
                ("Memory", html! { span class="num" { (needs.memory.typical) " in everyday use, up to " (needs.memory.peak) } }),
                ("Storage", html! { span class="num" { (needs.storage.initial) " to begin with, " (needs.storage.monthly_growth) " a month" } }),
                ("Processor", html! { span class="num" { (needs.cpu.cores) " cores" } }),
                ("Licence", html! { (manifest.license) }),
            ]))
            ul class="row small" {
                (out(&links.home, "Home page")) (out(&links.docs, "Documentation")) (out(&links.source, "Source code"))
            }
        }
    }
}
