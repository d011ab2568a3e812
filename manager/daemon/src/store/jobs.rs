//! Table `jobs`: long pieces of work, one a row. Their steps and logs are in tables of their own.

use super::{
    column::{collect, from_word, parse, word},
    error::{Result, sqlite},
    job_steps,
};
use hearth_model::{
    id::JobId,
    job::{Job, JobKind, JobState},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

const TABLE: &str = "jobs";

/// Columns of a job, in the order that [`job`] reads them.
const COLUMNS: &str = "id, kind, subject, state, created_at, ended_at, error, actor, fault";

/// A job to add.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Id.
    pub id: JobId,
    /// What kind of work.
    pub kind: JobKind,
    /// What it works on; at most one job a subject runs at a time.
    pub subject: &'a str,
    /// What its saga reads, JSON.
    pub input: &'a str,
    /// Who asked for it.
    pub actor: &'a str,
    /// Idempotency key, and the sealed hash of the request that it came with.
    pub key: Option<(&'a str, &'a str)>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Names of its steps, in order.
    pub steps: &'a [&'static str],
}

/// Why a job is being undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A step failed.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// What only the runner needs to know of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Inside {
    /// The job as everyone sees it.
    pub job: Job,
    /// What its saga reads, JSON.
    pub input: String,
    /// Whether somebody wants it cancelled.
    pub cancel_asked: bool,
    /// Why it is being undone.
    pub cause: Option<Cause>,
}

/// Adds a job, queued.
///
/// # Errors
/// [`super::Error`], also when its key is taken.
pub fn insert(tx: &Transaction<'_>, new: &New<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO jobs (id, kind, subject, state, input, actor, idempotency_key, input_hash, created_at)
         VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8)",
        params![
            new.id.to_string(),
            word(TABLE, &new.kind)?,
            new.subject,
            new.input,
            new.actor,
            new.key.map(|(key, _)| key),
            new.key.map_or("", |(_, hash)| hash),
            new.created_at.to_string(),
        ],
    )
    .map_err(sqlite("adding a job"))?;
    job_steps::insert(tx, new.id, new.steps)
}

/// The job that came with an idempotency key, and the sealed hash of its request.
///
/// # Errors
/// [`super::Error`].
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<(JobId, String)>> {
    let found = connection
        .query_row(
            "SELECT id, input_hash FROM jobs WHERE idempotency_key = ?1",
            [key],
            |row| Ok((row.get::<_, String>(0)?, row.get(1)?)),
        )
        .optional()
        .map_err(sqlite("looking for an idempotency key"))?;
    found.map(|(id, hash)| Ok((parse(TABLE, &id)?, hash))).transpose()
}

/// One job with its steps.
///
/// # Errors
/// [`super::Error`].
pub fn get(connection: &Connection, id: JobId) -> Result<Option<Job>> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1"))
        .and_then(|mut statement| statement.query_row([id.to_string()], |row| Ok(job(row))).optional())
        .map_err(sqlite("reading a job"))?
        .transpose()?;
    found.map(|found| with_steps(connection, found)).transpose()
}

/// One job as its runner sees it.
///
/// # Errors
/// [`super::Error`].
pub fn inside(connection: &Connection, id: JobId) -> Result<Option<Inside>> {
    let Some(job) = get(connection, id)? else {
        return Ok(None);
    };
    let (input, cancel_asked, cause) = connection
        .query_row(
            "SELECT input, cancel_asked, cause FROM jobs WHERE id = ?1",
            [id.to_string()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?)),
        )
        .map_err(sqlite("reading a job's input"))?;
    let cause = cause.map(|cause| from_word(TABLE, &cause)).transpose()?;
    Ok(Some(Inside {
        job,
        input,
        cancel_asked,
        cause,
    }))
}

/// At most `limit` jobs older than `before`, newest first, of one state or one subject.
///
/// # Errors
/// [`super::Error`].
pub fn list(
    connection: &Connection,
    state: Option<JobState>,
    subject: Option<&str>,
    before: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>> {
    let state = state.map(|state| word(TABLE, &state)).transpose()?;
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM jobs
             WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR subject = ?2) AND (?3 IS NULL OR id < ?3)
             ORDER BY id DESC LIMIT ?4"
        ))
        .map_err(sqlite("preparing the list of jobs"))?;
    let rows = statement
        .query_map(params![state, subject, before.map(|id| id.to_string()), limit], |row| {
            Ok(job(row))
        })
        .map_err(sqlite("reading the jobs"))?;
    let jobs = collect("reading a job", rows)?;
    jobs.into_iter().map(|job| with_steps(connection, job)).collect()
}

/// The job that works on a subject or waits to.
///
/// # Errors
/// [`super::Error`].
pub fn active_on(connection: &Connection, subject: &str) -> Result<Option<JobId>> {
    let found: Option<String> = connection
        .query_row(
            "SELECT id FROM jobs WHERE subject = ?1 AND state IN ('queued', 'running', 'rolling_back') LIMIT 1",
            [subject],
            |row| row.get(0),
        )
        .optional()
        .map_err(sqlite("looking for a subject's job"))?;
    found.map(|id| parse(TABLE, &id)).transpose()
}

/// Subjects that a job works on or waits to.
///
/// # Errors
/// [`super::Error`].
pub fn active_subjects(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection
        .prepare_cached("SELECT subject FROM jobs WHERE state IN ('queued', 'running', 'rolling_back')")
        .map_err(sqlite("preparing the active jobs"))?;
    let rows = statement
        .query_map([], |row| row.get(0))
        .map_err(sqlite("reading the active jobs"))?;
    rows.collect::<rusqlite::Result<_>>()
        .map_err(sqlite("reading an active job"))
}

/// Jobs that were begun and have not ended, oldest first.
///
/// # Errors
/// [`super::Error`].
pub fn begun(connection: &Connection) -> Result<Vec<JobId>> {
    ids(
        connection,
        "SELECT id FROM jobs WHERE state IN ('running', 'rolling_back') ORDER BY id",
    )
}

/// Jobs that were cancelled before they were begun.
///
/// # Errors
/// [`super::Error`].
pub fn cancelled_in_queue(connection: &Connection) -> Result<Vec<JobId>> {
    ids(
        connection,
        "SELECT id FROM jobs WHERE state = 'queued' AND cancel_asked = 1 ORDER BY id",
    )
}

/// The oldest job that waits and on whose subject nothing else is at work.
///
/// # Errors
/// [`super::Error`].
pub fn next_queued(connection: &Connection) -> Result<Option<JobId>> {
    let found = ids(
        connection,
        "SELECT id FROM jobs WHERE state = 'queued' AND subject NOT IN
             (SELECT subject FROM jobs WHERE state IN ('running', 'rolling_back'))
         ORDER BY id LIMIT 1",
    )?;
    Ok(found.first().copied())
}

fn ids(connection: &Connection, sql: &str) -> Result<Vec<JobId>> {
    let mut statement = connection
        .prepare_cached(sql)
        .map_err(sqlite("preparing to look for jobs"))?;
    let rows = statement
        .query_map([], |row| Ok(row.get::<_, String>(0).map(|id| parse(TABLE, &id))))
        .map_err(sqlite("looking for jobs"))?;
    rows.map(|row| row.and_then(|id| id).map_err(sqlite("reading a job's id"))?)
        .collect()
}

/// Keeps a job's state. Whether it may become so is decided by who calls.
///
/// # Errors
/// [`super::Error`].
pub fn set_state(
    tx: &Transaction<'_>,
    id: JobId,
    state: JobState,
    cause: Option<Cause>,
    error: Option<&str>,
    ended_at: Option<Timestamp>,
) -> Result<()> {
    let cause = cause.map(|cause| word(TABLE, &cause)).transpose()?;
    tx.execute(
        "UPDATE jobs SET state = ?2, cause = coalesce(?3, cause), error = coalesce(?4, error), ended_at = ?5
         WHERE id = ?1",
        params![
            id.to_string(),
            word(TABLE, &state)?,
            cause,
            error,
            ended_at.map(|at| at.to_string())
        ],
    )
    .map_err(sqlite("keeping a job's state"))?;
    Ok(())
}

/// Keeps what is wrong with the machine, for programs.
///
/// # Errors
/// [`super::Error`].
pub fn set_fault(tx: &Transaction<'_>, id: JobId, fault: hearth_model::fault::Cause) -> Result<()> {
    tx.execute(
        "UPDATE jobs SET fault = ?2 WHERE id = ?1",
        params![id.to_string(), word(TABLE, &fault)?],
    )
    .map_err(sqlite("keeping a job's fault"))?;
    Ok(())
}

/// Forgets the oldest jobs that have ended for good, beyond `keep` newer ones, with their steps and logs.
///
/// # Errors
/// [`super::Error`].
pub fn prune(tx: &Transaction<'_>, keep: u32) -> Result<()> {
    tx.execute(
        "DELETE FROM jobs WHERE id <= (SELECT id FROM jobs ORDER BY id DESC LIMIT 1 OFFSET ?1)
             AND state IN ('succeeded', 'failed', 'rolled_back', 'cancelled')",
        [keep],
    )
    .map_err(sqlite("forgetting old jobs"))?;
    Ok(())
}

/// Notes that somebody wants it cancelled.
///
/// # Errors
/// [`super::Error`].
pub fn ask_cancel(tx: &Transaction<'_>, id: JobId) -> Result<()> {
    tx.execute("UPDATE jobs SET cancel_asked = 1 WHERE id = ?1", [id.to_string()])
        .map_err(sqlite("noting a wish to cancel"))?;
    Ok(())
}

/// Keeps its plan, JSON.
///
/// # Errors
/// [`super::Error`].
pub fn set_plan(tx: &Transaction<'_>, id: JobId, plan: &str) -> Result<()> {
    tx.execute("UPDATE jobs SET plan = ?2 WHERE id = ?1", params![id.to_string(), plan])
        .map_err(sqlite("keeping a job's plan"))?;
    Ok(())
}

/// Its plan, JSON; none when it has none yet.
///
/// # Errors
/// [`super::Error`].
pub fn plan(connection: &Connection, id: JobId) -> Result<Option<String>> {
    connection
        .query_row("SELECT plan FROM jobs WHERE id = ?1", [id.to_string()], |row| {
            row.get(0)
        })
        .optional()
        .map(Option::flatten)
        .map_err(sqlite("reading a job's plan"))
}

fn with_steps(connection: &Connection, mut job: Job) -> Result<Job> {
    job.steps = job_steps::of(connection, job.id)?;
    Ok(job)
}

fn job(row: &Row<'_>) -> Result<Job> {
    let text = |column: usize| row.get::<_, String>(column).map_err(sqlite("reading a job's column"));
    let maybe = |column: usize| {
        row.get::<_, Option<String>>(column)
            .map_err(sqlite("reading a job's column"))
    };
    Ok(Job {
        id: parse(TABLE, &text(0)?)?,
        kind: from_word(TABLE, &text(1)?)?,
        subject: text(2)?,
        state: from_word(TABLE, &text(3)?)?,
        steps: Vec::new(),
        created_at: parse(TABLE, &text(4)?)?,
        ended_at: maybe(5)?.map(|at| parse(TABLE, &at)).transpose()?,
        error: maybe(6)?,
        cause: maybe(8)?.map(|cause| from_word(TABLE, &cause)).transpose()?,
        actor: text(7)?,
    })
}
