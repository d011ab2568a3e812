//! Looking for machines: multicast DNS, the neighbour table and subnets that the person names; results as they come.

use super::machines::{SSH_PORT, Target};
use crate::{
    engine::discovery::{DiscoverRequest, Machine},
    port::scanner::FoundBy,
    web::{
        Services,
        pages::{
            components::{badge, breadcrumbs, csrf, empty, field::Field, head, live},
            form::{Fields, Trouble},
            format::count,
            frame::{Frame, Place},
            icons::Icon,
            jobs,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, id::JobId, job::Job, node::Node};
use maud::{Markup, html};
use std::sync::Arc;

/// A search and what it found so far.
#[derive(Debug, Clone)]
pub struct Search {
    /// The job that searches.
    pub job: Job,
    /// What it found.
    pub machines: Vec<Machine>,
    /// All nodes, to tell which machines are some already.
    pub nodes: Vec<Arc<Node>>,
}

impl Search {
    /// Reads it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read(services: &Services, id: JobId) -> crate::engine::Result<Self> {
        let (job, machines) = tokio::try_join!(services.jobs.get(id), services.discovery.results(id))?;
        Ok(Self {
            job,
            machines,
            nodes: services.nodes.all(),
        })
    }
}

/// `GET /nodes/discover?job=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let search = match query.given("job") {
        Some(id) => Some(Search::read(&services, jobs::parse_id(id)?).await?),
        None => None,
    };
    Ok(page(&frame, search.as_ref(), &query, &Trouble::default()))
}

/// `POST /nodes/discover`
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let back = if form.ticked("wizard") {
        "/setup/machines"
    } else {
        "/nodes/discover"
    };
    let mut trouble = Trouble::default();
    let request = request(&form, &mut trouble);
    if trouble.is_none() {
        match services.discovery.start(request, None, &login.actor).await {
            Ok(job) => return Ok(Redirect::to(&format!("{back}?job={}", job.id)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let frame = Frame::of(login, &services).await?;
    Ok((trouble.status(), page(&frame, None, &form, &trouble)).into_response())
}

fn request(form: &Fields, trouble: &mut Trouble) -> DiscoverRequest {
    let subnets = form
        .text("subnets")
        .split([',', ' ', '\n', '\r', ';'])
        .filter(|part| !part.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    DiscoverRequest {
        subnets,
        port: form.parse("port", trouble),
    }
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, search: Option<&Search>, input: &Fields, trouble: &Trouble) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes")], "Find machines"))
        (head("Find machines", Some("Looks where machines announce themselves, at the neighbours this one knows, and on the SSH port of networks you name."), None))
        div class="stack" {
            (form(frame, input, trouble, false))
            @if let Some(search) = search { (results(frame, search, false)) }
        }
    };
    let refresh = search.filter(|s| !s.job.state.is_final()).map(|_| 3);
    frame.page_with(Place::Nodes, "Find machines", refresh, &content)
}

/// What to look at.
#[must_use]
pub fn form(frame: &Frame, input: &Fields, trouble: &Trouble, wizard: bool) -> Markup {
    html! {
        form class="card form" method="post" action="/nodes/discover" {
            (csrf(&frame.csrf))
            @if wizard { input type="hidden" name="wizard" value="1"; }
            (trouble.show())
            div class="fields" {
                (Field::new("subnets", "Networks to try").value(input.text("subnets")).optional().literal().example("192.168.1.0/24")
                    .help("In CIDR notation, /22 or smaller, at most four.").trouble(trouble, "/subnets").input())
                (Field::new("port", "SSH port there").value(input.given("port").unwrap_or("22")).between(1, 65_535)
                    .help("Tried on every address of those networks.").trouble(trouble, "/port").input())
            }
            div { button class="button primary" type="submit" { (Icon::Radar) "Look around" } }
        }
    }
}

/// What was found, kept up to date while the search goes on.
#[must_use]
pub fn results(frame: &Frame, search: &Search, wizard: bool) -> Markup {
    html! {
        form method="get" action="/nodes/adopt" class="stack" {
            @if wizard { input type="hidden" name="wizard" value="1"; }
            (live("found", &live_path(search, wizard), &found(frame, search, wizard)))
            @if frame.may(Role::Admin) {
                div class="row" { button class="button primary" type="submit" { "Adopt those that are ticked" (Icon::Arrow) } }
            }
        }
    }
}

fn live_path(search: &Search, wizard: bool) -> String {
    let wizard = if wizard { "?wizard=1" } else { "" };
    format!("/live/discover/{}{wizard}", search.job.id)
}

/// The list of machines.
#[must_use]
pub fn found(frame: &Frame, search: &Search, wizard: bool) -> Markup {
    let over = search.job.state.is_final();
    let step = search.job.steps.iter().rev().find(|s| !s.message.is_empty());
    html! {
        div class="stack tight" {
        div class="row spread" {
            h2 { (count(search.machines.len(), "machine found", "machines found")) }
            span class="row small muted" {
                @if let Some(step) = step { span class="breaks" { (step.message) } }
                (badge::job(search.job.state))
            }
        }
        @if let (Some(error), true) = (&search.job.error, over) { p class="small muted" { (error) } }
        @if search.machines.is_empty() {
            (empty(Icon::Radar, if over { "Nothing answered" } else { "Looking around" },
                if over { "Name a network to try above, or adopt a machine by its address." } else { "Machines appear here as they are found." },
                None))
        } @else {
            ul class="card flush list" {
                @for machine in &search.machines { (row(frame, machine, &search.nodes, wizard)) }
            }
        }
        }
    }
}

fn row(frame: &Frame, machine: &Machine, nodes: &[Arc<Node>], wizard: bool) -> Markup {
    let node = machine.node.and_then(|id| nodes.iter().find(|n| n.id == id));
    let name = machine
        .name
        .as_ref()
        .map_or_else(|| machine.address.to_string(), ToString::to_string);
    let target = machine.address.to_string().parse().ok().map(|host| Target {
        host,
        port: machine.ssh_port.unwrap_or(SSH_PORT),
    });
    let by: Vec<&str> = machine.by.iter().map(|by| how(*by)).collect();
    let free = frame.may(Role::Admin) && node.is_none() && machine.ssh_port.is_some();
    html! {
        li {
            @if let (Some(target), true) = (&target, free) {
                input type="checkbox" name="machine" value=(target) id={ "m-" (machine.address) } aria-label={ "Adopt " (name) };
            } @else { span class="avatar" { (Icon::Node) } }
            div class="grow" {
                p class="strong breaks" { label for=[free.then(|| format!("m-{}", machine.address))] { (name) } }
                p class="tiny muted breaks" {
                    (machine.address) @if let Some(port) = machine.ssh_port { ":" (port) }
                    " · " (by.join(", "))
                    @if let Some(banner) = &machine.banner { " · " (banner.trim_start_matches("SSH-2.0-")) }
                }
            }
            @if let Some(node) = node { a class="small" href={ "/nodes/" (node.name) } { "Node " (node.name) } }
            @else if machine.ssh_port.is_none() { span class="small muted" { "no SSH server answers" } }
            @else if let (Some(target), true) = (&target, free) {
                a class="button little" href=(adopt_path(target, wizard)) {
                    "Adopt" span class="hidden" { " " (name) }
                }
            }
        }
    }
}

fn adopt_path(target: &Target, wizard: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("machine", &target.to_string());
    if wizard {
        query.append_pair("wizard", "1");
    }
    format!("/nodes/adopt?{}", query.finish())
}

const fn how(by: FoundBy) -> &'static str {
    match by {
        FoundBy::Mdns => "announces itself",
        FoundBy::Neighbour => "known neighbour",
        FoundBy::Scan => "answers on the SSH port",
    }
}
