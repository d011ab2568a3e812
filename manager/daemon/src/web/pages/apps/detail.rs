//! An app's own page: state, address, usage, live logs, what lies on the node, the commands that ran, its jobs.

use super::{card, secrets};
use crate::{
    engine::{self, apps::Rendered, audit::Slice},
    web::{
        Services,
        pages::{
            components::{
                action, badge, breadcrumbs,
                code::{block, log, more, records},
                link, live,
                notice::{Kind, notice},
                qr,
                table::{facts, table},
            },
            format::{percent, time},
            frame::{Frame, Place},
            icons::Icon,
            jobs,
        },
        problem::Problem,
    },
};
use axum::extract::{Path, State};
use hearth_model::{
    account::Role,
    app::{App, AppState, CommandRecord, Container, Desired},
    job::Job,
    node::Node,
    stats::ContainerStats,
};
use maud::{Markup, html};

/// Jobs and commands that the page lists.
const HISTORY: usize = 20;

/// What changes while one looks.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The app.
    pub app: App,
    /// Its node; none when it was released.
    pub node: Option<Node>,
    /// Its containers, or why they cannot be told.
    pub containers: Result<Vec<Container>, String>,
    /// Their use.
    pub stats: Vec<ContainerStats>,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Data {
    /// What changes while one looks.
    pub state: Situation,
    /// What lies on the node; none until it was rendered for the first time.
    pub rendered: Option<Rendered>,
    /// Commands that ran, newest first.
    pub commands: Vec<CommandRecord>,
    /// Its jobs, newest first.
    pub jobs: Vec<Job>,
}

impl Situation {
    /// Reads it; that a node does not answer is part of the answer.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read(services: &Services, key: &str) -> engine::Result<Self> {
        let app = services.apps.get(key).await?;
        let node = match services.nodes.get(&app.node.to_string()).await {
            Ok(node) => Some(node),
            Err(engine::Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let containers = match services.apps.containers(key).await {
            Ok(containers) => Ok(containers),
            Err(error @ (engine::Error::Node { .. } | engine::Error::NotFound { .. })) => Err(error.to_string()),
            Err(error) => return Err(error),
        };
        let stats = services.apps.stats(key).await?;
        Ok(Self {
            app,
            node,
            containers,
            stats,
        })
    }
}

/// `GET /apps/{app}`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    let state = Situation::read(&services, &key).await?;
    let rendered = match services.apps.rendered(&key).await {
        Ok(rendered) => Some(rendered),
        Err(engine::Error::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let mut commands = services.apps.commands(&key).await?;
    commands.truncate(HISTORY);
    let subject = format!("app {}", state.app.slug);
    let slice = Slice {
        limit: HISTORY as u32,
        after: None,
    };
    let jobs = services.jobs.list(None, Some(&subject), slice).await?.items;
    Ok(page(
        &frame,
        &Data {
            state,
            rendered,
            commands,
            jobs,
        },
    ))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let app = &data.state.app;
    let content = html! {
        (breadcrumbs(&[("/apps", "Apps")], &app.name))
        header class="head" {
            div class="row nowrap" {
                (card::avatar(&app.recipe, "avatar large"))
                div class="stack tight" {
                    h1 class="breaks" { (app.name) }
                    p class="muted small" { (app.recipe) " " (app.version) }
                }
            }
            (actions(frame, app))
        }
        div class="split" {
            div class="stack" {
                (live("app-state", &format!("/live/apps/{}", app.slug), &state(&data.state)))
                (logs(app))
                (done(frame, data))
            }
            div class="stack" {
                (address(frame, app))
                (history(frame, &data.jobs))
                (danger(frame, app))
            }
        }
    };
    frame.page_with(Place::Apps, &app.name, Some(30), &content)
}

fn actions(frame: &Frame, app: &App) -> Markup {
    let to = |verb: &str| format!("/apps/{}/{verb}", app.slug);
    html! {
        @if frame.may(Role::Operator) {
            div class="row" {
                @if let (Some(url), AppState::Running) = (&app.url, &app.state) { (card::open(url)) }
                @if app.desired == Desired::Running {
                    (action(&to("restart"), &frame.csrf, "", Icon::Refresh, "Restart"))
                    (action(&to("stop"), &frame.csrf, "", Icon::Stop, "Stop"))
                } @else {
                    (action(&to("start"), &frame.csrf, "primary", Icon::Play, "Start"))
                }
                (link(&to("change"), "", Icon::Settings, "Change answers"))
            }
        }
    }
}

/// State and usage: the part that is kept up to date.
#[must_use]
pub fn state(data: &Situation) -> Markup {
    let app = &data.app;
    let (kind, title) = match &app.state {
        AppState::Drifted { .. } => (Kind::Warm, "Somebody changed it on the node"),
        AppState::Unreachable => (Kind::Warm, "Its node does not answer"),
        AppState::RolledBack { .. } => (Kind::Warm, "The deployment failed and was undone"),
        AppState::Unhealthy { .. } => (Kind::Hot, "It runs, but not well"),
        AppState::Stuck { .. } => (Kind::Hot, "The deployment failed and could not be undone wholly"),
        AppState::Deploying | AppState::Running | AppState::Stopped | AppState::RollingBack | AppState::Removing => {
            (Kind::Info, "")
        }
    };
    html! {
        section class="card stack" aria-labelledby="state" {
            div class="row spread" {
                h2 id="state" { "State" }
                (badge::app(&app.state))
            }
            @if let Some(reason) = badge::app_reason(&app.state) { (notice(kind, title, &html! { p class="breaks" { (reason) } })) }
            @match &data.containers {
                Err(why) => p class="muted small breaks" { (why) },
                Ok(containers) if containers.is_empty() => p class="muted small" { "It has no containers at present." },
                Ok(containers) => (usage(containers, &data.stats)),
            }
        }
    }
}

fn usage(containers: &[Container], stats: &[ContainerStats]) -> Markup {
    let rows: Vec<Vec<Markup>> = containers
        .iter()
        .map(|container| {
            let used = stats.iter().find(|s| s.name == container.name);
            vec![
                html! { (container.service.as_deref().unwrap_or(&container.name)) },
                html! {
                    (container.state)
                    @if let Some(health) = &container.health { ", " (health) }
                    @if let Some(code) = container.exit_code.filter(|_| container.state != "running") { " (exit code " (code) ")" }
                },
                html! { span class="num" { @if let Some(s) = used { (s.memory_used) @if s.memory_limit.0 > 0 { " of " (s.memory_limit) } } @else { "–" } } },
                html! { span class="num" { @if let Some(s) = used { (percent(s.cpu_percent)) } @else { "–" } } },
                html! { code { (container.image) } },
            ]
        })
        .collect();
    table(
        "Containers",
        &["Service", "State", "Memory", "Processor", "Image"],
        &rows,
    )
}

fn address(frame: &Frame, app: &App) -> Markup {
    let others: Vec<(&str, Markup)> = app
        .ports
        .iter()
        .map(|port| (port.name.as_str(), html! { span class="num" { (port.given) "/" (port.protocol) @if port.given != port.wanted { " (" (port.wanted) " was taken)" } } }))
        .collect();
    html! {
        section class="card stack" aria-labelledby="address" {
            h2 id="address" { "Address" }
            @match &app.url {
                Some(url) => {
                    p { a class="breaks" href=(url) rel="noopener noreferrer" target="_blank" { (card::short(url)) span class="hidden" { " (opens in a new tab)" } } }
                    (qr::code(url))
                },
                None => p class="muted" { "It has none yet." },
            }
            @if !others.is_empty() { (facts(&others)) }
            @if frame.may(Role::Operator) { (secrets::button(frame, app)) }
        }
    }
}

fn logs(app: &App) -> Markup {
    html! {
        section class="card stack" aria-labelledby="logs" {
            h2 id="logs" { "Logs" }
            div hx-sse:connect={ "/live/apps/" (app.slug) "/logs" } hx-swap="none" {
                (log("app-log", "Logs, newest at the end", true, &html! { span class="line" { span class="from" { "Logs are shown as they come, where scripts are allowed." } } }))
            }
            p class="small" { a href={ "/apps/" (app.slug) "/log.txt" } { "The last lines as text" } }
        }
    }
}

fn done(frame: &Frame, data: &Data) -> Markup {
    html! {
        section class="card" aria-labelledby="done" {
            header { h2 id="done" { "What lies on the node, and what was done there" } }
            @if let Some(rendered) = &data.rendered {
                p class="small muted" { "In " code { (rendered.dir) } ". " code { "docker compose" } " works there without Hearth, too." }
                (more("compose.yaml", &block("app-compose", "compose.yaml", &rendered.compose)))
                (more(".env", &block("app-env", ".env", &rendered.env)))
            }
            (more("Commands that ran", &html! {
                @if data.commands.is_empty() { p class="muted" { "None yet." } } @else { (records(&data.commands, &frame.zone)) }
            }))
            (more("Answers", &html! {
                @if data.state.app.answers.is_empty() { p class="muted" { "All defaults." } }
                @else {
                    dl class="facts" {
                        @for (id, answer) in &data.state.app.answers { dt { (id) } dd { (answer) } }
                    }
                }
            }))
        }
    }
}

fn history(frame: &Frame, list: &[Job]) -> Markup {
    html! {
        section class="card flush" aria-labelledby="jobs" {
            header class="option-title" { h2 id="jobs" { "Jobs" } }
            @if list.is_empty() { p class="option-rest muted" { "None yet." } } @else { (jobs::list(frame, list)) }
        }
    }
}

fn danger(frame: &Frame, app: &App) -> Markup {
    html! {
        section class="card stack" aria-labelledby="about-app" {
            h2 id="about-app" { "About" }
            (facts(&[
                ("Deployed", time(app.created_at, &frame.zone)),
                ("Changed", time(app.updated_at, &frame.zone)),
            ]))
            @if frame.may(Role::Operator) { p { (link(&format!("/apps/{}/remove", app.slug), "danger", Icon::Trash, "Remove …")) } }
        }
    }
}
