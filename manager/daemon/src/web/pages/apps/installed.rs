//! The apps that are installed: part by part, searched, of a state, of a node.

use super::card;
use crate::{
    engine::{self, apps::Filter, audit::Slice},
    web::{
        Services,
        pages::{
            components::{
                empty,
                field::Field,
                link,
                pages::{address, turn},
            },
            form::Fields,
            format::{count, title},
            icons::Icon,
        },
    },
};
use hearth_model::{
    app::{App, AppState},
    id::NodeId,
    name::Slug,
};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Cards of a page.
const SHOWN: u32 = 24;
/// From how many apps on one wants to search in them.
const MANY: u32 = 12;
/// Where on the page they are.
const FRAGMENT: &str = "#running";

/// What is asked of the list.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Those that have this in their name.
    pub name: String,
    /// Those in this state.
    pub state: Option<&'static str>,
    /// Those on the node with this name or id.
    pub node: String,
    /// Cursor of the page before.
    pub after: Option<String>,
}

impl Wish {
    /// Reads it from the address.
    #[must_use]
    pub fn of(query: &Fields) -> Self {
        Self {
            name: query.text("name").to_owned(),
            state: AppState::WORDS.into_iter().find(|word| *word == query.text("state")),
            node: query.text("node").to_owned(),
            after: query.given("after").map(ToOwned::to_owned),
        }
    }

    fn is_narrow(&self) -> bool {
        !self.name.is_empty() || self.state.is_some() || !self.node.is_empty()
    }

    fn query(&self) -> [(&str, &str); 3] {
        [
            ("name", &self.name),
            ("state", self.state.unwrap_or_default()),
            ("node", &self.node),
        ]
    }
}

/// What the part shows.
#[derive(Debug, Clone, Default)]
pub struct Installed {
    /// The apps of this page.
    pub apps: Vec<App>,
    /// Cursor of the page that follows.
    pub next: Option<String>,
    /// How many there are that match.
    pub total: u32,
    /// How many there are.
    pub all: u32,
    /// Names of the nodes of the apps.
    pub names: BTreeMap<NodeId, Slug>,
    /// What was asked.
    pub wish: Wish,
}

impl Installed {
    /// Reads it. On a node that is not there, there are no apps.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(services: &Services, wish: Wish) -> engine::Result<Self> {
        let all = services.apps.count(Filter::default()).await?;
        let node = match wish.node.as_str() {
            "" => None,
            key => match services.nodes.get(key).await {
                Ok(node) => Some(node.id),
                Err(engine::Error::NotFound { .. }) => {
                    return Ok(Self {
                        all,
                        wish,
                        ..Self::default()
                    });
                }
                Err(error) => return Err(error),
            },
        };
        let filter = Filter {
            node,
            state: wish.state.map(ToOwned::to_owned),
            search: Some(wish.name.clone()).filter(|name| !name.is_empty()),
            recipe: None,
        };
        let slice = Slice {
            limit: SHOWN,
            after: wish.after.clone(),
        };
        let (page, total) = if filter == Filter::default() {
            (services.apps.page(filter, slice).await?, all)
        } else {
            tokio::try_join!(services.apps.page(filter.clone(), slice), services.apps.count(filter))?
        };
        Ok(Self {
            names: services.nodes.names(page.items.iter().map(|app| app.node)),
            apps: page.items,
            next: page.next,
            total,
            all,
            wish,
        })
    }
}

/// The part of the page; nothing while nothing is installed.
#[must_use]
pub fn section(data: &Installed) -> Markup {
    if data.all == 0 {
        return Markup::default();
    }
    let wish = &data.wish;
    html! {
        section class="stack" aria-labelledby="running" {
            div class="row spread" {
                h2 id="running" { "Installed" }
                p class="small muted num" {
                    @if wish.is_narrow() { (data.total) " of " }
                    (count(data.all as usize, "app", "apps"))
                }
            }
            @if data.all > MANY || wish.is_narrow() { (search(wish)) }
            @if data.apps.is_empty() {
                (empty(Icon::Search, "No app matches", "Ask for less, or look at all of them.", Some(&link("/apps", "", Icon::Apps, "Show all"))))
            } @else {
                div class="grid" {
                    @for app in &data.apps { (card::card(app, data.names.get(&app.node).map(Slug::as_str))) }
                }
            }
            (turn("/apps", &wish.query(), FRAGMENT, wish.after.is_some(), data.next.as_deref()))
        }
    }
}

fn search(wish: &Wish) -> Markup {
    let any = (String::new(), "Any".to_owned());
    let states = AppState::WORDS.map(|word| (word.to_owned(), title(word)));
    let options: Vec<(String, String)> = [any].into_iter().chain(states).collect();
    html! {
        form class="form inline" method="get" action={ "/apps" (FRAGMENT) } role="search" aria-label="Installed apps" {
            div class="field grow" {
                label for="name" { "Name" }
                div class="search" { (Icon::Search) input id="name" name="name" type="search" value=(wish.name); }
            }
            (Field::new("state", "State").value(wish.state.unwrap_or_default()).select(&options))
            (Field::new("node", "On node").value(&wish.node).literal().input())
            button class="button" type="submit" { "Find" }
            @if wish.is_narrow() { a class="button quiet" href=(address("/apps", &[])) { "Show all" } }
        }
    }
}
