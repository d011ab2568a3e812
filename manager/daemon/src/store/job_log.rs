//! Table `job_log`: what a job ran and what was answered, the last lines of it.

use super::{
    column::{collect, parse},
    error::{Result, sqlite},
};
use hearth_model::{id::JobId, job::LogLine};
use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

const TABLE: &str = "job_log";

/// How many lines of a job are kept.
pub const KEPT: i64 = 5_000;

/// A line to add: when, in which step, what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// When.
    pub at: Timestamp,
    /// Step it belongs to.
    pub step: &'static str,
    /// The text, secrets redacted.
    pub text: String,
}

/// Adds lines, forgets the oldest beyond [`KEPT`], and answers the lines with their numbers.
///
/// # Errors
/// [`super::Error`].
pub fn append(tx: &Transaction<'_>, job: JobId, lines: Vec<New>) -> Result<Vec<LogLine>> {
    let key = job.to_string();
    let last: i64 = tx
        .query_row(
            "SELECT coalesce(max(seq), 0) FROM job_log WHERE job_id = ?1",
            [&key],
            |row| row.get(0),
        )
        .map_err(sqlite("looking for a log's end"))?;
    let mut added = Vec::with_capacity(lines.len());
    for (line, seq) in lines.into_iter().zip(last + 1..) {
        tx.prepare_cached("INSERT INTO job_log (job_id, seq, at, step, text) VALUES (?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut statement| statement.execute(params![key, seq, line.at.to_string(), line.step, line.text]))
            .map_err(sqlite("adding to a job's log"))?;
        added.push(LogLine {
            seq: seq.unsigned_abs(),
            at: line.at,
            step: line.step.to_owned(),
            text: line.text,
        });
    }
    let end = last.saturating_add_unsigned(added.len() as u64);
    tx.execute(
        "DELETE FROM job_log WHERE job_id = ?1 AND seq <= ?2",
        params![key, end - KEPT],
    )
    .map_err(sqlite("shortening a job's log"))?;
    Ok(added)
}

/// The lines after `after`, oldest first.
///
/// # Errors
/// [`super::Error`].
pub fn after(connection: &Connection, job: JobId, after: u64) -> Result<Vec<LogLine>> {
    let mut statement = connection
        .prepare_cached("SELECT seq, at, step, text FROM job_log WHERE job_id = ?1 AND seq > ?2 ORDER BY seq")
        .map_err(sqlite("preparing a job's log"))?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = statement
        .query_map(params![job.to_string(), after], |row| Ok(line(row)))
        .map_err(sqlite("reading a job's log"))?;
    collect("reading a line of a job's log", rows)
}

fn line(row: &Row<'_>) -> Result<LogLine> {
    let read = "reading a log line's column";
    let at: String = row.get(1).map_err(sqlite(read))?;
    Ok(LogLine {
        seq: row.get::<_, i64>(0).map_err(sqlite(read))?.unsigned_abs(),
        at: parse(TABLE, &at)?,
        step: row.get(2).map_err(sqlite(read))?,
        text: row.get(3).map_err(sqlite(read))?,
    })
}
