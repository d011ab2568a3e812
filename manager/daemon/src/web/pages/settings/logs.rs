//! Settings, logs: the journal of the box, filtered, and as it is written.

use super::tabs;
use crate::{
    engine,
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs,
                code::log,
                field::Field,
                head,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            format::time,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
    },
};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use hearth_model::system::{JournalFilter, JournalLine, KNOWN_UNITS, Priority};
use jiff::{SignedDuration, tz::TimeZone};
use maud::{Markup, html};
use tokio::sync::mpsc;

/// Lines that the page begins with.
pub const TAIL: usize = 200;
/// Part of the page that is kept up to date.
pub const PART: &str = "box-log";
/// How far back one may choose to look.
const SPANS: [(&str, &str, i64); 3] = [
    ("hour", "the last hour", 1),
    ("day", "the last day", 24),
    ("week", "the last week", 24 * 7),
];

/// Reads what one asks for; what is wrong with it goes to `trouble`.
pub fn filter(query: &Fields, now: jiff::Timestamp, trouble: &mut Trouble) -> JournalFilter {
    let span = SPANS.iter().find(|(word, ..)| *word == query.text("span"));
    JournalFilter {
        unit: query.parse("unit", trouble),
        priority: query.parse("priority", trouble),
        since: span.map(|(_, _, hours)| now - SignedDuration::from_hours(*hours)),
        text: query.given("text").map(str::to_owned),
    }
}

/// `GET /settings/logs`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let mut trouble = Trouble::default();
    let filter = filter(&query, frame.now, &mut trouble);
    let mut journal = Ok(Vec::new());
    if trouble.is_none() {
        match last(&services, &filter).await {
            Ok(lines) => journal = Ok(lines),
            // That there is no journal to be read is how things stand, and no fault of who asks.
            Err(engine::Error::Conflict(why)) => journal = Err(why),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    Ok((trouble.status(), page(&frame, &journal, &query, &trouble)).into_response())
}

async fn last(services: &Services, filter: &JournalFilter) -> engine::Result<Vec<JournalLine>> {
    let (sender, mut lines) = mpsc::channel(TAIL);
    let gather = async {
        let mut all = Vec::new();
        while let Some(line) = lines.recv().await {
            all.push(line);
        }
        all
    };
    let (read, all) = tokio::join!(services.logs.read(filter, TAIL, false, sender), gather);
    read.map(|()| all)
}

/// The page; in place of the lines why they cannot be read.
#[must_use]
pub fn page(frame: &Frame, journal: &Result<Vec<JournalLine>, String>, query: &Fields, trouble: &Trouble) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "Logs"))
        (head("Logs", Some("What the services of this box say."), None))
        (tabs("Logs"))
        div class="stack" {
            (trouble.show())
            @match journal {
                Err(why) => (notice(Kind::Info, "Nothing to read here", &html! { p { (why) } })),
                Ok(lines) => {
                    (choose(query, trouble))
                    @if trouble.is_none() {
                        section class="card stack" aria-labelledby="lines" {
                            h2 id="lines" { "Newest at the end" }
                            div hx-sse:connect={ "/live/box/logs?" (wish(query)) } hx-swap="none" {
                                (log(PART, "Log", true, &shown(lines, &frame.zone)))
                            }
                        }
                    }
                }
            }
        }
    };
    frame.page(Place::Settings, "Logs", &content)
}

/// The query of the stream: what was asked for.
fn wish(query: &Fields) -> String {
    let mut wish = url::form_urlencoded::Serializer::new(String::new());
    for name in ["unit", "priority", "span", "text"] {
        wish.extend_pairs(query.given(name).map(|value| (name, value)));
    }
    wish.finish()
}

fn choose(query: &Fields, trouble: &Trouble) -> Markup {
    let any = |text: &str| (String::new(), text.to_owned());
    let named = |name: &str| (name.to_owned(), name.to_owned());
    let mut units = vec![any("all services")];
    units.extend(KNOWN_UNITS.iter().map(|unit| named(unit.name)));
    if let Some(unit) = query
        .given("unit")
        .filter(|unit| units.iter().all(|(name, _)| name != unit))
    {
        units.push(named(unit));
    }
    let mut priorities = vec![any("everything")];
    let words = [Priority::Error, Priority::Warning, Priority::Notice, Priority::Info];
    priorities.extend(words.map(|priority| (priority.word().to_owned(), format!("{priority} and worse"))));
    let mut spans = vec![any("as far back as it goes")];
    spans.extend(SPANS.map(|(word, text, _)| (word.to_owned(), text.to_owned())));
    html! {
        form class="card form" method="get" action="/settings/logs" {
            div class="row top" {
                (Field::new("unit", "Service").value(query.text("unit")).trouble(trouble, "/unit").select(&units))
                (Field::new("priority", "How urgent").value(query.text("priority")).trouble(trouble, "/priority").select(&priorities))
                (Field::new("span", "Since").value(query.text("span")).select(&spans))
                (Field::new("text", "With this text").kind("search").optional().value(query.text("text")).literal().trouble(trouble, "/text").input())
            }
            div { button class="button" type="submit" { (Icon::Search) "Show" } }
        }
    }
}

/// Lines as the page shows them.
#[must_use]
pub fn shown(lines: &[JournalLine], zone: &TimeZone) -> Markup {
    html! {
        @for line in lines {
            span class=(if line.priority <= Priority::Error { "line err" } else { "line" }) {
                (time(line.at, zone))
                span class="from" { (line.from.trim_end_matches(".service")) }
                @if line.priority <= Priority::Warning { strong { (line.priority) " " } }
                (line.text)
            }
        }
    }
}
