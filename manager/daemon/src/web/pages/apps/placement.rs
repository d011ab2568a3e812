//! Where an app should run: the recommended node with its score, factors and reasons, every other node beside it,
//! and the plan for the chosen one.

use crate::{
    engine::apps::DeployPreview,
    web::pages::{
        components::{
            code::{block, commands, more},
            meter,
        },
        format::title,
        icons::Icon,
    },
};
use hearth_model::{
    placement::{Factor, Placement, Verdict},
    plan::EnvValue,
};
use maud::{Markup, html};

/// Most nodes that are shown before all are asked for.
const FIRST: usize = 20;

/// The nodes to choose from, the best first; `chosen` is what the person picked. `path` shows the page with `all` of them.
#[must_use]
pub fn choice(placement: &Placement, chosen: Option<&str>, path: &str, all: bool) -> Markup {
    let is_chosen = |verdict: &Verdict| match chosen {
        Some(chosen) => verdict.name.as_str() == chosen || verdict.node.to_string() == chosen,
        None => placement.best == Some(verdict.node),
    };
    let is_shown = |(rank, verdict): &(usize, &Verdict)| all || *rank < FIRST || is_chosen(verdict);
    let shown: Vec<&Verdict> = placement
        .nodes
        .iter()
        .enumerate()
        .filter(is_shown)
        .map(|(_, verdict)| verdict)
        .collect();
    let hidden = placement.nodes.len() - shown.len();
    html! {
        fieldset class="field" {
            legend class="hidden" { "Node" }
            div class="stack" {
                div class="stack tight" {
                    h2 { "Where it should run" }
                    p class="muted" { (placement.reason) }
                }
                div class="card flush" {
                    @for verdict in shown {
                        (option(verdict, placement.best == Some(verdict.node), is_chosen(verdict)))
                    }
                    @if hidden > 0 {
                        div class="option-rest row" {
                            span class="muted num" { (hidden) " more, with fewer points" }
                            button type="submit" class="button" formaction={ (path) "/preview" } formnovalidate name="nodes" value="all" {
                                "Show all nodes"
                            }
                        }
                    }
                    @if placement.nodes.is_empty() { p class="option-rest muted" { "There are no nodes yet." } }
                }
            }
        }
    }
}

fn option(verdict: &Verdict, best: bool, chosen: bool) -> Markup {
    html! {
        label class="option" {
            input type="radio" name="node" value=(verdict.name) checked[chosen && verdict.fits] disabled[!verdict.fits];
            @if verdict.fits { (meter::score(verdict.score)) }
            @else { span class="avatar" { (Icon::Minus) } }
            span class="stack tight" {
                span class="row" {
                    span class="strong breaks" { (verdict.name) }
                    @if best { span class="badge ok" { (Icon::Spark) "recommended" } }
                    @if !verdict.fits { span class="badge off" { (Icon::Minus) "does not fit" } }
                }
                @if verdict.fits { span class="small muted num" { "Score " (format!("{:.1}", verdict.score)) " of 100" } }
                @for obstacle in &verdict.obstacles { span class="small muted" { (obstacle) } }
            }
        }
        @if verdict.fits {
            div class="option-rest" {
                details open[best] {
                    summary { "Why " (format!("{:.1}", verdict.score)) " points" span class="hidden" { " for " (verdict.name) } }
                    (factors(&verdict.factors))
                }
            }
        }
    }
}

fn factor_name(name: &str) -> String {
    if name == "cpu" {
        "Processor".to_owned()
    } else {
        title(name)
    }
}

fn factors(factors: &[Factor]) -> Markup {
    html! {
        ul class="factors" {
            @for factor in factors {
                li class="factor" {
                    span { (factor_name(&factor.name)) }
                    (meter::plain(if factor.weight > 0.0 { factor.points / factor.weight * 100.0 } else { 0.0 }))
                    span class="num muted" { (format!("{:.1} / {:.0}", factor.points, factor.weight)) }
                    p { (factor.reason) }
                }
            }
        }
    }
}

/// What will be done; brought up to date when an answer or the node changes.
#[must_use]
pub fn plan(path: &str, preview: Option<&DeployPreview>) -> Markup {
    html! {
        section id="plan" class="card stack" aria-labelledby="plan-head" hx-post={ (path) "/preview" } hx-trigger="change from:#deploy delay:300ms"
            hx-include="#deploy" hx-select="#plan" hx-swap="outerHTML" {
            h2 id="plan-head" { "What will be done" }
            @match preview {
                None => p class="muted" { "Answer the questions, and the plan is shown here before anything happens." },
                Some(preview) => (details(preview)),
            }
        }
    }
}

fn details(preview: &DeployPreview) -> Markup {
    let plan = &preview.plan;
    let env: Vec<String> = plan
        .env
        .iter()
        .map(|(name, value)| match value {
            EnvValue::Plain { value } => format!("{name}={value}"),
            EnvValue::Sealed { .. } => format!("{name}=********"),
        })
        .collect();
    html! {
        ul class="stack tight small" {
            li { "On " strong class="breaks" { (node_name(preview)) } ", in " code { (plan.dir) } }
            @for image in &plan.images { li { "Pull " code { (image) } " unless it is there" } }
            @for volume in &plan.volumes { li { "Keep data in the volume " code { (volume) } } }
            @for port in &plan.ports {
                li {
                    "Answer on port " strong class="num" { (port.given) } " (" (port.protocol) ", " (port.name) ")"
                    @if port.given != port.wanted { ": " (port.wanted) " is taken there" }
                }
            }
            @if let Some(url) = &plan.url { li { "Then it is at " code { (url) } } }
        }
        (more("Compose file", &block("plan-compose", "Compose file", &plan.compose)))
        (more("Environment", &block("plan-env", "Environment", &env.join("\n"))))
        (more("Commands", &commands("plan-commands", "Commands", &plan.commands)))
    }
}

fn node_name(preview: &DeployPreview) -> String {
    preview
        .placement
        .nodes
        .iter()
        .find(|verdict| verdict.node == preview.plan.node)
        .map_or_else(|| preview.plan.node.to_string(), |verdict| verdict.name.to_string())
}
