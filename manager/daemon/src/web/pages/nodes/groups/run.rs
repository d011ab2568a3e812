//! One action on all nodes of a group: first what will happen and where, then the job.

use super::{PATH, parse};
use crate::{
    engine::{
        self,
        nodes::{Group, GroupAction},
    },
    web::{
        Services,
        pages::{
            components::{
                badge, breadcrumbs, csrf, head, link,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            format::count,
            frame::{Frame, Place},
            icons::Icon,
            jobs,
            nodes::list,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{
    account::Role,
    node::{Node, NodeState},
};
use maud::{Markup, html};
use std::sync::Arc;

/// What can be done with a group: the word in addresses, the button, and what will happen.
pub(super) const ACTIONS: [(GroupAction, &str, &str, &str); 3] = [
    (
        GroupAction::Preflight,
        "preflight",
        "Look what is missing",
        "Hearth looks at each node and says whether it is ready for apps, and if not, what to do. Nothing is changed.",
    ),
    (
        GroupAction::Refresh,
        "refresh",
        "Ask anew what each is",
        "Hearth asks each node for its hardware, system and engine. Nothing is changed on it.",
    ),
    (
        GroupAction::Bootstrap,
        "bootstrap",
        "Install what is missing",
        "Hearth installs the container engine and Compose where they are missing, from each machine's own distribution, as root. \
         A node that lacks nothing is left as it is; what fails on a node is undone there.",
    ),
];

/// `GET /nodes/groups/{group}/run?action=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Path(key): Path<String>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let group = services.nodes.group(&parse(&key)?)?;
    let action = action(&query)?;
    let nodes = members(&services, &group).await?;
    Ok(page(&frame, &group, &nodes, action, &Trouble::default()))
}

/// `POST /nodes/groups/{group}/run`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let group = services.nodes.group(&parse(&key)?)?;
    let action = action(&form)?;
    match services
        .nodes
        .group_action(&group.name, action, None, &login.actor)
        .await
    {
        Ok(job) => Ok(Redirect::to(&jobs::path(job.id)).into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            let frame = Frame::of(login, &services).await?;
            let nodes = members(&services, &group).await?;
            Ok((trouble.status(), page(&frame, &group, &nodes, action, &trouble)).into_response())
        }
    }
}

fn action(fields: &Fields) -> Result<GroupAction, Problem> {
    let word = fields.text("action");
    let found = ACTIONS.iter().find(|(_, known, ..)| *known == word);
    found.map_or_else(
        || Err(engine::Error::not_found("action", word).into()),
        |(action, ..)| Ok(*action),
    )
}

/// The word in addresses, the button, and what will happen.
fn words(action: GroupAction) -> (&'static str, &'static str, &'static str) {
    let known = ACTIONS.iter().find(|(known, ..)| *known == action);
    known.map_or(("", "", ""), |(_, word, label, what)| (word, label, what))
}

async fn members(services: &Services, group: &Group) -> engine::Result<Vec<Arc<Node>>> {
    let mut nodes = services.nodes.all();
    nodes.retain(|node| node.groups.contains(&group.name));
    Ok(nodes)
}

/// The page that says what will happen, and on which nodes.
#[must_use]
pub fn page(frame: &Frame, group: &Group, nodes: &[Arc<Node>], action: GroupAction, trouble: &Trouble) -> Markup {
    let name = group.name.as_str();
    let path = format!("{PATH}/{name}");
    let (word, label, what) = words(action);
    let away = nodes
        .iter()
        .filter(|node| matches!(node.state, NodeState::Offline { .. }))
        .count();
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes"), (PATH, "Groups"), (&path, name)], label))
        (head(&format!("{label}: {name}"), Some(what), None))
        form class="stack" method="post" action={ (path) "/run" } {
            (csrf(&frame.csrf))
            input type="hidden" name="action" value=(word);
            (trouble.show())
            @if away > 0 {
                (notice(Kind::Warm, &format!("{} not answer", count(away, "node does", "nodes do")), &html! {
                    p { "It will fail there; what happens on the others does not depend on that." }
                }))
            }
            section class="card" aria-labelledby="on" {
                header { h2 id="on" { "On " (count(nodes.len(), "node", "nodes")) } }
                ul class="list" {
                    @for node in nodes {
                        li {
                            div class="grow" {
                                p { a href={ "/nodes/" (node.name) } { (node.name) } }
                                p class="small muted" { (list::engine(node.facts.as_ref())) }
                            }
                            (badge::node(node))
                        }
                    }
                }
            }
            div class="row" {
                button class="button primary" type="submit" { (Icon::Play) "Yes, on all of them" }
                (link(&path, "quiet", Icon::X, "Not now"))
            }
        }
    };
    frame.page(Place::Nodes, &format!("{label}: {name}"), &content)
}
