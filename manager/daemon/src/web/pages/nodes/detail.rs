//! A node's own page: facts, plots, what runs there (what was there before us too), and what can be done with it.

use super::{card, compare::kind, list::engine};
use crate::{
    engine::{self, nodes::NodeStats},
    web::{
        Services,
        pages::{
            apps::card as app_card,
            components::{
                badge, breadcrumbs, csrf, link, live, meter,
                notice::{Kind, notice},
                plot::{Line, Plot, Unit},
                table::{facts, table},
            },
            form::Fields,
            format::{ago, duration, percent, time},
            frame::{Frame, Place},
            home::advice,
            icons::Icon,
        },
        problem::Problem,
    },
};
use axum::extract::{Path, Query, State};
use hearth_model::{
    account::Role,
    app::App,
    facts::{Arch, Facts, FoundProject},
    node::{Link, Node, NodeState},
    stats::{ContainerStats, Sample},
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
        let (stats, mut apps) = tokio::try_join!(services.nodes.stats(key, secs), services.apps.list())?;
        apps.retain(|app| app.node == node.id);
        let projects = match services.nodes.projects(key).await {
            Ok(projects) => Ok(projects),
            Err(error @ engine::Error::Node { .. }) => Err(error.to_string()),
            Err(error) => return Err(error),
        };
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
                    @if let Some(sample) = &data.stats.now { (now(sample)) }
                    (plots(frame, data))
                    (runs(data))
                }
                div class="stack" {
                    (facts_card(frame, &data.node))
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
        @if node.state.is_online() && !runs_apps(node) {
            (notice(Kind::Warm, "Apps cannot be deployed here yet", &html! {
                p { "It has no container engine that Hearth can use." }
                p { a href={ "/nodes/" (node.name) "/bootstrap" } { "See what is missing, and let Hearth install it" } }
            }))
        }
    }
}

/// Whether it has what apps need; so it is taken while that is not known. Compose is brought with the first app where it is missing.
#[must_use]
pub fn runs_apps(node: &Node) -> bool {
    node.facts.as_ref().is_none_or(|facts| facts.engine.is_some())
}

/// Whether a person keeps new apps away from it.
#[must_use]
pub fn drained(node: &Node) -> bool {
    node.labels.get("drain").is_some_and(|value| value == "true")
}

fn now(sample: &Sample) -> Markup {
    let memory = sample.memory_used.percent_of(sample.memory_total);
    let storage = sample.disk_used.percent_of(sample.disk_total);
    html! {
        section class="card stack" aria-labelledby="now" {
            h2 id="now" { "Now" }
            div class="grid small" {
            (meter::bar("Memory", memory, &format!("{} / {}", sample.memory_used, sample.memory_total)))
            (meter::bar("Storage", storage, &format!("{} / {}", sample.disk_used, sample.disk_total)))
            (meter::bar("Processor", sample.cpu_percent, &percent(sample.cpu_percent)))
            }
            p class="small muted num" { "Load " (format!("{:.2}", sample.load1)) @if sample.swap_used.0 > 0 { " · " (sample.swap_used) " of swap in use" } }
            @for advice in [advice("Memory", memory), advice("Storage", storage)].into_iter().flatten() { p class="small" { (advice) } }
        }
    }
}

fn plots(frame: &Frame, data: &Data) -> Markup {
    let (_, secs) = range(data.range);
    let line = |name: &'static str, value: &dyn Fn(&Sample) -> Option<f64>| Line {
        name,
        points: data
            .stats
            .series
            .iter()
            .filter_map(|s| value(s).map(|v| (s.at, v)))
            .collect(),
    };
    let plot = |id: &'static str, title: &'static str, unit, top: Option<f64>, lines| {
        html! { div class="card" { (Plot { id, title, unit, top, lines, range_secs: secs, until: frame.now, low: false }.show(&frame.zone)) } }
    };
    let last = data.stats.now.as_ref().or(data.stats.series.last());
    let memory_top = last.map(|s| s.memory_total.0 as f64);
    let disk_top = last.map(|s| s.disk_total.0 as f64);
    let warmth = line("highest sensor", &|s| s.temperature_c);
    html! {
        section class="stack" aria-labelledby="plots" {
            div class="row spread" {
                h2 id="plots" { "How it does" }
                nav aria-label="Range" {
                    ul class="pills" {
                        @for (word, _, name) in RANGES {
                            li { a class="pill" href={ "?range=" (word) } aria-current=[(word == data.range).then_some("true")] { (name) } }
                        }
                    }
                }
            }
            div class="grid halves" {
                (plot("plot-cpu", "Processor", Unit::Percent, None, vec![line("use", &|s| Some(s.cpu_percent))]))
                (plot("plot-memory", "Memory", Unit::Bytes, memory_top, vec![line("in use", &|s| Some(s.memory_used.0 as f64))]))
                (plot("plot-storage", "Storage", Unit::Bytes, disk_top, vec![line("in use", &|s| Some(s.disk_used.0 as f64))]))
                (plot("plot-network", "Network", Unit::Rate, None, vec![line("received", &|s| Some(s.net_rx_bytes_per_sec)), line("sent", &|s| Some(s.net_tx_bytes_per_sec))]))
                (plot("plot-disk", "Disk traffic", Unit::Rate, None, vec![line("read", &|s| Some(s.disk_read_bytes_per_sec)), line("written", &|s| Some(s.disk_written_bytes_per_sec))]))
                @if !warmth.points.is_empty() { (plot("plot-warmth", "Temperature", Unit::Celsius, None, vec![warmth])) }
            }
            p class="tiny muted" { "A point every " (duration(data.stats.step_secs)) "." }
        }
    }
}

fn runs(data: &Data) -> Markup {
    html! {
        section class="stack" aria-labelledby="runs" {
            h2 id="runs" { "What runs here" }
            @if !data.apps.is_empty() {
                div class="grid" { @for app in &data.apps { (app_card::card(app, Some(data.node.name.as_str()))) } }
            }
            @match &data.projects {
                Err(why) => p class="muted breaks" { (why) },
                Ok(projects) => (others(projects, data.apps.is_empty())),
            }
            @if !data.stats.containers.is_empty() { div class="card flush" { (containers(&data.stats.containers)) } }
        }
    }
}

fn others(projects: &[FoundProject], alone: bool) -> Markup {
    let foreign: Vec<&FoundProject> = projects.iter().filter(|p| p.app.is_none()).collect();
    html! {
        @if foreign.is_empty() && alone { p class="muted" { "No containers." } }
        @if !foreign.is_empty() {
            div class="card flush" {
                header class="option-title" { h3 { "Not from Hearth" } p class="small muted" { "There before, or beside it. Hearth leaves it alone." } }
                ul class="list" {
                    @for project in foreign {
                        li {
                            span class="avatar" { (Icon::Box) }
                            span class="grow strong breaks" { (project.name) }
                            span class="small muted num" { (project.running) " of " (project.containers) " containers run" }
                        }
                    }
                }
            }
        }
    }
}

fn containers(stats: &[ContainerStats]) -> Markup {
    let rows: Vec<Vec<Markup>> = stats
        .iter()
        .map(|s| {
            vec![
                html! { (s.name) },
                html! { (s.project.as_deref().unwrap_or("–")) },
                html! { span class="num nowrap" { (s.memory_used) } },
                html! { span class="num nowrap" { (percent(s.cpu_percent)) } },
            ]
        })
        .collect();
    table(
        "Containers and what they use",
        &["Container", "Project", "Memory", "Processor"],
        &rows,
    )
}

fn facts_card(frame: &Frame, node: &Node) -> Markup {
    html! {
        section class="card stack" aria-labelledby="facts" {
            div class="row spread" { h2 id="facts" { "Facts" } (badge::node(node)) }
            (facts(&reached(frame, node)))
            @if let Some(f) = &node.facts { (facts(&machine(f))) (hardware(f)) }
            @else { p class="muted small" { "It has not been asked yet." } }
        }
    }
}

fn reached(frame: &Frame, node: &Node) -> Vec<(&'static str, Markup)> {
    let mut rows = match &node.link {
        Link::Local => vec![("Reached", html! { "this machine" })],
        Link::Ssh {
            host,
            port,
            user,
            host_key,
        } => vec![
            (
                "Reached",
                html! { span class="breaks" { (user) "@" (host) ":" (port) } },
            ),
            (
                "Host key",
                html! { span class="mono breaks" { (host_key.fingerprint) } },
            ),
        ],
    };
    rows.push(("Adopted", time(node.adopted_at, &frame.zone)));
    rows.push((
        "Outages",
        html! { span class="num" { (node.outages_30d) " in 30 days" } },
    ));
    if !node.groups.is_empty() {
        rows.push((
            "Groups",
            html! { span class="row" { @for group in &node.groups { span class="tag" { (group) } } } },
        ));
    }
    if !node.labels.is_empty() {
        rows.push(("Labels", html! { span class="row" { @for (name, value) in &node.labels { span class="tag" { (name) "=" (value) } } } }));
    }
    rows
}

fn machine(f: &Facts) -> Vec<(&'static str, Markup)> {
    vec![
        ("Host name", html! { (f.hostname) }),
        (
            "System",
            html! { (f.os_name) @if let Some(kind) = &f.virtualization { " (" (kind) ")" } },
        ),
        ("Kernel", html! { (f.kernel) }),
        ("Architecture", html! { (f.arch.map_or("unknown", Arch::as_str)) }),
        (
            "Processor",
            html! { (f.cpu_model.as_deref().unwrap_or("unknown")) ", " (f.cpu_cores) " cores" },
        ),
        ("Memory", html! { (f.memory) }),
        ("Engine", html! { (engine(Some(f))) }),
    ]
}

fn hardware(f: &Facts) -> Markup {
    html! {
        h3 { "Disks" }
        ul class="stack tight small" {
            @for disk in &f.disks {
                li class="breaks" { strong { (disk.mount) } " " (disk.total) " " (disk.filesystem) " on " (kind(disk.kind)) " " span class="muted" { (disk.device) } }
            }
        }
        h3 { "Network" }
        ul class="stack tight small" {
            @for interface in &f.interfaces {
                li class="breaks" {
                    strong { (interface.name) } " "
                    (interface.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                    @if let Some(speed) = interface.speed_mbps { span class="muted" { " " (speed) " Mbit/s" } }
                }
            }
        }
        @if !f.devices.is_empty() {
            h3 { "Devices" }
            ul class="stack tight small" {
                @for device in &f.devices { li class="breaks" { strong { (device.name) } " " code { (device.path) } } }
            }
        }
    }
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
                    (link(&format!("{path}/bootstrap"), "", Icon::Box, "Install the engine"))
                    (link(&format!("{path}/release"), "danger", Icon::Unplugged, "Release …"))
                }
                p class="small muted" { "Keeping new apps away leaves those that run here where they are." }
            }
        }
    }
}
