//! Incidents: what went wrong, since when, what was done, and a button to say that one knows.

use super::{
    activity::{Tab, tabs},
    components::{
        action,
        badge::{Tone, badge},
        breadcrumbs, empty, head, live,
    },
    form::Fields,
    format::{ago, duration},
    frame::{Frame, Place},
    icons::Icon,
};
use crate::{
    engine::{
        self,
        audit::{Page, Slice},
        incidents::Filter,
    },
    web::{Services, problem::Problem, security::CsrfForm},
};
use axum::{
    extract::{Path, Query, State},
    response::Redirect,
};
use hearth_model::{account::Role, incident::Incident};
use maud::{Markup, html};
use url::form_urlencoded::Serializer;

/// Where the page is.
const PATH: &str = "/activity/incidents";
/// Incidents of a page.
const ROWS: u32 = 50;

/// Those that can be asked for.
const STATES: [(bool, &str, &str); 2] = [(true, "open", "Going on"), (false, "over", "Over")];

/// Which incidents are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Only those that go on, or are over.
    pub open: Option<bool>,
    /// Only those of this subject.
    pub subject: Option<String>,
    /// The cursor of the page before.
    pub after: Option<String>,
}

impl Wish {
    /// Reads it from the address.
    #[must_use]
    pub fn of(query: &Fields) -> Self {
        let given = |name| query.given(name).map(ToOwned::to_owned);
        let state = STATES.iter().find(|(_, word, _)| *word == query.text("state"));
        Self {
            open: state.map(|(open, ..)| *open),
            subject: given("subject"),
            after: given("after"),
        }
    }

    /// The incidents that are asked for.
    ///
    /// # Errors
    /// `Invalid` for a bad cursor.
    pub async fn read(&self, services: &Services) -> engine::Result<Page<Incident>> {
        let filter = Filter {
            open: self.open,
            acknowledged: None,
            subject: self.subject.clone(),
        };
        let after = self.after.clone();
        services.incidents.list(filter, Slice { limit: ROWS, after }).await
    }

    /// Its address, below `path`.
    fn address(&self, path: &str) -> String {
        let state = STATES.iter().find(|(open, ..)| Some(*open) == self.open);
        let pairs = [
            ("state", state.map(|(_, word, _)| *word)),
            ("subject", self.subject.as_deref()),
            ("after", self.after.as_deref()),
        ];
        let given = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let query = Serializer::new(String::new()).extend_pairs(given).finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }
}

/// `GET /activity/incidents?state=&subject=&after=`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let wish = Wish::of(&query);
    Ok(page(&frame, &wish.read(&services).await?, &wish))
}

/// `POST /activity/incidents/{incident}/ack`
pub async fn acknowledge(
    State(services): State<Services>,
    Path(id): Path<String>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Redirect, Problem> {
    login.require(Role::Operator)?;
    let id = id.parse().map_err(|_| engine::Error::not_found("incident", id))?;
    services.incidents.acknowledge(id, &login.actor).await?;
    Ok(Redirect::to(PATH))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, incidents: &Page<Incident>, wish: &Wish) -> Markup {
    let pill = |open: Option<bool>| Wish {
        open,
        subject: wish.subject.clone(),
        after: None,
    };
    let content = html! {
        (breadcrumbs(&[("/activity", "Activity")], "Incidents"))
        (head("Incidents", Some("What went wrong, since when, and what was done about it."), None))
        (tabs(Tab::Incidents))
        div class="stack" {
            nav aria-label="State" {
                ul class="pills" {
                    li { a class="pill" href=(pill(None).address(PATH)) aria-current=[wish.open.is_none().then_some("true")] { "All" } }
                    @for (open, _, name) in STATES {
                        li { a class="pill" href=(pill(Some(open)).address(PATH)) aria-current=[(wish.open == Some(open)).then_some("true")] { (name) } }
                    }
                    @if let Some(subject) = &wish.subject {
                        li { a class="pill" href=(PATH) aria-current="true" { "Only " (subject) (Icon::X) span class="hidden" { ": show all" } } }
                    }
                }
            }
            (live("incidents", &wish.address("/live/incidents"), &rest(frame, incidents, wish)))
        }
    };
    frame.page_with(Place::Activity, "Incidents", Some(30), &content)
}

/// The incidents themselves: the part that is kept up to date.
#[must_use]
pub fn rest(frame: &Frame, incidents: &Page<Incident>, wish: &Wish) -> Markup {
    let older = incidents.next.as_ref().map(|next| Wish {
        after: Some(next.clone()),
        ..wish.clone()
    });
    html! {
        div class="stack" {
            @if incidents.items.is_empty() {
                (empty(Icon::Flame, "No incidents", "When an app is not as it should be, it is noted here, and what was done about it.", None))
            } @else {
                h2 class="hidden" { "All incidents" }
                @for incident in &incidents.items { (card(frame, incident)) }
            }
            @if let Some(older) = older { p { a class="button" rel="next" href=(older.address(PATH)) { "Older" (Icon::Arrow) } } }
        }
    }
}

fn card(frame: &Frame, incident: &Incident) -> Markup {
    let id = format!("incident-{}", incident.id);
    let app = incident.subject.strip_prefix("app ");
    html! {
        article class="card stack" id=(id) aria-labelledby={ (id) "-name" } {
            div class="row spread" {
                h3 class="breaks" id={ (id) "-name" } {
                    @match app { Some(slug) => a href={ "/apps/" (slug) } { (slug) }, None => (incident.subject) }
                }
                (state(incident))
            }
            p class="breaks" { (incident.text) }
            p class="small muted row" {
                span { "began " (ago(incident.started_at, frame.now, &frame.zone)) }
                @if let Some(end) = incident.ended_at {
                    span class="num" { "over after " (duration(end.duration_since(incident.started_at).as_secs())) }
                }
                @if let Some(who) = &incident.acked_by { span { (who) " knows of it" } }
            }
            p class="small" {
                strong { "What was done: " }
                @if incident.done.is_empty() { "nothing by Hearth: what somebody changes on a node is shown, and not undone." } @else { (incident.done) }
            }
            @if incident.ended_at.is_none() && incident.acked_by.is_none() && frame.may(Role::Operator) {
                (action(&format!("{PATH}/{}/ack", incident.id), &frame.csrf, "little", Icon::Check, "I know of it"))
            }
        }
    }
}

fn state(incident: &Incident) -> Markup {
    match (&incident.ended_at, &incident.acked_by) {
        (Some(_), _) => badge(Tone::Ok, "over"),
        (None, Some(_)) => badge(Tone::Warm, "goes on, known"),
        (None, None) => badge(Tone::Hot, "goes on"),
    }
}
