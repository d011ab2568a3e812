//! Groups of nodes: made, renamed, deleted, filled; and one action on all nodes of one, said first and then done.

use crate::{
    engine::{
        self,
        nodes::{Group, GroupAction, GroupChange},
    },
    web::{
        Services,
        pages::{
            components::{
                badge, breadcrumbs,
                confirm::{Confirm, confirmed},
                csrf, empty,
                field::Field,
                head, link,
                notice::{Kind, notice},
            },
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
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{
    account::Role,
    name::Slug,
    node::{Node, NodeState},
};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Where the groups are.
const PATH: &str = "/nodes/groups";

/// What can be done with a group: the word in addresses, the button, and what will happen.
const ACTIONS: [(GroupAction, &str, &str, &str); 3] = [
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

fn parse(key: &str) -> Result<Slug, Problem> {
    key.parse().map_err(|_| engine::Error::not_found("group", key).into())
}

/// `GET /nodes/groups`
pub async fn list(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let nodes = services.nodes.list().await?;
    let groups = services.nodes.groups();
    Ok(list_page(
        &frame,
        &groups,
        &nodes,
        &Fields::default(),
        &Trouble::default(),
    ))
}

/// `POST /nodes/groups`
pub async fn create(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    let name: Option<Slug> = form.require("name", &mut trouble);
    let members: Vec<String> = form.all("nodes").map(ToOwned::to_owned).collect();
    if members.is_empty() {
        trouble.add(
            "nodes",
            "tick at least one: a group is there while a node is in it".to_owned(),
        );
    }
    if let Some(name) = name.filter(|_| trouble.is_none()) {
        if services.nodes.group(&name).is_ok() {
            trouble.add("name", format!("there is a group {name} already"));
        } else {
            match services.nodes.set_group(&name, &members, &login.actor).await {
                Ok(group) => return Ok(Redirect::to(&format!("{PATH}/{}", group.name)).into_response()),
                Err(error) => trouble = Trouble::from_error(error)?,
            }
        }
    }
    let frame = Frame::of(login, &services).await?;
    let (groups, nodes) = (services.nodes.groups(), services.nodes.list().await?);
    Ok((trouble.status(), list_page(&frame, &groups, &nodes, &form, &trouble)).into_response())
}

/// `GET /nodes/groups/{group}`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    let group = services.nodes.group(&parse(&key)?)?;
    let nodes = services.nodes.list().await?;
    let members = group.nodes.iter().map(|node| ("nodes".to_owned(), node.to_string()));
    let input = members.chain([("name".to_owned(), group.name.to_string())]).collect();
    Ok(page(&frame, &group, &nodes, &input, &Trouble::default()))
}

/// `POST /nodes/groups/{group}`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let group = services.nodes.group(&parse(&key)?)?;
    let mut trouble = Trouble::default();
    let name: Option<Slug> = form.require("name", &mut trouble);
    let ticked: BTreeSet<&str> = form.all("nodes").collect();
    let before: BTreeSet<&str> = group.nodes.iter().map(Slug::as_str).collect();
    if ticked.is_empty() {
        trouble.add("nodes", "tick at least one, or delete the group below".to_owned());
    }
    if trouble.is_none() {
        let owned = |names: BTreeSet<&&str>| names.into_iter().map(|name| (*name).to_owned()).collect();
        let change = GroupChange {
            name,
            add: owned(ticked.difference(&before).collect()),
            remove: owned(before.difference(&ticked).collect()),
        };
        match services.nodes.change_group(&group.name, change, &login.actor).await {
            Ok(group) => return Ok(Redirect::to(&format!("{PATH}/{}", group.name)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let frame = Frame::of(login, &services).await?;
    let nodes = services.nodes.list().await?;
    Ok((trouble.status(), page(&frame, &group, &nodes, &form, &trouble)).into_response())
}

/// `GET /nodes/groups/{group}/delete`
pub async fn ask_delete(
    frame: Frame,
    State(services): State<Services>,
    Path(key): Path<String>,
) -> Result<Markup, Problem> {
    let group = services.nodes.group(&parse(&key)?)?;
    Ok(delete_page(&frame, &group, &Fields::default(), &Trouble::default()))
}

/// `POST /nodes/groups/{group}/delete`
pub async fn delete(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let group = services.nodes.group(&parse(&key)?)?;
    let mut trouble = Trouble::default();
    if confirmed(&form, group.name.as_str(), &mut trouble) {
        services.nodes.remove_group(&group.name, &login.actor).await?;
        return Ok(Redirect::to(PATH).into_response());
    }
    let frame = Frame::of(login, &services).await?;
    Ok((trouble.status(), delete_page(&frame, &group, &form, &trouble)).into_response())
}

/// `GET /nodes/groups/{group}/run?action=`
pub async fn ask_run(
    frame: Frame,
    State(services): State<Services>,
    Path(key): Path<String>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let group = services.nodes.group(&parse(&key)?)?;
    let action = action(&query)?;
    let nodes = members(&services, &group).await?;
    Ok(run_page(&frame, &group, &nodes, action, &Trouble::default()))
}

/// `POST /nodes/groups/{group}/run`
pub async fn run(
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
            Ok((trouble.status(), run_page(&frame, &group, &nodes, action, &trouble)).into_response())
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

async fn members(services: &Services, group: &Group) -> engine::Result<Vec<Node>> {
    let mut nodes = services.nodes.list().await?;
    nodes.retain(|node| node.groups.contains(&group.name));
    Ok(nodes)
}

/// The page of all groups.
#[must_use]
pub fn list_page(frame: &Frame, groups: &[Group], nodes: &[Node], input: &Fields, trouble: &Trouble) -> Markup {
    let lead = "Names for nodes that belong together, and one action on all of them.";
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes")], "Groups"))
        (head("Groups", Some(lead), None))
        div class="stack loose" {
            @if groups.is_empty() {
                (empty(Icon::Tag, "No groups yet", "Put nodes together that you look after together: those in the cellar, those that are always on.", None))
            } @else {
                ul class="card flush list" {
                    @for group in groups {
                        li {
                            div class="grow" {
                                p { a href={ (PATH) "/" (group.name) } { (group.name) } }
                                p class="small muted breaks" { (names(&group.nodes)) }
                            }
                            span class="small muted num nowrap" { (count(group.nodes.len(), "node", "nodes")) }
                        }
                    }
                }
            }
            @if frame.may(Role::Admin) && !nodes.is_empty() {
                form class="card form" method="post" action=(PATH) aria-labelledby="new-group" {
                    h2 id="new-group" { "A new group" }
                    (csrf(&frame.csrf))
                    (trouble.show())
                    (name_field(input, trouble))
                    (ticks(nodes, input, trouble))
                    div { button class="button primary" type="submit" { (Icon::Plus) "Make it" } }
                }
            }
        }
    };
    frame.page(Place::Nodes, "Groups", &content)
}

fn names(nodes: &[Slug]) -> String {
    nodes.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ")
}

fn name_field(input: &Fields, trouble: &Trouble) -> Markup {
    Field::new("name", "Name")
        .value(input.text("name"))
        .required()
        .literal()
        .example("always-on")
        .help("Small letters, digits and hyphens.")
        .trouble(trouble, "/name")
        .input()
}

fn ticks(nodes: &[Node], input: &Fields, trouble: &Trouble) -> Markup {
    let error = trouble.of("/nodes");
    let ticked: BTreeSet<&str> = input.all("nodes").collect();
    html! {
        fieldset class="field" id="nodes" aria-describedby=[error.as_ref().map(|_| "nodes-error")] {
            legend { "Nodes" }
            @for node in nodes {
                label class="choice" {
                    input type="checkbox" name="nodes" value=(node.name) checked[ticked.contains(node.name.as_str())];
                    span class="breaks" { (node.name) }
                }
            }
            @if let Some(error) = &error { p class="error" id="nodes-error" { (Icon::Octagon) span { (error) } } }
        }
    }
}

/// The page of one group.
#[must_use]
pub fn page(frame: &Frame, group: &Group, nodes: &[Node], input: &Fields, trouble: &Trouble) -> Markup {
    let path = format!("{PATH}/{}", group.name);
    let admin = frame.may(Role::Admin);
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes"), (PATH, "Groups")], group.name.as_str()))
        (head(&format!("Group {}", group.name), Some(&names(&group.nodes)), Some(&link(&format!("/nodes?group={}", group.name), "", Icon::Node, "Its nodes"))))
        @if admin {
            div class="split" {
                form class="card form" method="post" action=(path) aria-labelledby="members" {
                    h2 id="members" { "Name and nodes" }
                    (csrf(&frame.csrf))
                    (trouble.show())
                    (name_field(input, trouble))
                    (ticks(nodes, input, trouble))
                    div { button class="button primary" type="submit" { (Icon::Check) "Keep it so" } }
                }
                div class="stack" {
                    section class="card stack" aria-labelledby="together" {
                        h2 id="together" { "On all of them" }
                        p class="small muted" { "You see first what will happen. Each node has a result of its own." }
                        @for (_, word, label, _) in ACTIONS {
                            div { (link(&format!("{path}/run?action={word}"), "", Icon::Play, label)) }
                        }
                    }
                    section class="card stack" aria-labelledby="delete" {
                        h2 id="delete" { "Delete the group" }
                        p class="small muted" { "Its nodes stay as they are." }
                        div { (link(&format!("{path}/delete"), "danger", Icon::Trash, "Delete it")) }
                    }
                }
            }
        }
    };
    frame.page(Place::Nodes, &format!("Group {}", group.name), &content)
}

/// The page on which one confirms that a group is deleted.
#[must_use]
pub fn delete_page(frame: &Frame, group: &Group, input: &Fields, trouble: &Trouble) -> Markup {
    let name = group.name.as_str();
    let path = format!("{PATH}/{name}");
    let title = format!("Delete group {name}");
    let form = Confirm {
        action: &format!("{path}/delete"),
        name,
        lost: html! { p { "The group alone. Its " (count(group.nodes.len(), "node stays", "nodes stay")) ", and nothing is changed on " (if group.nodes.len() == 1 { "it" } else { "them" }) ": " (names(&group.nodes)) "." } },
        choices: html! {},
        button: (Icon::Trash, "Delete it"),
        back: &path,
    };
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes"), (PATH, "Groups"), (&path, name)], "Delete"))
        (head(&title, None, None))
        (form.show(&frame.csrf, input, trouble))
    };
    frame.page(Place::Nodes, &title, &content)
}

/// The page that says what will happen, and on which nodes.
#[must_use]
pub fn run_page(frame: &Frame, group: &Group, nodes: &[Node], action: GroupAction, trouble: &Trouble) -> Markup {
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
                                p class="small muted" { (super::list::engine(node.facts.as_ref())) }
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
