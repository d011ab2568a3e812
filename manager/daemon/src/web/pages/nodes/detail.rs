//! A node's own page: facts, plots, what runs there (what was there before us too), and what can be done with it.

mod facts;
mod plots;
mod runs;

use super::card;
use crate::{
    engine::{
        self,
        nodes::{NodeStats, list::has_engine},
    },
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs, csrf, link, live,
                notice::{Kind, notice},
            },
            form::Fields,
            format::ago,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
    },
};
use axum::extract::{Path, Query, State};
use hearth_model::{
    account::Role,
    app::App,
    facts::FoundProject,
    node::{Node, NodeState},
};
use maud::{Markup, html};

/// The ranges that can be looked at: word, seconds, name.
pub const RANGES: [(&str, i64, &str); 4] = [
    ("1h", 3_600, "1 hour"),
    ("24h", 86_400, "24 hours"),
    ("30d", 2_592_000, "30 days"),
    ("1y", 31_536_000, "1 year"),
];

/// The seconds of a range's word; a day unless told otherwise.
#[must_use]
pub fn range(word: &str) -> (&'static str, i64) {
    RANGES
        .iter()
        .find(|(w, ..)| *w == word)
        .map_or(("24h", 86_400), |(w, secs, _)| (*w, *secs))
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Data {
    /// The node.
    pub node: Node,
    /// Its series.
    pub stats: NodeStats,
    /// Projects on it, or why they cannot be told.
    pub projects: Result<Vec<FoundProject>, String>,
    /// Our apps on it.
    pub apps: Vec<App>,
    /// Word of the range.
    pub range: &'static str,
}

impl Data {
    /// Reads it; that the node does not answer is part of the answer.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read(services: &Services, key: &str, word: &str) -> engine::Result<Self> {
        let (word, secs) = range(word);
        let node = services.nodes.get(key).await?;
        let projects = async {
            match services.nodes.projects(key).await {
                Ok(projects) => Ok(Ok(projects)),
                Err(error @ engine::Error::Node { .. }) => Ok(Err(error.to_string())),
                Err(error) => Err(error),
            }
        };
        let (stats, apps, projects) = tokio::try_join!(
            services.nodes.stats(key, secs),
            services.apps.on_node(node.id),
            projects
        )?;
        Ok(Self {
            node,
            stats,
            projects,
            apps,
            range: word,
        })
    }
}

/// `GET /nodes/{node}?range=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Path(key): Path<String>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    Ok(page(&frame, &Data::read(&services, &key, query.text("range")).await?))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let node = &data.node;
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes")], node.name.as_str()))
        header class="head" {
            div class="row nowrap" {
                (card::avatar())
                div class="stack tight" {
                    h1 class="breaks" { (node.name) }
                    p class="muted small breaks" { (card::what(node)) }
                }
            }
            @if frame.may(Role::Admin) {
                div class="row" {
                    (link(&format!("/nodes/{}/preflight", node.name), "", Icon::Check, "Preflight"))
                    (link(&format!("/nodes/{}/edit", node.name), "", Icon::Tag, "Name and labels"))
                }
            }
        }
        div class="stack loose" {
        (live("node", &format!("/live/nodes/{}?range={}", node.name, data.range), &state(frame, data)))
        (manage(frame, node))
        }
    };
    frame.page_with(Place::Nodes, node.name.as_str(), Some(30), &content)
}

/// Everything that changes: the part that is kept up to date.
#[must_use]
pub fn state(frame: &Frame, data: &Data) -> Markup {
    html! {
        div class="stack loose" {
            (availability(frame, &data.node))
            div class="split" {
                div class="stack loose" {
                    @if let Some(sample) = &data.stats.now { (plots::now(sample)) }
                    (plots::plots(frame, data))
                    (runs::runs(data))
                }
                div class="stack" {
                    (facts::card(frame, &data.node))
                }
            }
        }
    }
}

fn availability(frame: &Frame, node: &Node) -> Markup {
    html! {
        @match &node.state {
            NodeState::Online => {},
            NodeState::Connecting => (notice(Kind::Info, "Connecting", &html! { p { "Hearth was started a moment ago and has not heard from it yet." } })),
            NodeState::Offline { since, fault } => (notice(Kind::Hot, &format!("Offline: {}", fault.cause.title()), &html! {
                p { "It stopped answering " (ago(*since, frame.now, &frame.zone)) ". " (fault.detail) }
                p { strong { "What to do: " } (fault.cause.mend()) }
            })),
        }
        @if drained(node) {
            (notice(Kind::Info, "New apps are kept away", &html! { p { "What runs here goes on running." } }))
        }
        @if node.state.is_online() && !has_engine(node) {
            (notice(Kind::Warm, "Apps cannot be deployed here yet", &html! {
                p { "It has no container engine that Hearth can use." }
                p { a href={ "/nodes/" (node.name) "/bootstrap" } { "See what is missing, and let Hearth install it" } }
            }))
        }
    }
}

/// Whether a person keeps new apps away from it.
#[must_use]
pub fn drained(node: &Node) -> bool {
    node.labels.get("drain").is_some_and(|value| value == "true")
}

fn manage(frame: &Frame, node: &Node) -> Markup {
    let path = format!("/nodes/{}", node.name);
    html! {
        @if frame.may(Role::Admin) {
            section class="card stack" aria-labelledby="manage" {
                h2 id="manage" { "Manage" }
                div class="row" {
                    form method="post" action={ (path) "/drain" } {
                        (csrf(&frame.csrf))
                        input type="hidden" name="drain" value=(if drained(node) { "false" } else { "true" });
                        button class="button" type="submit" {
                            (Icon::Minus) @if drained(node) { "Let new apps come again" } @else { "Keep new apps away" }
                        }
                    }
                    @if !has_engine(node) { (link(&format!("{path}/bootstrap"), "", Icon::Box, "Install the engine")) }
                    (link(&format!("{path}/release"), "danger", Icon::Unplugged, "Release …"))
                }
                p class="small muted" { "Keeping new apps away leaves those that run here where they are." }
            }
        }
    }
}
