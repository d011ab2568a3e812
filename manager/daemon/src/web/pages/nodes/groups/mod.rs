//! Groups of nodes: made, renamed, deleted, filled.

pub mod run;

use crate::{
    engine::{
        self,
        nodes::{Group, GroupChange},
    },
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs,
                confirm::{Confirm, confirmed},
                csrf, empty,
                field::Field,
                head, link,
            },
            form::{Fields, Trouble},
            format::count,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, name::Slug, node::Node};
use maud::{Markup, html};
use std::{collections::BTreeSet, sync::Arc};

/// Where the groups are.
const PATH: &str = "/nodes/groups";

fn parse(key: &str) -> Result<Slug, Problem> {
    key.parse().map_err(|_| engine::Error::not_found("group", key).into())
}

/// `GET /nodes/groups`
pub async fn list(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let nodes = services.nodes.all();
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
    let (groups, nodes) = (services.nodes.groups(), services.nodes.all());
    Ok((trouble.status(), list_page(&frame, &groups, &nodes, &form, &trouble)).into_response())
}

/// `GET /nodes/groups/{group}`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    let group = services.nodes.group(&parse(&key)?)?;
    let nodes = services.nodes.all();
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
    let nodes = services.nodes.all();
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

/// The page of all groups.
#[must_use]
pub fn list_page(frame: &Frame, groups: &[Group], nodes: &[Arc<Node>], input: &Fields, trouble: &Trouble) -> Markup {
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

fn ticks(nodes: &[Arc<Node>], input: &Fields, trouble: &Trouble) -> Markup {
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
pub fn page(frame: &Frame, group: &Group, nodes: &[Arc<Node>], input: &Fields, trouble: &Trouble) -> Markup {
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
                        @for (_, word, label, _) in run::ACTIONS {
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
