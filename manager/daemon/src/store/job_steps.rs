//! Table `job_steps`: the log record of each step of a saga, before and after it, with what it found and made.

use super::{
    column::{collect, from_word, parse, word},
    error::{Result, sqlite},
};
use hearth_model::{
    id::JobId,
    job::{Step, StepState},
};
use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::BTreeMap;

const TABLE: &str = "job_steps";

/// Adds the steps of a new job, none begun.
///
/// # Errors
/// [`super::Error`].
pub fn insert(tx: &Transaction<'_>, job: JobId, names: &[&'static str]) -> Result<()> {
    for (name, position) in names.iter().zip(0i64..) {
        tx.execute(
            "INSERT INTO job_steps (job_id, position, name, state, message) VALUES (?1, ?2, ?3, 'pending', '')",
            params![job.to_string(), position, name],
        )
        .map_err(sqlite("adding a job's step"))?;
    }
    Ok(())
}

/// The steps of a job, in order.
///
/// # Errors
/// [`super::Error`].
pub fn of(connection: &Connection, job: JobId) -> Result<Vec<Step>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT name, state, message, progress, started_at, ended_at FROM job_steps
             WHERE job_id = ?1 ORDER BY position",
        )
        .map_err(sqlite("preparing a job's steps"))?;
    let rows = statement
        .query_map([job.to_string()], |row| Ok(step(row)))
        .map_err(sqlite("reading a job's steps"))?;
    collect("reading a job's step", rows)
}

/// What each step of a job found and made, by its name, JSON.
///
/// # Errors
/// [`super::Error`].
pub fn outputs(connection: &Connection, job: JobId) -> Result<BTreeMap<String, String>> {
    let mut statement = connection
        .prepare_cached("SELECT name, output FROM job_steps WHERE job_id = ?1 AND output IS NOT NULL")
        .map_err(sqlite("preparing a job's outputs"))?;
    let rows = statement
        .query_map([job.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(sqlite("reading a job's outputs"))?;
    rows.collect::<rusqlite::Result<_>>()
        .map_err(sqlite("reading a job's output"))
}

/// Keeps what a step found or made, JSON.
///
/// # Errors
/// [`super::Error`].
pub fn set_output(tx: &Transaction<'_>, job: JobId, name: &str, output: &str) -> Result<()> {
    tx.execute(
        "UPDATE job_steps SET output = ?3 WHERE job_id = ?1 AND name = ?2",
        params![job.to_string(), name, output],
    )
    .map_err(sqlite("keeping a step's output"))?;
    Ok(())
}

/// Keeps where a step stands. The first time counts as its start; `message` none keeps the one before.
///
/// # Errors
/// [`super::Error`].
pub fn set_state(
    tx: &Transaction<'_>,
    job: JobId,
    name: &str,
    state: StepState,
    message: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    let ended = !matches!(state, StepState::Pending | StepState::Running | StepState::Undoing);
    tx.execute(
        "UPDATE job_steps SET state = ?3, message = coalesce(?4, message), started_at = coalesce(started_at, ?5),
             ended_at = ?6, progress = CASE WHEN ?3 = 'done' AND progress IS NOT NULL THEN 100 ELSE progress END
         WHERE job_id = ?1 AND name = ?2",
        params![
            job.to_string(),
            name,
            word(TABLE, &state)?,
            message,
            at.to_string(),
            ended.then(|| at.to_string())
        ],
    )
    .map_err(sqlite("keeping a step's state"))?;
    Ok(())
}

/// Keeps how far a step is.
///
/// # Errors
/// [`super::Error`].
pub fn set_progress(
    tx: &Transaction<'_>,
    job: JobId,
    name: &str,
    progress: Option<u8>,
    message: Option<&str>,
) -> Result<()> {
    tx.execute(
        "UPDATE job_steps SET progress = coalesce(?3, progress), message = coalesce(?4, message)
         WHERE job_id = ?1 AND name = ?2",
        params![job.to_string(), name, progress, message],
    )
    .map_err(sqlite("keeping a step's progress"))?;
    Ok(())
}

fn step(row: &Row<'_>) -> Result<Step> {
    let read = "reading a step's column";
    let time = |column: usize| {
        let text = row.get::<_, Option<String>>(column).map_err(sqlite(read))?;
        text.map(|at| parse(TABLE, &at)).transpose()
    };
    let state: String = row.get(1).map_err(sqlite(read))?;
    Ok(Step {
        name: row.get(0).map_err(sqlite(read))?,
        state: from_word(TABLE, &state)?,
        message: row.get(2).map_err(sqlite(read))?,
        progress: row.get(3).map_err(sqlite(read))?,
        started_at: time(4)?,
        ended_at: time(5)?,
    })
}
