//! Table `incidents`: what went wrong, since when, until when, and what was done about it.

use super::error::{Result, sqlite};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

/// Opens an incident, or brings the words of the one that is open to what is the matter now.
///
/// # Errors
/// [`super::Error`].
pub fn open(tx: &Transaction<'_>, id: Uuid, at: Timestamp, subject: &str, text: &str) -> Result<()> {
    let changed = tx
        .execute(
            "UPDATE incidents SET text = ?2 WHERE subject = ?1 AND ended_at IS NULL",
            [subject, text],
        )
        .map_err(sqlite("bringing an incident up to date"))?;
    if changed == 0 {
        tx.execute(
            "INSERT INTO incidents (id, at, subject, text, done) VALUES (?1, ?2, ?3, ?4, '')",
            params![id.to_string(), at.to_string(), subject, text],
        )
        .map_err(sqlite("opening an incident"))?;
    }
    Ok(())
}

/// Ends a subject's open incident, if it has one.
///
/// # Errors
/// [`super::Error`].
pub fn close(tx: &Transaction<'_>, at: Timestamp, subject: &str, done: &str) -> Result<()> {
    tx.execute(
        "UPDATE incidents SET ended_at = ?2, done = ?3 WHERE subject = ?1 AND ended_at IS NULL",
        params![subject, at.to_string(), done],
    )
    .map_err(sqlite("ending an incident"))?;
    Ok(())
}

/// What is the matter with a subject now, if anything.
///
/// # Errors
/// [`super::Error`].
pub fn open_text(connection: &Connection, subject: &str) -> Result<Option<String>> {
    connection
        .query_row(
            "SELECT text FROM incidents WHERE subject = ?1 AND ended_at IS NULL LIMIT 1",
            [subject],
            |row| row.get(0),
        )
        .optional()
        .map_err(sqlite("looking for an open incident"))
}
