//! A node on a card: whether it answers, what it is, and how full it is.

use crate::web::pages::{
    components::{badge, identity, meter},
    format::{ago, celsius},
    frame::Frame,
    home::advice,
    icons::Icon,
};
use hearth_model::{
    node::{Node, NodeState},
    stats::Sample,
};
use maud::{Markup, html};

/// The picture that stands for a node.
#[must_use]
pub fn avatar() -> Markup {
    html! { span class="avatar" { (Icon::Node) } }
}

/// What the machine is, in one line.
#[must_use]
pub fn what(node: &Node) -> String {
    match &node.facts {
        Some(facts) => facts.model.clone().unwrap_or_else(|| facts.os_name.clone()),
        None => "Not yet known".to_owned(),
    }
}

/// The card; `tick` adds a box to compare it with others.
#[must_use]
pub fn card(frame: &Frame, node: &Node, sample: Option<&Sample>, tick: Option<&Markup>) -> Markup {
    html! {
        article class="card link" {
            div class="stack" {
                (identity(&avatar(), &format!("/nodes/{}", node.name), node.name.as_str(), &badge::node(node), &what(node)))
                @match (&node.state, sample) {
                    (NodeState::Offline { since, fault }, _) => (offline(frame, *since, fault)),
                    (_, Some(sample)) => (levels(sample)),
                    (_, None) => { p class="small muted" { "No values yet: the first come within 15 s." } },
                }
                @if let Some(tick) = tick { div class="above" { (tick) } }
            }
        }
    }
}

fn offline(frame: &Frame, since: jiff::Timestamp, fault: &hearth_model::fault::Fault) -> Markup {
    html! {
        p class="small" { "Went offline " (ago(since, frame.now, &frame.zone)) ": " (fault.cause.title()) "." }
        p class="small muted" { (fault.cause.mend()) }
    }
}

fn levels(sample: &Sample) -> Markup {
    let memory = sample.memory_used.percent_of(sample.memory_total);
    let storage = sample.disk_used.percent_of(sample.disk_total);
    html! {
        div class="stack tight" {
            (meter::bar("Memory", memory, &format!("{} / {}", sample.memory_used, sample.memory_total)))
            (meter::bar("Storage", storage, &format!("{} / {}", sample.disk_used, sample.disk_total)))
            (meter::bar("Processor", sample.cpu_percent, &format!("{:.0} %", sample.cpu_percent)))
        }
        @if let Some(advice) = advice("Memory", memory).or_else(|| advice("Storage", storage)) {
            p class="small muted" { (advice) }
        }
        @if let Some(degrees) = sample.temperature_c.filter(|c| *c >= 75.0) {
            p class="small" { (Icon::Thermometer.with_class("hidden")) (celsius(degrees)) ": give it air." }
        }
    }
}
