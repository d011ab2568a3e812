//! The wizard's end: a first app, or none for now.

use super::{Step, steps};
use crate::{
    engine::catalogue::Query,
    web::{
        Services,
        pages::{
            apps::list::recipe_card,
            components::{
                link,
                notice::{Kind, notice},
            },
            frame::{self, Frame},
            icons::Icon,
        },
        problem::Problem,
    },
};
use axum::extract::State;
use hearth_model::{node::Node, recipe::Recipe};
use maud::{Markup, html};
use std::sync::Arc;

/// Recipes that are offered; the catalogue has the rest.
const OFFERED: usize = 6;

/// `GET /setup/app`
pub async fn get(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let mut recipes = services.catalogue.search(&Query::default());
    // What fits on the smallest machine is the best thing to begin with.
    recipes.sort_by_key(|recipe| recipe.manifest.needs.memory.typical);
    recipes.truncate(OFFERED);
    let nodes = services.nodes.all();
    Ok(page(&frame, &recipes, &nodes))
}

/// The page.
#[must_use]
pub fn page(_: &Frame, recipes: &[Arc<Recipe>], nodes: &[Arc<Node>]) -> Markup {
    let content = html! {
        div class="stack loose" {
            div class="stack tight" {
                h1 { "A first app" }
                p class="lead" { "Choose one. Hearth says where it would run best, and why, before it does anything." }
            }
            @if nodes.is_empty() {
                (notice(Kind::Info, "No machine is adopted yet", &html! {
                    p { "An app needs one to run on. " a href="/setup/machines" { "Back to the machines" } }
                }))
            }
            h2 class="hidden" { "Good ones to begin with" }
            div class="grid" { @for recipe in recipes { (recipe_card(recipe)) } }
            div class="row spread" {
                (link("/apps", "", Icon::Apps, "The whole catalogue"))
                (link("/", "primary", Icon::Home, "Finish: to Home"))
            }
        }
    };
    frame::lone("A first app", true, Some(&steps(Step::App)), &content)
}
