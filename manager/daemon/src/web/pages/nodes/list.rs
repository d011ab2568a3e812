//! Nodes: cards or a table, part by part, searched and by group, and a tick to compare some of them.

use super::card;
use crate::{
    engine::{
        self,
        audit::Slice,
        nodes::list::{Concern, NodeFilter, NodeList},
    },
    web::{
        Services,
        pages::{
            components::{
                badge, empty, head, link, live,
                pages::{address, turn},
                table::table,
            },
            form::Fields,
            format::{ago, celsius, count, percent},
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
    },
};
use axum::extract::{Query, State};
use hearth_model::{
    account::Role,
    facts::{Arch, Facts},
    name::Slug,
    node::Node,
    stats::Sample,
};
use maud::{Markup, html};

/// Cards, or rows, of a page.
const SHOWN: u32 = 48;
/// From how many nodes on one wants to search in them.
const MANY: usize = 12;

/// What can be the matter with nodes: its word in addresses, and how people read it.
const CONCERNS: [(Concern, &str, &str); 3] = [
    (Concern::Offline, "offline", "Offline"),
    (Concern::Hot, "hot", "Over 90 %"),
    (Concern::Unready, "unready", "Without an engine"),
];

/// What is asked of the list.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Which nodes.
    pub filter: NodeFilter,
    /// Cursor of the page before.
    pub after: Option<String>,
    /// Whether as a table.
    pub table: bool,
}

impl Wish {
    /// Reads it from the address.
    #[must_use]
    pub fn of(query: &Fields) -> Self {
        let concern = CONCERNS.iter().find(|(_, word, _)| *word == query.text("show"));
        Self {
            filter: NodeFilter {
                online: None,
                group: query.given("group").and_then(|text| text.parse().ok()),
                concern: concern.map(|(concern, ..)| *concern),
                search: query.given("search").map(ToOwned::to_owned),
            },
            after: query.given("after").map(ToOwned::to_owned),
            table: query.text("view") == "table",
        }
    }

    /// The same for an address, without the cursor.
    fn query(&self) -> [(&'static str, &str); 4] {
        let concern = CONCERNS.iter().find(|(c, ..)| Some(*c) == self.filter.concern);
        [
            ("view", if self.table { "table" } else { "" }),
            ("group", self.filter.group.as_ref().map_or("", Slug::as_str)),
            ("show", concern.map_or("", |(_, word, _)| word)),
            ("search", self.filter.search.as_deref().unwrap_or_default()),
        ]
    }

    /// An address of the list with one thing asked differently, from its beginning on.
    fn with(&self, name: &str, value: &str) -> String {
        let change = |(n, v): (&'static str, _)| if n == name { (n, value) } else { (n, v) };
        address("/nodes", &self.query().map(change))
    }
}

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// The nodes, and what is around them.
    pub list: NodeList,
    /// What was asked.
    pub wish: Wish,
}

impl Data {
    /// Reads it.
    ///
    /// # Errors
    /// None: the limit is within bounds.
    pub fn read(services: &Services, wish: Wish) -> engine::Result<Self> {
        let slice = Slice {
            limit: SHOWN,
            after: wish.after.clone(),
        };
        let list = services.nodes.page(&wish.filter, &slice)?;
        Ok(Self { list, wish })
    }
}

/// `GET /nodes?view=table&group=&show=&search=&after=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    Ok(page(&frame, &Data::read(&services, Wish::of(&query))?))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let actions = html! {
        @if frame.may(Role::Admin) {
            @if data.list.all > 0 { (link("/nodes/groups", "", Icon::Tag, "Groups")) }
            (link("/nodes/discover", "", Icon::Radar, "Find machines"))
            (link("/nodes/adopt", "primary", Icon::Plus, "Adopt"))
        }
    };
    let after = data.wish.after.as_deref().unwrap_or_default();
    let query: Vec<(&str, &str)> = data.wish.query().into_iter().chain([("after", after)]).collect();
    let content = html! {
        (head("Nodes", Some("The machines that are one computer here."), Some(&actions)))
        div class="stack" {
            @if data.list.all > 0 { (views(data)) }
            (live("nodes", &address("/live/nodes", &query), &rest(frame, data)))
        }
    };
    frame.page(Place::Nodes, "Nodes", &content)
}

fn views(data: &Data) -> Markup {
    let wish = &data.wish;
    let filter = &wish.filter;
    html! {
        nav class="tabs" aria-label="View" {
            a href=(wish.with("view", "")) aria-current=[(!wish.table).then_some("page")] { "Cards" }
            a href=(wish.with("view", "table")) aria-current=[wish.table.then_some("page")] { "Table" }
        }
        @if data.list.all > MANY || filter.concern.is_some() || filter.search.is_some() {
            (search(wish))
            nav aria-label="What is the matter" {
                ul class="pills" {
                    li { a class="pill" href=(wish.with("show", "")) aria-current=[filter.concern.is_none().then_some("true")] { "All" } }
                    @for (concern, word, name) in CONCERNS {
                        li { a class="pill" href=(wish.with("show", word)) aria-current=[(filter.concern == Some(concern)).then_some("true")] { (name) } }
                    }
                }
            }
        }
        @if !data.list.groups.is_empty() {
            nav aria-label="Groups" {
                ul class="pills" {
                    li { a class="pill" href=(wish.with("group", "")) aria-current=[filter.group.is_none().then_some("true")] { "All groups" } }
                    @for group in &data.list.groups {
                        li { a class="pill" href=(wish.with("group", group.as_str())) aria-current=[(filter.group.as_ref() == Some(group)).then_some("true")] { (group) } }
                    }
                }
            }
        }
    }
}

fn search(wish: &Wish) -> Markup {
    html! {
        form class="form inline" method="get" action="/nodes" role="search" {
            @for (name, value) in wish.query() {
                @if name != "search" && !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            div class="field grow" {
                label for="node-search" { "Search" }
                div class="search" { (Icon::Search) input id="node-search" name="search" type="search" value=(wish.filter.search.as_deref().unwrap_or_default()) placeholder="name or address"; }
            }
            button class="button" type="submit" { "Search" }
        }
    }
}

/// The list itself: the part that is kept up to date.
#[must_use]
pub fn rest(frame: &Frame, data: &Data) -> Markup {
    let list = &data.list;
    if list.all == 0 {
        let text = "Adopt a machine by its address, or let Hearth look around.";
        return empty(Icon::Node, "No nodes yet", text, None);
    }
    if list.nodes.is_empty() {
        let all = link("/nodes", "", Icon::Node, "Show all");
        return empty(
            Icon::Search,
            "No node matches",
            "Ask for less, or look at all of them.",
            Some(&all),
        );
    }
    let several = list.all > 1;
    html! {
        div class="stack" {
            @if list.total > list.nodes.len() || list.total < list.all {
                p class="small muted num" {
                    (list.nodes.len()) " of " (count(list.total, "node", "nodes"))
                    @if list.total < list.all { " that match" }
                }
            }
            form class="stack" method="get" action="/nodes/compare" {
                @if data.wish.table { div class="card flush" { (rows(frame, data)) } }
                @else {
                    h2 class="hidden" { "The nodes" }
                    div class="grid" {
                        @for node in &list.nodes {
                            (card::card(frame, node, list.latest.get(&node.id), several.then(|| tick(node, true)).as_ref()))
                        }
                    }
                }
                div class="row spread" {
                    @if several { button class="button" type="submit" { "Compare those that are ticked" } }
                    (turn("/nodes", &data.wish.query(), "", data.wish.after.is_some(), list.next.as_deref()))
                }
            }
        }
    }
}

fn tick(node: &Node, words: bool) -> Markup {
    html! {
        label class="choice small" {
            // By its id a box stays with its node, and ticked, when the list is brought up to date.
            input type="checkbox" id={ "tick-" (node.name) } name="nodes" value=(node.name);
            span class=[(!words).then_some("hidden")] { "Compare" span class="hidden" { " " (node.name) } }
        }
    }
}

fn rows(frame: &Frame, data: &Data) -> Markup {
    let rows: Vec<Vec<Markup>> = data
        .list
        .nodes
        .iter()
        .map(|node| {
            let sample = data.list.latest.get(&node.id);
            let facts = node.facts.as_ref();
            let of = |value: fn(&Sample) -> String| html! { span class="num nowrap" { @match sample { Some(s) => (value(s)), None => "–" } } };
            vec![
                html! { span class="row nowrap" { (tick(node, false)) a href={ "/nodes/" (node.name) } { (node.name) } } },
                badge::node(node),
                html! { (card::what(node)) },
                html! { (facts.and_then(|f| f.arch).map_or("–", Arch::as_str)) },
                html! { span class="num" { (facts.map_or(0, |f| f.cpu_cores)) } },
                of(|s| percent(s.cpu_percent)),
                of(|s| format!("{} of {}", s.memory_used, s.memory_total)),
                of(|s| format!("{} of {}", s.disk_used, s.disk_total)),
                of(|s| s.temperature_c.map_or("–".to_owned(), celsius)),
                html! { span class="nowrap" { (engine(facts)) } },
                html! { @match node.last_seen_at { Some(at) => (ago(at, frame.now, &frame.zone)), None => "never" } },
            ]
        })
        .collect();
    let heads = [
        "Name",
        "State",
        "Machine",
        "Arch.",
        "Cores",
        "Processor",
        "Memory",
        "Storage",
        "Heat",
        "Engine",
        "Seen",
    ];
    table("Nodes", &heads, &rows)
}

/// The engine of a machine in words.
#[must_use]
pub fn engine(facts: Option<&Facts>) -> String {
    match facts.and_then(|f| f.engine.as_ref()) {
        Some(engine) => match &engine.compose {
            Some(compose) => format!("Docker {}, Compose {compose}", engine.version),
            None => format!("Docker {}, no Compose", engine.version),
        },
        None => "none".to_owned(),
    }
}
