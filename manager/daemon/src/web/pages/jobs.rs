//! A job's page: its steps as they happen, what they say, and what came of it.

use super::{
    apps::{card, secrets},
    components::{
        action, action_with, badge, breadcrumbs,
        code::{block, commands, job_lines, log, more},
        link, live,
        notice::{self, Kind},
        qr, steps,
    },
    format::{ago, duration, title},
    frame::{Frame, Place},
    icons::Icon,
};
use crate::{
    engine,
    web::{Services, problem::Problem, security::CsrfForm},
};
use axum::{
    extract::{Path, State},
    response::Redirect,
};
use hearth_model::{
    account::Role,
    app::App,
    fault::Cause,
    id::JobId,
    job::{Job, JobKind, JobState, LogLine, NodeResult},
    plan::DeployPlan,
};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Data {
    /// The job.
    pub job: Job,
    /// Its log.
    pub log: Vec<LogLine>,
    /// The plan, for deployments.
    pub plan: Option<DeployPlan>,
    /// The app it is about, while there is one.
    pub app: Option<App>,
    /// What came of it on each node, for an action on a group.
    pub results: Vec<NodeResult>,
}

impl Data {
    /// Reads it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read(services: &Services, id: JobId) -> engine::Result<Self> {
        let job = services.jobs.get(id).await?;
        let log = services.jobs.log(id, 0).await?;
        let plan = services.jobs.plan(id).await?;
        let app = app_of(services, &job).await?;
        let results = services.jobs.results(id).await?;
        Ok(Self {
            job,
            log,
            plan,
            app,
            results,
        })
    }
}

/// The app that a job is about, while there is one.
///
/// # Errors
/// When the store fails.
pub async fn app_of(services: &Services, job: &Job) -> engine::Result<Option<App>> {
    let Some(slug) = job.subject.strip_prefix("app ") else {
        return Ok(None);
    };
    match services.apps.get(slug).await {
        Ok(app) => Ok(Some(app)),
        Err(engine::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a job's page is.
#[must_use]
pub fn path(id: JobId) -> String {
    format!("/jobs/{id}")
}

/// A job's id in an address.
///
/// # Errors
/// Not found, when it is none.
pub fn parse_id(text: &str) -> Result<JobId, Problem> {
    text.parse().map_err(|_| engine::Error::not_found("job", text).into())
}

/// What a job does, in words.
#[must_use]
pub fn name(job: &Job) -> String {
    let verb = match job.kind {
        JobKind::Adopt => "Adopt",
        JobKind::Release => "Release",
        JobKind::Bootstrap => "Install the engine on",
        JobKind::Discover => "Look for machines",
        JobKind::Deploy => "Deploy",
        JobKind::Start => "Start",
        JobKind::Stop => "Stop",
        JobKind::Restart => "Restart",
        JobKind::Remove => "Remove",
        JobKind::Group => "Act on",
        JobKind::Update => "Update",
        JobKind::CheckUpdate => "Look for updates",
        JobKind::FormatDisk => "Format",
        JobKind::InstallDisk => "Install Hearth onto",
    };
    let subject = job
        .subject
        .split_once(' ')
        .map_or(job.subject.as_str(), |(_, name)| name);
    if matches!(job.kind, JobKind::Discover | JobKind::CheckUpdate) {
        verb.to_owned()
    } else {
        format!("{verb} {subject}")
    }
}

/// `GET /jobs/{job}`
pub async fn get(frame: Frame, State(services): State<Services>, Path(id): Path<String>) -> Result<Markup, Problem> {
    let data = Data::read(&services, parse_id(&id)?).await?;
    Ok(page(&frame, &data))
}

/// `POST /jobs/{job}/cancel`
pub async fn cancel(
    State(services): State<Services>,
    Path(id): Path<String>,
    CsrfForm { login, .. }: CsrfForm<super::form::Fields>,
) -> Result<Redirect, Problem> {
    login.require(Role::Operator)?;
    let job = services.jobs.cancel(parse_id(&id)?, &login.actor).await?;
    Ok(Redirect::to(&path(job.id)))
}

/// `POST /jobs/{job}/retry`
pub async fn retry(
    State(services): State<Services>,
    Path(id): Path<String>,
    CsrfForm { login, .. }: CsrfForm<super::form::Fields>,
) -> Result<Redirect, Problem> {
    login.require(Role::Operator)?;
    let job = services.jobs.retry(parse_id(&id)?, &login.actor).await?;
    Ok(Redirect::to(&path(job.id)))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, data: &Data) -> Markup {
    let job = &data.job;
    let refresh = (!job.state.is_final()).then_some(3);
    let content = html! {
        (breadcrumbs(&[("/activity", "Activity")], &name(job)))
        div class="stack" {
            (live("job", &format!("/live{}", path(job.id)), &state(frame, job, data.app.as_ref(), &data.results)))
            section class="card stack" aria-labelledby="job-output" {
                h2 id="job-output" { "Output" }
                (log("job-log", "Output, newest at the end", false, &job_lines(&data.log, &frame.zone)))
            }
            @if let Some(plan) = &data.plan { (plan_card(plan)) }
        }
    };
    frame.page_with(Place::Activity, &name(job), refresh, &content)
}

/// Head, outcome and steps: the part that is kept up to date.
#[must_use]
pub fn state(frame: &Frame, job: &Job, app: Option<&App>, results: &[NodeResult]) -> Markup {
    html! {
        header class="head" {
            div class="stack" {
                h1 class="breaks" { (name(job)) }
                p class="row muted small" { (badge::job(job.state)) (when(frame, job)) span { "by " (job.actor) } }
            }
            @if frame.may(Role::Operator) {
                @if matches!(job.state, JobState::Queued | JobState::Running) {
                    (action(&format!("{}/cancel", path(job.id)), &frame.csrf, "danger", Icon::X, "Cancel"))
                } @else if job.state == JobState::Stuck {
                    (action(&format!("{}/retry", path(job.id)), &frame.csrf, "primary", Icon::Refresh, "Try the undoing again"))
                }
            }
        }
        div class="stack" {
            (outcome(frame, job, app))
            @if !results.is_empty() { (node_results(results)) }
            section class="card" aria-labelledby="job-steps" {
                header { h2 id="job-steps" { "Steps" } }
                @if job.steps.is_empty() { p class="muted" { "It waits for its turn." } }
                @else { (steps::steps(&job.steps, frame.now, &frame.zone)) }
            }
        }
    }
}

/// What came of it on each node.
fn node_results(results: &[NodeResult]) -> Markup {
    html! {
        section class="card" aria-labelledby="job-nodes" {
            header { h2 id="job-nodes" { "On each node" } }
            ul class="list" {
                @for result in results {
                    li class="top" {
                        div class="grow" {
                            p { a href={ "/nodes/" (result.node) } { (result.name) } }
                            @if !result.text.is_empty() { p class="small muted breaks" { (result.text) } }
                        }
                        (badge::step(result.state))
                    }
                }
            }
        }
    }
}

fn when(frame: &Frame, job: &Job) -> Markup {
    html! {
        span { "asked for " (ago(job.created_at, frame.now, &frame.zone)) }
        @if let Some(end) = job.ended_at { span class="num" { "took " (duration(end.duration_since(job.created_at).as_secs())) } }
    }
}

fn outcome(frame: &Frame, job: &Job, app: Option<&App>) -> Markup {
    let error = job.error.as_deref().unwrap_or("No cause was noted.");
    let mend = mend(job);
    match job.state {
        JobState::Succeeded => success(frame, job, app),
        JobState::Failed => html! {
            (notice::alert("It failed", error, mend))
            p { (again(job)) }
        },
        JobState::RolledBack => html! {
            (notice::notice(Kind::Warm, "It failed, and everything was undone", &html! { p class="breaks" { (error) } }))
            p { (again(job)) }
        },
        JobState::Stuck => html! {
            (notice::alert("It failed, and something could not be undone", error, Some("Look at the step that is stuck, put right what stands in its way, and try the undoing again.")))
        },
        JobState::Cancelled => notice::notice(
            Kind::Info,
            "It was cancelled",
            &html! { p { "What had been done was undone." } },
        ),
        JobState::RollingBack => notice::notice(
            Kind::Warm,
            "It is being undone",
            &html! { p class="breaks" { (error) } },
        ),
        JobState::Queued | JobState::Running => html! {},
    }
}

/// What can be done about a failure, unless its text says so already.
fn mend(job: &Job) -> Option<&'static str> {
    let error = job.error.as_deref().unwrap_or_default();
    job.cause.map(Cause::mend).filter(|mend| !error.contains(mend))
}

fn again(job: &Job) -> Markup {
    match job.kind {
        JobKind::Adopt => link("/nodes/adopt", "", Icon::Refresh, "Adopt again"),
        JobKind::Deploy => link("/apps", "", Icon::Refresh, "Back to the catalogue"),
        JobKind::Discover => link("/nodes/discover", "", Icon::Refresh, "Look again"),
        JobKind::Update | JobKind::CheckUpdate => link("/settings/update", "", Icon::Refresh, "Back to updates"),
        JobKind::FormatDisk | JobKind::InstallDisk => link("/settings/disks", "", Icon::Refresh, "Back to the disks"),
        JobKind::Release
        | JobKind::Bootstrap
        | JobKind::Start
        | JobKind::Stop
        | JobKind::Restart
        | JobKind::Remove
        | JobKind::Group => html! {},
    }
}

fn success(frame: &Frame, job: &Job, app: Option<&App>) -> Markup {
    match (job.kind, app) {
        (JobKind::Deploy, Some(app)) => html! {
            section class="card hero row top" aria-labelledby="ready" {
                div class="stack grow" {
                    h2 id="ready" class="row" { (Icon::Check) (app.name) " is running" }
                    @match &app.url {
                        Some(url) => {
                            p { "It answers at " a class="breaks" href=(url) rel="noopener noreferrer" target="_blank" { (url) } "." }
                            div class="row" { (card::open(url)) (link(&format!("/apps/{}", app.slug), "", Icon::Apps, "Its page")) }
                        },
                        None => div class="row" { (link(&format!("/apps/{}", app.slug), "", Icon::Apps, "Its page")) },
                    }
                    @if frame.may(Role::Operator) { (secrets::button(frame, app)) }
                }
                @if let Some(url) = &app.url { (qr::code(url)) }
            }
        },
        (JobKind::Adopt | JobKind::Bootstrap, _) => {
            let node = job.subject.strip_prefix("node ").unwrap_or_default();
            notice::notice(
                Kind::Ok,
                "Done",
                &html! { p { a href="/nodes" { "All nodes" } @if !node.is_empty() { " · " a href={ "/nodes/" (node) } { (node) } } } },
            )
        }
        (JobKind::Release | JobKind::Remove, _) => {
            notice::notice(Kind::Ok, "Done", &html! { p { a href="/" { "Home" } } })
        }
        (JobKind::FormatDisk, _) => notice::notice(
            Kind::Ok,
            "Done",
            &html! { p { a href="/settings/disks" { "All disks and shares" } } },
        ),
        (JobKind::InstallDisk, _) => notice::notice(
            Kind::Ok,
            "Hearth is installed",
            &html! {
                p { "Turn this box off, pull out what it runs from now, and turn it on again. The wizard then sets up the new box." }
                @if frame.may(Role::Admin) {
                    (action_with("/settings/power", &frame.csrf, &[("action", "off")], "danger", Icon::Stop, "Turn it off"))
                }
            },
        ),
        (_, Some(app)) => notice::notice(
            Kind::Ok,
            "Done",
            &html! { p { a href={ "/apps/" (app.slug) } { "To " (app.name) } } },
        ),
        (_, None) => notice::notice(Kind::Ok, "Done", &html! {}),
    }
}

fn plan_card(plan: &DeployPlan) -> Markup {
    html! {
        section class="card" aria-labelledby="job-plan" {
            header { h2 id="job-plan" { "What was planned" } p class="small muted" { (plan.reason) } }
            (more("Compose file", &block("job-compose", "Compose file", &plan.compose)))
            (more("Commands", &commands("job-commands", "Commands", &plan.commands)))
        }
    }
}

/// Jobs as a list: what, when, how it stands.
#[must_use]
pub fn list(frame: &Frame, jobs: &[Job]) -> Markup {
    html! {
        ul class="list" {
            @for job in jobs {
                li {
                    div class="grow" {
                        p { a href=(path(job.id)) { (name(job)) } }
                        p class="tiny muted" { (ago(job.created_at, frame.now, &frame.zone)) " by " (job.actor) (step(job)) }
                    }
                    (badge::job(job.state))
                }
            }
        }
    }
}

/// The step that is under way, so that a spinner never stands alone.
fn step(job: &Job) -> Markup {
    use hearth_model::job::StepState;
    let running = job
        .steps
        .iter()
        .find(|s| matches!(s.state, StepState::Running | StepState::Undoing));
    html! {
        @if let Some(step) = running {
            " · " (title(&step.name)) @if !step.message.is_empty() { ": " (step.message) }
        } @else if let (Some(error), JobState::Failed) = (&job.error, job.state) {
            " · " (error)
            @if let Some(mend) = mend(job) { " " (mend) }
        }
    }
}
