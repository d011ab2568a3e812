//! The wizard's machines: what was found, with ticks, and how the adoptions go.

use super::{Step, steps};
use crate::{
    engine::{self, nodes::list::has_engine},
    web::{
        Services,
        pages::{
            components::{
                action_with, link, live,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            frame::{self, Frame},
            icons::Icon,
            jobs,
            nodes::{
                adopt,
                discover::{self, Search},
            },
        },
        problem::Problem,
    },
};
use axum::extract::{Query, State};
use hearth_model::{account::Role, job::Job, node::Node};
use maud::{Markup, html};
use std::sync::Arc;

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// The search, when one was begun.
    pub search: Option<Search>,
    /// Adoptions, newest first.
    pub adoptions: Vec<Job>,
    /// Nodes there are already.
    pub nodes: Vec<Arc<Node>>,
}

/// `GET /setup/machines?job=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    if !frame.may(Role::Admin) {
        return Err(engine::Error::Forbidden { needed: "admin" }.into());
    }
    let search = match query.given("job") {
        Some(id) => Some(Search::read(&services, jobs::parse_id(id)?).await?),
        None => None,
    };
    let adoptions = adopt::recent(&services).await?;
    let nodes = services.nodes.all();
    Ok(page(
        &frame,
        &Data {
            search,
            adoptions,
            nodes,
        },
    ))
}

/// A page that belongs to this step of the wizard, such as the one on which host keys are confirmed.
#[must_use]
pub fn within(title: &str, content: &Markup) -> Markup {
    frame::lone(title, true, Some(&steps(Step::Machines)), content)
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    // Without scripts the page is loaded again only while the search goes on: after that one is ticking machines.
    let searching = data.search.as_ref().is_some_and(|s| !s.job.state.is_final());
    let content = html! {
        div class="stack loose" {
            div class="stack tight" {
                h1 { "Your machines" }
                p class="lead" { "Tick the ones that are yours. Hearth asks how to log in, once, and leaves everything that runs on them alone." }
            }
            @if !data.adoptions.is_empty() {
                section class="stack" aria-labelledby="adopting" {
                    h2 id="adopting" { "Being adopted" }
                    (live("adoptions", "/live/adoptions", &adopt::adoptions(frame, &data.adoptions)))
                }
            }
            @for node in data.nodes.iter().filter(|node| node.state.is_online() && !has_engine(node)) {
                (notice(Kind::Warm, &format!("{} cannot run apps yet", node.name), &html! {
                    p { "It has no container engine that Hearth can use." }
                    p { a href={ "/nodes/" (node.name) "/bootstrap" } { "See what is missing, and let Hearth install it" } }
                }))
            }
            @if let Some(search) = &data.search { (discover::results(frame, search, true)) }
            details open[data.search.is_none()] {
                summary { "Look in other networks, or give an address" }
                div class="stack" {
                    (discover::form(frame, &Fields::default(), &Trouble::default(), true))
                    div class="row" {
                        (link("/nodes/adopt?wizard=1", "", Icon::Plus, "Adopt by address"))
                        (action_with("/nodes/adopt/local", &frame.csrf, &[("wizard", "1")], "", Icon::Home, "Adopt this machine, too"))
                    }
                }
            }
            div class="row spread" {
                (link("/setup/app", if data.nodes.is_empty() && data.adoptions.is_empty() { "" } else { "primary" }, Icon::Arrow, "Next: a first app"))
                a class="small" href="/" { "Do this later" }
            }
        }
    };
    frame::lone_with(
        "Your machines",
        true,
        searching.then_some(3),
        Some(&steps(Step::Machines)),
        &content,
    )
}
