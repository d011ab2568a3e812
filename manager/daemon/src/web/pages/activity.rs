//! Activity: jobs with their steps, and who did what.

use super::{
    components::{breadcrumbs, empty, head, table::table},
    form::Fields,
    format::{time, words},
    frame::{Frame, Place},
    icons::Icon,
    jobs,
};
use crate::{
    engine::audit::{AuditEntry, Page, Slice},
    web::{Services, problem::Problem},
};
use axum::extract::{Query, State};
use hearth_model::job::{Job, JobState};
use maud::{Markup, html};

/// Rows of a page of a list.
const ROWS: u32 = 50;

/// The states that can be asked for.
const STATES: [(JobState, &str, &str); 5] = [
    (JobState::Running, "running", "Running"),
    (JobState::Succeeded, "succeeded", "Done"),
    (JobState::Failed, "failed", "Failed"),
    (JobState::RolledBack, "rolled_back", "Undone"),
    (JobState::Stuck, "stuck", "Stuck"),
];

fn slice(query: &Fields) -> Slice {
    Slice {
        limit: ROWS,
        after: query.given("after").map(ToOwned::to_owned),
    }
}

/// `GET /activity?state=&after=`
pub async fn jobs(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let state = STATES
        .iter()
        .find(|(_, word, _)| *word == query.text("state"))
        .map(|(state, ..)| *state);
    let page = services.jobs.list(state, None, slice(&query)).await?;
    Ok(jobs_page(&frame, &page, state))
}

/// `GET /activity/audit?after=`
pub async fn audit(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let page = services.audit.list(slice(&query)).await?;
    Ok(audit_page(&frame, &page))
}

/// The kinds of activity, each a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Tab {
    Jobs,
    Incidents,
    Audit,
}

/// The way from one kind of activity to another.
#[must_use]
pub fn tabs(here: Tab) -> Markup {
    let all = [
        (Tab::Jobs, "/activity", "Jobs"),
        (Tab::Incidents, "/activity/incidents", "Incidents"),
        (Tab::Audit, "/activity/audit", "Audit log"),
    ];
    html! {
        nav class="tabs" aria-label="Kinds of activity" {
            @for (tab, href, name) in all { a href=(href) aria-current=[(tab == here).then_some("page")] { (name) } }
        }
    }
}

fn older(path: &str, next: Option<&String>) -> Markup {
    html! {
        @if let Some(next) = next {
            p { a class="button" rel="next" href={ (path) (url::form_urlencoded::Serializer::new(String::new()).append_pair("after", next).finish()) } { "Older" (Icon::Arrow) } }
        }
    }
}

/// The page of the jobs.
#[must_use]
pub fn jobs_page(frame: &Frame, page: &Page<Job>, state: Option<JobState>) -> Markup {
    let word = STATES
        .iter()
        .find(|(s, ..)| Some(*s) == state)
        .map(|(_, word, _)| *word);
    let path = word.map_or("/activity?".to_owned(), |word| format!("/activity?state={word}&"));
    let content = html! {
        (head("Activity", Some("What Hearth does and did, and who asked for it."), None))
        (tabs(Tab::Jobs))
        div class="stack" {
            nav aria-label="State" {
                ul class="pills" {
                    li { a class="pill" href="/activity" aria-current=[state.is_none().then_some("true")] { "All" } }
                    @for (s, word, name) in STATES {
                        li { a class="pill" href={ "/activity?state=" (word) } aria-current=[(state == Some(s)).then_some("true")] { (name) } }
                    }
                }
            }
            @if page.items.is_empty() { (empty(Icon::Activity, "No jobs", "Work that takes longer than a moment is listed here.", None)) }
            @else { div class="card flush" { (jobs::list(frame, &page.items)) } }
            (older(&path, page.next.as_ref()))
        }
    };
    frame.page_with(Place::Activity, "Activity", Some(30), &content)
}

/// The page of the audit log.
#[must_use]
pub fn audit_page(frame: &Frame, page: &Page<AuditEntry>) -> Markup {
    let rows: Vec<Vec<Markup>> = page
        .items
        .iter()
        .map(|entry| {
            vec![
                html! { span class="num nowrap" { (time(entry.at, &frame.zone)) } },
                html! { (entry.actor) @if let Some(from) = &entry.from { br; span class="tiny muted" { (from) } } },
                html! { (words(&entry.action).replace('.', " · ")) },
                html! { (entry.subject) },
                html! { span class="breaks" { (entry.detail) } },
            ]
        })
        .collect();
    let content = html! {
        (breadcrumbs(&[("/activity", "Activity")], "Audit log"))
        (head("Audit log", Some("Who did what to what, when, and from where. It cannot be changed here."), None))
        (tabs(Tab::Audit))
        div class="stack" {
            @if rows.is_empty() { (empty(Icon::Shield, "Nothing yet", "Every change is noted here.", None)) }
            @else { div class="card flush" { (table("Audit log", &["When", "Who", "What", "To what", "Details"], &rows)) } }
            (older("/activity/audit?", page.next.as_ref()))
        }
    };
    frame.page(Place::Activity, "Audit log", &content)
}
