//! Some nodes side by side.

use super::{card, list::engine};
use crate::web::{
    Services,
    pages::{
        components::{badge, breadcrumbs, empty, head, link, table::table},
        form::Fields,
        format::{celsius, percent},
        frame::{Frame, Place},
        icons::Icon,
    },
    problem::Problem,
};
use axum::extract::{Query, State};
use hearth_model::{
    facts::{Arch, DiskKind, Facts},
    id::NodeId,
    node::Node,
    stats::Sample,
};
use maud::{Markup, html};
use std::{collections::BTreeMap, sync::Arc};

/// `GET /nodes/compare?nodes=a&nodes=b` (or `?nodes=a,b`)
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let wanted: Vec<&str> = query
        .all("nodes")
        .flat_map(|names| names.split(','))
        .map(str::trim)
        .collect();
    let mut nodes = services.nodes.all();
    nodes.retain(|node| {
        wanted
            .iter()
            .any(|w| *w == node.name.as_str() || *w == node.id.to_string())
    });
    Ok(page(&frame, &nodes, &services.nodes.latest()))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, nodes: &[Arc<Node>], latest: &BTreeMap<NodeId, Sample>) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/nodes", "Nodes")], "Compare"))
        (head("Compare nodes", None, None))
        @if nodes.is_empty() {
            (empty(Icon::Node, "Nothing to compare", "Tick some nodes in the list first.", Some(&link("/nodes", "primary", Icon::Node, "To the list"))))
        } @else { div class="card flush" { (side_by_side(nodes, latest)) } }
    };
    frame.page(Place::Nodes, "Compare nodes", &content)
}

fn side_by_side(nodes: &[Arc<Node>], latest: &BTreeMap<NodeId, Sample>) -> Markup {
    let mut heads = vec!["Property"];
    heads.extend(nodes.iter().map(|node| node.name.as_str()));
    let row = |name: &str, of: &dyn Fn(&Node, Option<&Sample>) -> Markup| {
        let mut cells = vec![html! { (name) }];
        cells.extend(nodes.iter().map(|node| of(node, latest.get(&node.id))));
        cells
    };
    let fact = |of: fn(&Facts) -> String| move |node: &Node, _: Option<&Sample>| html! { (node.facts.as_ref().map_or("–".to_owned(), of)) };
    let now = |of: fn(&Sample) -> String| move |_: &Node, sample: Option<&Sample>| html! { span class="num" { (sample.map_or("–".to_owned(), of)) } };
    let rows = vec![
        row("State", &|node, _| badge::node(node)),
        row("Machine", &|node, _| html! { (card::what(node)) }),
        row("System", &fact(|f| f.os_name.clone())),
        row(
            "Architecture",
            &fact(|f| f.arch.map_or("unknown", Arch::as_str).to_owned()),
        ),
        row(
            "Processor",
            &fact(|f| f.cpu_model.clone().unwrap_or_else(|| "unknown".to_owned())),
        ),
        row("Cores", &fact(|f| f.cpu_cores.to_string())),
        row("Memory", &fact(|f| f.memory.to_string())),
        row(
            "Disks",
            &fact(|f| {
                f.disks
                    .iter()
                    .map(|d| format!("{} {} ({})", d.mount, d.total, kind(d.kind)))
                    .collect::<Vec<_>>()
                    .join("; ")
            }),
        ),
        row("Engine", &|node, _| html! { (engine(node.facts.as_ref())) }),
        row("Processor now", &now(|s| percent(s.cpu_percent))),
        row("Load now", &now(|s| format!("{:.2}", s.load1))),
        row(
            "Memory now",
            &now(|s| format!("{} of {}", s.memory_used, s.memory_total)),
        ),
        row("Storage now", &now(|s| format!("{} of {}", s.disk_used, s.disk_total))),
        row(
            "Temperature now",
            &now(|s| s.temperature_c.map_or("–".to_owned(), celsius)),
        ),
        row(
            "Outages in 30 days",
            &|node, _| html! { span class="num" { (node.outages_30d) } },
        ),
    ];
    table("Nodes side by side", &heads, &rows)
}

/// A kind of medium in words.
#[must_use]
pub const fn kind(kind: DiskKind) -> &'static str {
    match kind {
        DiskKind::SdCard => "SD card",
        DiskKind::Ssd => "SSD",
        DiskKind::Hdd => "hard disk",
        DiskKind::Unknown => "unknown kind",
    }
}
