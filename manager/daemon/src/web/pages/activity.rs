//! Activity: jobs with their steps, and who did what.

use super::{
    components::{
        breadcrumbs, empty, head, live,
        pages::{address, turn},
        table::table,
    },
    form::Fields,
    format::{time, words},
    frame::{Frame, Place},
    icons::Icon,
    jobs,
};
use crate::{
    engine::{
        self,
        audit::{AuditEntry, Page, Slice},
    },
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

/// What is asked of the jobs: their state, and the cursor of the page before.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    state: Option<JobState>,
    after: Option<String>,
}

impl Wish {
    /// Reads it from the address.
    #[must_use]
    pub fn of(query: &Fields) -> Self {
        let state = STATES.iter().find(|(_, word, _)| *word == query.text("state"));
        Self {
            state: state.map(|(state, ..)| *state),
            after: query.given("after").map(ToOwned::to_owned),
        }
    }

    /// The jobs that are asked for.
    ///
    /// # Errors
    /// `Invalid` for a bad cursor.
    pub async fn read(&self, services: &Services) -> engine::Result<Page<Job>> {
        let slice = Slice {
            limit: ROWS,
            after: self.after.clone(),
        };
        services.jobs.list(self.state, None, slice).await
    }

    fn query(&self) -> [(&str, &str); 1] {
        let word = STATES.iter().find(|(state, ..)| Some(*state) == self.state);
        [("state", word.map_or("", |(_, word, _)| word))]
    }
}

/// `GET /activity?state=&after=`
pub async fn jobs(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let wish = Wish::of(&query);
    Ok(jobs_page(&frame, &wish.read(&services).await?, &wish))
}

/// `GET /activity/audit?after=`
pub async fn audit(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let after = query.given("after").map(ToOwned::to_owned);
    let past = after.is_some();
    let page = services.audit.list(Slice { limit: ROWS, after }).await?;
    Ok(audit_page(&frame, &page, past))
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

/// The page of the jobs.
#[must_use]
pub fn jobs_page(frame: &Frame, page: &Page<Job>, wish: &Wish) -> Markup {
    let after = wish.after.as_deref().unwrap_or_default();
    let [state] = wish.query();
    let source = address("/live/activity", &[state, ("after", after)]);
    let content = html! {
        (head("Activity", Some("What Hearth does and did, and who asked for it."), None))
        (tabs(Tab::Jobs))
        div class="stack" {
            nav aria-label="State" {
                ul class="pills" {
                    li { a class="pill" href="/activity" aria-current=[wish.state.is_none().then_some("true")] { "All" } }
                    @for (s, word, name) in STATES {
                        li { a class="pill" href={ "/activity?state=" (word) } aria-current=[(wish.state == Some(s)).then_some("true")] { (name) } }
                    }
                }
            }
            (live("jobs", &source, &rest(frame, page, wish)))
        }
    };
    frame.page_with(Place::Activity, "Activity", Some(30), &content)
}

/// The jobs themselves: the part that is kept up to date.
#[must_use]
pub fn rest(frame: &Frame, page: &Page<Job>, wish: &Wish) -> Markup {
    html! {
        div class="stack" {
            @if page.items.is_empty() { (empty(Icon::Activity, "No jobs", "Work that takes longer than a moment is listed here.", None)) }
            @else { div class="card flush" { (jobs::list(frame, &page.items)) } }
            (turn("/activity", &wish.query(), "", wish.after.is_some(), page.next.as_deref()))
        }
    }
}

/// The page of the audit log; `past` its beginning there is a way back to it.
#[must_use]
pub fn audit_page(frame: &Frame, page: &Page<AuditEntry>, past: bool) -> Markup {
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
            (turn("/activity/audit", &[], "", past, page.next.as_deref()))
        }
    };
    frame.page(Place::Activity, "Audit log", &content)
}
