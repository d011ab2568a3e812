//! Home: the homelab as one machine, its nodes and apps at a glance, and what wants attention.

use super::{
    apps::card as app_card,
    components::{
        empty, head, link, live,
        meter::{self, Heat},
        plot::{Line, Plot, Unit},
    },
    format::{count, percent},
    frame::{Frame, Place},
    icons::Icon,
    nodes::card as node_card,
};
use crate::{
    engine::{self, apps::Filter, homelab::Need, nodes::list::NodeList},
    web::{Services, problem::Problem},
};
use axum::extract::State;
use hearth_model::{
    account::Role,
    app::App,
    id::NodeId,
    name::Slug,
    resources::{Amount, Resources},
    stats::Sample,
};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The last day, in seconds.
const DAY: i64 = 86_400;
/// Cards of each kind; all of them have a page of their own.
const CARDS: u32 = 12;

/// What Home shows.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// All nodes as one.
    pub resources: Resources,
    /// The last 24 h.
    pub history: Vec<Sample>,
    /// What wants attention.
    pub needs: Vec<Need>,
    /// Nodes at a glance.
    pub nodes: NodeList,
    /// Apps at a glance.
    pub apps: Vec<App>,
    /// How many apps there are.
    pub apps_total: usize,
    /// Names of the nodes of those apps.
    pub names: BTreeMap<NodeId, Slug>,
}

impl Data {
    /// Reads it all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(services: &Services) -> engine::Result<Self> {
        let (resources, history, needs, apps, apps_total) = tokio::try_join!(
            services.homelab.resources(),
            services.homelab.history(DAY),
            services.homelab.needs(),
            services.apps.glance(CARDS),
            services.apps.count(Filter::default()),
        )?;
        Ok(Self {
            resources,
            history,
            needs,
            nodes: services.nodes.glance(CARDS as usize),
            names: services.nodes.names(apps.iter().map(|app| app.node)),
            apps,
            apps_total: apps_total as usize,
        })
    }
}

/// `GET /`
pub async fn get(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    Ok(page(&frame, &Data::read(&services).await?))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let actions = html! {
        @if frame.may(Role::Admin) { (link("/nodes/discover", "", Icon::Radar, "Find machines")) }
        @if frame.may(Role::Operator) { (link("/apps", "primary", Icon::Plus, "Deploy an app")) }
    };
    let lead = "Everything your machines have and do, added up.";
    let content = html! {
        (head("Your homelab", Some(lead), Some(&actions)))
        (live("home", "/live/home", &content(frame, data)))
    };
    frame.page_with(Place::Home, "Home", Some(30), &content)
}

/// The part that is kept up to date.
#[must_use]
pub fn content(frame: &Frame, data: &Data) -> Markup {
    if data.nodes.all == 0 {
        return nothing_yet(frame);
    }
    html! {
        div class="home" {
            (needs(&data.needs))
            (resources(frame, data))
            div class="stack loose rest" {
                (nodes(frame, data))
                (apps(data))
            }
        }
    }
}

fn nothing_yet(frame: &Frame) -> Markup {
    let actions = html! {
        @if frame.may(Role::Admin) {
            (link("/setup/machines", "primary", Icon::Radar, "Find machines"))
            (link("/nodes/adopt", "", Icon::Plus, "Adopt one by its address"))
        }
    };
    let text = "Hearth has no machines yet. Let it look around your network, tick the ones that are yours, and they become one computer here.";
    empty(Icon::Node, "Bring your machines in", text, Some(&actions))
}

fn resources(frame: &Frame, data: &Data) -> Markup {
    let r = &data.resources;
    let line = |name: &'static str, value: fn(&Sample) -> f64| Line {
        name,
        points: data.history.iter().map(|s| (s.at, value(s))).collect(),
    };
    let plot = |id, title, unit, top: Option<f64>, line| {
        Plot {
            id,
            title,
            unit,
            top,
            lines: vec![line],
            range_secs: DAY,
            until: frame.now,
            low: true,
        }
        .show(&frame.zone)
    };
    let memory = line("in use", |s| s.memory_used.0 as f64);
    let storage = line("in use", |s| s.disk_used.0 as f64);
    let cpu = line("in use", |s| s.cpu_percent);
    html! {
        section class="grid wide sum" aria-label="The homelab as one machine" {
            (tile(Icon::Memory, "Memory", share(r.memory), &amount(r.memory), &plot("home-memory", "Memory, last 24 h", Unit::Bytes, top(r.memory), memory)))
            (tile(Icon::Disk, "Storage", share(r.storage), &amount(r.storage), &plot("home-storage", "Storage, last 24 h", Unit::Bytes, top(r.storage), storage)))
            (tile(Icon::Cpu, "Processor", r.cpu_percent, &format!("of {}", count(r.cpu_cores as usize, "core", "cores")), &plot("home-cpu", "Processor, last 24 h", Unit::Percent, None, cpu)))
        }
    }
}

fn share(amount: Amount) -> f64 {
    amount.used.percent_of(amount.total)
}

fn amount(amount: Amount) -> String {
    format!("{} of {} in use", amount.used, amount.total)
}

fn top(amount: Amount) -> Option<f64> {
    (amount.total.0 > 0).then_some(amount.total.0 as f64)
}

fn tile(icon: Icon, name: &str, share: f64, text: &str, plot: &Markup) -> Markup {
    html! {
        article class="card tile" {
            div class="top" {
                (meter::gauge(share))
                div class="stack tight grow" {
                    h2 class="row" { (icon) (name) }
                    p class="muted small num" { (text) }
                    (Heat::of(share).show())
                }
            }
            (plot)
        }
    }
}

fn nodes(frame: &Frame, data: &Data) -> Markup {
    let r = &data.resources;
    html! {
        section class="stack" aria-labelledby="home-nodes" {
            div class="row spread" {
                h2 id="home-nodes" { "Nodes" }
                p class="small muted num" {
                    (count(r.nodes_online as usize, "node", "nodes")) " online"
                    @if r.nodes_offline > 0 { ", " (r.nodes_offline) " offline" }
                }
            }
            div class="grid" { @for node in &data.nodes.nodes { (node_card::card(frame, node, data.nodes.latest.get(&node.id), None)) } }
            @if data.nodes.all > data.nodes.nodes.len() {
                p class="row spread" {
                    a href="/nodes" { "All " (data.nodes.all) " nodes" }
                    span class="small muted" { "Shown are those that do not answer, then the fullest." }
                }
            }
        }
    }
}

fn apps(data: &Data) -> Markup {
    html! {
        section class="stack" aria-labelledby="home-apps" {
            div class="row spread" {
                h2 id="home-apps" { "Apps" }
                @if !data.apps.is_empty() {
                    p class="small muted num" { (data.resources.apps_running) " of " (count(data.apps_total, "app runs", "apps run")) }
                }
            }
            @if data.apps.is_empty() {
                (empty(Icon::Apps, "No apps yet", "Choose one from the catalogue. Hearth finds the node that suits it best and says why.",
                    Some(&link("/apps", "primary", Icon::Plus, "Browse the catalogue"))))
            } @else {
                div class="grid" {
                    @for app in &data.apps { (app_card::card(app, data.names.get(&app.node).map(Slug::as_str))) }
                }
                @if data.apps_total > data.apps.len() { p { a href="/apps" { "All " (data.apps_total) " apps" } } }
            }
        }
    }
}

fn needs(needs: &[Need]) -> Markup {
    html! {
        section class=(if needs.is_empty() { "card needs calm" } else { "card needs" }) aria-labelledby="home-needs" {
            header { h2 id="home-needs" { "Needs you" @if !needs.is_empty() { " (" (needs.len()) ")" } } }
            @if needs.is_empty() {
                p class="row nowrap muted" { span class="avatar" { (Icon::Flame) } "All is well. Nothing needs you." }
            } @else {
                ul {
                    @for need in needs {
                        li class="need" {
                            p { (need.text) }
                            p { a class="button little" href=(need.href) { (need.action) (Icon::Arrow) } }
                        }
                    }
                }
            }
        }
    }
}

/// What to do about a level that is warm or hot, for a node's card.
#[must_use]
pub fn advice(what: &str, share: f64) -> Option<String> {
    let full = percent(share);
    match Heat::of(share) {
        Heat::Calm => None,
        Heat::Warm => Some(format!("{what} at {full}: deploy what comes next elsewhere.")),
        Heat::Hot => Some(format!("{what} at {full}: stop or remove an app here.")),
    }
}
