//! Nodes: cards or a table, by group, and a tick to compare some of them.

use super::card;
use crate::web::{
    Services,
    pages::{
        components::{badge, empty, head, link, table::table},
        form::Fields,
        format::{ago, celsius, percent},
        frame::{Frame, Place},
        icons::Icon,
    },
    problem::Problem,
};
use axum::extract::{Query, State};
use hearth_model::{
    account::Role,
    facts::{Arch, Facts},
    id::NodeId,
    name::Slug,
    node::Node,
    stats::Sample,
};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// Nodes, of one group or all.
    pub nodes: Vec<Node>,
    /// The newest sample of each.
    pub latest: BTreeMap<NodeId, Sample>,
    /// All groups there are.
    pub groups: BTreeSet<Slug>,
    /// The group that is shown.
    pub group: Option<Slug>,
    /// Whether as a table.
    pub table: bool,
}

/// `GET /nodes?view=table&group=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let group: Option<Slug> = query.given("group").and_then(|text| text.parse().ok());
    let mut nodes = services.nodes.list().await?;
    let groups = nodes.iter().flat_map(|node| node.groups.iter().cloned()).collect();
    if let Some(group) = &group {
        nodes.retain(|node| node.groups.contains(group));
    }
    let data = Data {
        nodes,
        latest: services.nodes.latest(),
        groups,
        group,
        table: query.text("view") == "table",
    };
    Ok(page(&frame, &data))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let actions = html! {
        @if frame.may(Role::Admin) {
            @if !data.nodes.is_empty() { (link("/nodes/groups", "", Icon::Tag, "Groups")) }
            (link("/nodes/discover", "", Icon::Radar, "Find machines"))
            (link("/nodes/adopt", "primary", Icon::Plus, "Adopt"))
        }
    };
    let content = html! {
        (head("Nodes", Some("The machines that are one computer here."), Some(&actions)))
        @if data.nodes.is_empty() && data.group.is_none() {
            (empty(Icon::Node, "No nodes yet", "Adopt a machine by its address, or let Hearth look around.", Some(&actions)))
        } @else {
            (views(data))
            (live_list(frame, data))
        }
    };
    frame.page(Place::Nodes, "Nodes", &content)
}

fn views(data: &Data) -> Markup {
    let href = |view: &str, group: Option<&Slug>| {
        let group = group.map(|g| format!("&group={g}")).unwrap_or_default();
        format!("/nodes?view={view}{group}")
    };
    let here = if data.table { "table" } else { "cards" };
    html! {
        nav class="tabs" aria-label="View" {
            a href=(href("cards", data.group.as_ref())) aria-current=[(!data.table).then_some("page")] { "Cards" }
            a href=(href("table", data.group.as_ref())) aria-current=[data.table.then_some("page")] { "Table" }
        }
        @if !data.groups.is_empty() {
            nav class="stack" aria-label="Groups" {
                ul class="pills" {
                    li { a class="pill" href=(href(here, None)) aria-current=[data.group.is_none().then_some("true")] { "All groups" } }
                    @for group in &data.groups {
                        li { a class="pill" href=(href(here, Some(group))) aria-current=[(data.group.as_ref() == Some(group)).then_some("true")] { (group) } }
                    }
                }
            }
            hr;
        }
    }
}

fn live_list(frame: &Frame, data: &Data) -> Markup {
    let several = data.nodes.len() > 1;
    html! {
        form class="stack" method="get" action="/nodes/compare" {
            @if data.table { div class="card flush" { (rows(frame, data)) } }
            @else {
                h2 class="hidden" { "All nodes" }
                div class="grid" {
                    @for node in &data.nodes {
                        (card::card(frame, node, data.latest.get(&node.id), several.then(|| tick(node, true)).as_ref()))
                    }
                }
            }
            @if several { div { button class="button" type="submit" { "Compare those that are ticked" } } }
        }
    }
}

fn tick(node: &Node, words: bool) -> Markup {
    html! {
        label class="choice small" {
            input type="checkbox" name="nodes" value=(node.name);
            span class=[(!words).then_some("hidden")] { "Compare" span class="hidden" { " " (node.name) } }
        }
    }
}

fn rows(frame: &Frame, data: &Data) -> Markup {
    let rows: Vec<Vec<Markup>> = data
        .nodes
        .iter()
        .map(|node| {
            let sample = data.latest.get(&node.id);
            let facts = node.facts.as_ref();
            let of = |value: fn(&Sample) -> String| html! { span class="num nowrap" { @match sample { Some(s) => (value(s)), None => "–" } } };
            vec![
                html! { span class="row nowrap" { (tick(node, false)) a href={ "/nodes/" (node.name) } { (node.name) } } },
                badge::node(node),
                html! { (card::what(node)) },
                html! { (facts.and_then(|f| f.arch).map_or("–", Arch::as_str)) },
                html! { span class="num" { (facts.map_or(0, |f| f.cpu_cores)) } },
                of(|s| percent(s.cpu_percent)),
                of(|s| format!("{} of {}", s.memory_used, s.memory_total)),
                of(|s| format!("{} of {}", s.disk_used, s.disk_total)),
                of(|s| s.temperature_c.map_or("–".to_owned(), celsius)),
                html! { span class="nowrap" { (engine(facts)) } },
                html! { @match node.last_seen_at { Some(at) => (ago(at, frame.now, &frame.zone)), None => "never" } },
            ]
        })
        .collect();
    let heads = [
        "Name",
        "State",
        "Machine",
        "Arch.",
        "Cores",
        "Processor",
        "Memory",
        "Storage",
        "Heat",
        "Engine",
        "Seen",
    ];
    table("Nodes", &heads, &rows)
}

/// The engine of a machine in words.
#[must_use]
pub fn engine(facts: Option<&Facts>) -> String {
    match facts.and_then(|f| f.engine.as_ref()) {
        Some(engine) => match &engine.compose {
            Some(compose) => format!("Docker {}, Compose {compose}", engine.version),
            None => format!("Docker {}, no Compose", engine.version),
        },
        None => "none".to_owned(),
    }
}
