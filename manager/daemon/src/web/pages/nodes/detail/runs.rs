//! What runs on a node: our apps, and what was there before us.

use super::Data;
use crate::web::pages::{
    apps::card as app_card,
    components::{pages::address, table::table},
    format::percent,
    icons::Icon,
};
use hearth_model::{facts::FoundProject, stats::ContainerStats};
use maud::{Markup, html};

/// Cards of apps; the list of apps has all of them.
const CARDS: usize = 24;

/// All of it.
pub(super) fn runs(data: &Data) -> Markup {
    html! {
        section class="stack" aria-labelledby="runs" {
            h2 id="runs" { "What runs here" }
            @if !data.apps.is_empty() {
                div class="grid" { @for app in data.apps.iter().take(CARDS) { (app_card::card(app, Some(data.node.name.as_str()))) } }
                @if data.apps.len() > CARDS { p { a href=(address("/apps", &[("node", data.node.name.as_str())])) { "All " (data.apps.len()) " apps on it" } } }
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
