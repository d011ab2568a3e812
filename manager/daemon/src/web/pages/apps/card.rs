//! An app on a card: its picture, its state, where it runs and where it answers.

use crate::web::pages::{
    components::{badge, identity},
    icons::Icon,
};
use hearth_model::{app::App, name::Slug};
use maud::{Markup, html};

/// The picture of a recipe. It is loaded as an image, in which scripts do not run.
#[must_use]
pub fn avatar(recipe: &Slug, class: &str) -> Markup {
    html! {
        span class=(class) { img src={ "/apps/icons/" (recipe) ".svg" } alt="" width="32" height="32" loading="lazy"; }
    }
}

/// The card; `node` is the name of its node.
#[must_use]
pub fn card(app: &App, node: Option<&str>) -> Markup {
    let place = format!("on {}", node.unwrap_or("a node that was released"));
    html! {
        article class="card link" {
            div class="stack tight" {
                (identity(&avatar(&app.recipe, "avatar"), &format!("/apps/{}", app.slug), &app.name, &badge::app(&app.state), &place))
                @if let Some(reason) = badge::app_reason(&app.state) { p class="small muted breaks" { (reason) } }
                @if let Some(url) = &app.url {
                    p class="above small" {
                        a class="breaks" href=(url) rel="noopener noreferrer" target="_blank" {
                            (short(url)) span class="hidden" { " (opens in a new tab)" }
                        }
                    }
                }
            }
        }
    }
}

/// An address without what every address has.
#[must_use]
pub fn short(url: &str) -> &str {
    url.trim_start_matches("http://")
        .trim_start_matches("https://")
        .trim_end_matches('/')
}

/// A link that opens the app.
#[must_use]
pub fn open(url: &str) -> Markup {
    html! {
        a class="button primary" href=(url) rel="noopener noreferrer" target="_blank" {
            (Icon::External) "Open" span class="hidden" { " (in a new tab)" }
        }
    }
}
