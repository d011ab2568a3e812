//! `/jobs`: every long piece of work, with its steps.

use super::{
    answer::{slice, whole},
    extract::{Key, Params},
};
use crate::{
    engine::{self, audit::Page},
    web::{
        Services,
        problem::Problem,
        security::{AsOperator, AsViewer},
    },
};
use axum::{Json, extract::State};
use hearth_model::{
    id::JobId,
    job::{Job, JobState, LogLine, NodeResult},
    plan::DeployPlan,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which jobs to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobFilter {
    /// At most so many, 1 to 1,000; default 100.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// Only those in this state.
    state: Option<JobState>,
    /// Only those on this subject, such as `app miniflux`.
    subject: Option<String>,
}

/// Which lines of a job's log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogPart {
    /// At most so many, 1 to 1,000; default 100.
    limit: Option<u32>,
    /// Lines after this one; default 0.
    #[serde(default)]
    after: Option<u64>,
}

/// Jobs
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(JobFilter),
    responses((status = 200, description = "Jobs, newest first", body = Page<Job>)))]
pub async fn list(
    _: AsViewer,
    State(services): State<Services>,
    Params(filter): Params<JobFilter>,
) -> Result<Json<Page<Job>>, Problem> {
    let slice = slice(filter.limit, filter.after)?;
    let page = services.jobs.list(filter.state, filter.subject.as_deref(), slice);
    Ok(Json(page.await?))
}

/// One job
#[utoipa::path(get, path = "/jobs/{job}", tag = "jobs",
    params(("job" = String, Path, description = "Id of the job")),
    responses((status = 200, description = "The job with its steps", body = Job)))]
pub async fn get(_: AsViewer, State(services): State<Services>, key: Key) -> Result<Json<Job>, Problem> {
    Ok(Json(services.jobs.get(key.parse("job")?).await?))
}

/// What was run, and what it answered
#[utoipa::path(get, path = "/jobs/{job}/log", tag = "jobs",
    params(("job" = String, Path, description = "Id of the job"), LogPart),
    responses((status = 200, description = "Lines in order, secrets redacted", body = Page<LogLine>)))]
pub async fn log(
    _: AsViewer,
    State(services): State<Services>,
    key: Key,
    Params(query): Params<LogPart>,
) -> Result<Json<Page<LogLine>>, Problem> {
    let limit = slice(query.limit, None)?.limit as usize;
    let after = query.after.unwrap_or(0);
    if i64::try_from(after).is_err() {
        return Err(Problem::field("/after", "is not the number of a line"));
    }
    let mut items = services.jobs.log(key.parse("job")?, after).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|line| line.seq.to_string());
    Ok(Json(Page { items, next }))
}

/// The plan of a deployment
#[utoipa::path(get, path = "/jobs/{job}/plan", tag = "jobs",
    params(("job" = String, Path, description = "Id of the job")),
    responses((status = 200, description = "Everything that is done", body = DeployPlan)))]
pub async fn plan(_: AsViewer, State(services): State<Services>, key: Key) -> Result<Json<DeployPlan>, Problem> {
    let id: JobId = key.parse("job")?;
    let plan = services.jobs.plan(id).await?;
    Ok(Json(plan.ok_or_else(|| engine::Error::not_found("plan of job", id))?))
}

/// What came of it on each node
///
/// For a job that works on a group of nodes; empty for any other.
#[utoipa::path(get, path = "/jobs/{job}/results", tag = "jobs",
    params(("job" = String, Path, description = "Id of the job")),
    responses((status = 200, description = "A result a node", body = Page<NodeResult>)))]
pub async fn results(
    _: AsViewer,
    State(services): State<Services>,
    key: Key,
) -> Result<Json<Page<NodeResult>>, Problem> {
    Ok(Json(whole(services.jobs.results(key.parse("job")?).await?)))
}

/// Cancel
///
/// What was done is undone.
#[utoipa::path(post, path = "/jobs/{job}/cancel", tag = "jobs",
    params(("job" = String, Path, description = "Id of the job")),
    responses((status = 200, description = "The job", body = Job)))]
pub async fn cancel(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    key: Key,
) -> Result<Json<Job>, Problem> {
    Ok(Json(services.jobs.cancel(key.parse("job")?, &actor).await?))
}

/// Try the undoing of a stuck job again
#[utoipa::path(post, path = "/jobs/{job}/retry", tag = "jobs",
    params(("job" = String, Path, description = "Id of the job")),
    responses((status = 200, description = "The job", body = Job)))]
pub async fn retry(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    key: Key,
) -> Result<Json<Job>, Problem> {
    Ok(Json(services.jobs.retry(key.parse("job")?, &actor).await?))
}
