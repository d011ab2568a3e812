//! A node's name, labels and groups; and keeping new apps away from it.

use crate::{
    engine::nodes::NodeChange,
    web::{
        Services,
        pages::{
            components::{breadcrumbs, csrf, field::Field, head, link},
            form::{Fields, Trouble},
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
use std::collections::{BTreeMap, BTreeSet};

/// `GET /nodes/{node}/edit`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    let node = services.nodes.get(&key).await?;
    let labels: Vec<String> = node
        .labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let groups: Vec<&str> = node.groups.iter().map(Slug::as_str).collect();
    let input = [
        ("name", node.name.to_string()),
        ("labels", labels.join("\n")),
        ("groups", groups.join(", ")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    Ok(page(&frame, &node, &input, &Trouble::default()))
}

/// `POST /nodes/{node}/edit`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    let change = NodeChange {
        name: form.require("name", &mut trouble),
        labels: Some(labels(form.text("labels"), &mut trouble)),
        groups: Some(groups(form.text("groups"), &mut trouble)),
    };
    if trouble.is_none() {
        match services.nodes.change(&key, change, &login.actor).await {
            Ok(node) => return Ok(Redirect::to(&format!("/nodes/{}", node.name)).into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    let node = services.nodes.get(&key).await?;
    let frame = Frame::of(login, &services).await?;
    Ok((trouble.status(), page(&frame, &node, &form, &trouble)).into_response())
}

fn labels(text: &str, trouble: &mut Trouble) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                labels.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            _ => trouble.add("labels", format!("{line:?} is not of the form name=value")),
        }
    }
    labels
}

fn groups(text: &str, trouble: &mut Trouble) -> BTreeSet<Slug> {
    let mut groups = BTreeSet::new();
    for part in text
        .split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.parse() {
            Ok(group) => {
                groups.insert(group);
            }
            Err(error) => trouble.add("groups", format!("{error}")),
        }
    }
    groups
}

/// `POST /nodes/{node}/drain`
pub async fn drain(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Redirect, Problem> {
    login.require(Role::Admin)?;
    let mut labels = services.nodes.get(&key).await?.labels;
    if form.text("drain") == "true" {
        labels.insert("drain".to_owned(), "true".to_owned());
    } else {
        labels.remove("drain");
    }
    let change = NodeChange {
        labels: Some(labels),
        ..NodeChange::default()
    };
    let node = services.nodes.change(&key, change, &login.actor).await?;
    Ok(Redirect::to(&format!("/nodes/{}", node.name)))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, node: &Node, input: &Fields, trouble: &Trouble) -> Markup {
    let name = node.name.as_str();
    let path = format!("/nodes/{name}");
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes"), (&path, name)], "Name and labels"))
        (head(&format!("Name and labels of {name}"), None, None))
        form class="card form" method="post" action={ (path) "/edit" } {
            (csrf(&frame.csrf))
            (trouble.show())
            (Field::new("name", "Name").value(input.text("name")).required().literal().help("Small letters, digits and hyphens.")
                .trouble(trouble, "/name").input())
            (Field::new("groups", "Groups").value(input.text("groups")).optional().literal().example("always-on, basement")
                .help("Several are separated by commas.").trouble(trouble, "/groups").input())
            (Field::new("labels", "Labels").value(input.text("labels")).optional().example("room=office").help("One on each line: name=value.")
                .trouble(trouble, "/labels").area(true))
            div class="row" {
                button class="button primary" type="submit" { (Icon::Check) "Keep it so" }
                (link(&path, "quiet", Icon::X, "Leave it as it was"))
            }
        }
    };
    frame.page(Place::Nodes, &format!("Name and labels of {name}"), &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_groups_as_people_write_them() {
        let mut trouble = Trouble::default();
        assert_eq!(labels("room = office\n\nups=yes", &mut trouble).len(), 2);
        assert_eq!(groups("a, b c", &mut trouble).len(), 3);
        assert!(trouble.is_none());
        labels("office", &mut trouble);
        groups("Not Good!", &mut trouble);
        assert!(trouble.of("/labels").is_some() && trouble.of("/groups").is_some());
    }
}
