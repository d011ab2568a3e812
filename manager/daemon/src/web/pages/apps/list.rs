//! Apps: what runs, and the catalogue with search, shelf and architecture.

use super::{
    card,
    installed::{self, Installed},
    shelf,
};
use crate::{
    engine::catalogue::Query as Wish,
    web::{
        Services,
        pages::{
            components::{empty, field::Field, head, link},
            form::Fields,
            format::count,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
    },
};
use axum::extract::{Query, State};
use hearth_model::{
    facts::Arch,
    name::Slug,
    recipe::{Recipe, manifest::Category},
};
use maud::{Markup, html};
use std::{collections::BTreeSet, sync::Arc};

/// What the page shows.
#[derive(Debug, Default)]
pub struct Data {
    /// What runs.
    pub installed: Installed,
    /// Recipes that match.
    pub recipes: Vec<Arc<Recipe>>,
    /// Shelves on which there is anything.
    pub shelves: BTreeSet<Category>,
    /// What was searched for.
    pub wish: Wish,
}

/// `GET /apps?search=&category=&arch=`, and of what runs `name=&state=&node=&after=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let wish = Wish {
        text: query.given("search").map(ToOwned::to_owned),
        category: query.given("category").and_then(shelf::parse),
        arch: query.given("arch").and_then(Arch::from_uname),
    };
    let installed = Installed::read(&services, installed::Wish::of(&query)).await?;
    let shelves = services
        .catalogue
        .search(&Wish::default())
        .iter()
        .map(|r| r.manifest.category)
        .collect();
    let recipes = services.catalogue.search(&wish);
    Ok(page(
        &frame,
        &Data {
            installed,
            recipes,
            shelves,
            wish,
        },
    ))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let content = html! {
        (head("Apps", Some("What runs in your homelab, and what could."), None))
        div class="stack loose" {
            (installed::section(&data.installed))
            (catalogue(data))
        }
    };
    frame.page(Place::Apps, "Apps", &content)
}

fn catalogue(data: &Data) -> Markup {
    html! {
        section class="stack" aria-labelledby="catalogue" {
            h2 id="catalogue" { "Catalogue" }
            (search(data))
            div id="results" class="stack" {
                (shelves(data))
                p class="small muted" role="status" { (count(data.recipes.len(), "app matches", "apps match")) "." }
                @if data.recipes.is_empty() {
                    (empty(Icon::Search, "Nothing matches", "Try another word, or look at all of the catalogue.",
                        Some(&link("/apps", "", Icon::Apps, "Show all"))))
                } @else {
                    div class="grid" { @for recipe in &data.recipes { (recipe_card(recipe)) } }
                }
            }
        }
    }
}

fn search(data: &Data) -> Markup {
    let text = data.wish.text.as_deref().unwrap_or_default();
    let arch = data.wish.arch.map(Arch::as_str).unwrap_or_default();
    let options: Vec<(String, String)> = [
        ("", "Any"),
        ("amd64", "amd64 (x86)"),
        ("arm64", "arm64"),
        ("arm", "arm (32 bit)"),
    ]
    .map(|(value, label)| (value.to_owned(), label.to_owned()))
    .to_vec();
    html! {
        form id="search" class="form inline" method="get" action="/apps" role="search"
            hx-get="/apps" hx-trigger="input delay:250ms, change" hx-select="#results" hx-target="#results" hx-swap="outerHTML" {
            @if let Some(category) = data.wish.category { input type="hidden" name="category" value=(shelf::word(category)); }
            div class="field grow" {
                label for="search-words" { "Search" }
                div class="search" { (Icon::Search) input id="search-words" name="search" type="search" value=(text) placeholder="photos, passwords, rss …"; }
            }
            (Field::new("arch", "Made for").value(arch).select(&options))
            button class="button" type="submit" { "Search" }
        }
    }
}

fn shelves(data: &Data) -> Markup {
    let href = |category: Option<&str>| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("search", data.wish.text.as_deref()),
            ("category", category),
            ("arch", data.wish.arch.map(Arch::as_str)),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("/apps?{}#catalogue", query.finish())
    };
    html! {
        nav aria-label="Shelves" {
            ul class="pills" {
                li { a class="pill" href=(href(None)) aria-current=[data.wish.category.is_none().then_some("true")] { "All" } }
                @for category in &data.shelves {
                    li {
                        a class="pill" href=(href(Some(shelf::word(*category))))
                            aria-current=[(data.wish.category == Some(*category)).then_some("true")] { (shelf::name(*category)) }
                    }
                }
            }
        }
    }
}

/// A recipe on a card.
#[must_use]
pub fn recipe_card(recipe: &Recipe) -> Markup {
    let manifest = &recipe.manifest;
    let archs: Vec<&str> = manifest.architectures.iter().map(|a| a.as_str()).collect();
    html! {
        article class="card link" {
            div class="stack" {
                div class="row top nowrap" {
                    (card::avatar(&manifest.slug, "avatar"))
                    div class="grow" {
                        h3 { a href=(deploy_path(&manifest.slug)) { (manifest.name) } }
                        p class="small muted" { (shelf::name(manifest.category)) " · " (manifest.version) }
                    }
                }
                p class="small" { (manifest.summary) }
                p class="row" {
                    span class="tag num" { (manifest.needs.memory.typical) " memory" }
                    span class="tag" { (archs.join(", ")) }
                }
            }
        }
    }
}

/// Where a recipe is deployed.
#[must_use]
pub fn deploy_path(recipe: &Slug) -> String {
    format!("/apps/new/{recipe}")
}
