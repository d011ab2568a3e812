//! Table `incidents`: what went wrong, since when, until when, and what was done about it.

use super::{
    column::{collect, parse},
    error::{Result, sqlite},
};
use hearth_model::{id::IncidentId, incident::Incident};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

const TABLE: &str = "incidents";
const COLUMNS: &str = "id, subject, text, at, ended_at, done, acked_by";

/// Which incidents to list; what is none is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that go on, or are over.
    pub open: Option<bool>,
    /// Only those that somebody knows of, or nobody.
    pub acknowledged: Option<bool>,
    /// Only those of this subject.
    pub subject: Option<String>,
}

/// Opens an incident.
///
/// # Errors
/// [`super::Error`].
pub fn open(tx: &Transaction<'_>, id: IncidentId, at: Timestamp, subject: &str, text: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO incidents (id, at, subject, text, done) VALUES (?1, ?2, ?3, ?4, '')",
        params![id.to_string(), at.to_string(), subject, text],
    )
    .map_err(sqlite("opening an incident"))?;
    Ok(())
}

/// Brings the words of an incident to what is the matter now.
///
/// # Errors
/// [`super::Error`].
pub fn reword(tx: &Transaction<'_>, id: IncidentId, text: &str) -> Result<()> {
    tx.execute(
        "UPDATE incidents SET text = ?2 WHERE id = ?1",
        params![id.to_string(), text],
    )
    .map_err(sqlite("bringing an incident up to date"))?;
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

/// Keeps who knows of it; the first who said so stays.
///
/// # Errors
/// [`super::Error`].
pub fn acknowledge(tx: &Transaction<'_>, id: IncidentId, who: &str) -> Result<()> {
    tx.execute(
        "UPDATE incidents SET acked_by = coalesce(acked_by, ?2) WHERE id = ?1",
        params![id.to_string(), who],
    )
    .map_err(sqlite("acknowledging an incident"))?;
    Ok(())
}

/// One incident.
///
/// # Errors
/// [`super::Error`].
pub fn get(connection: &Connection, id: IncidentId) -> Result<Option<Incident>> {
    one(connection, "id = ?1", &id.to_string())
}

/// What is the matter with a subject now, if anything.
///
/// # Errors
/// [`super::Error`].
pub fn open_of(connection: &Connection, subject: &str) -> Result<Option<Incident>> {
    one(connection, "subject = ?1 AND ended_at IS NULL LIMIT 1", subject)
}

fn one(connection: &Connection, which: &str, key: &str) -> Result<Option<Incident>> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM incidents WHERE {which}"))
        .and_then(|mut statement| statement.query_row([key], |row| Ok(incident(row))).optional())
        .map_err(sqlite("looking for an incident"))?;
    found.transpose()
}

/// At most `limit` incidents older than `before`, newest first.
///
/// # Errors
/// [`super::Error`].
pub fn list(connection: &Connection, filter: &Filter, before: Option<IncidentId>, limit: u32) -> Result<Vec<Incident>> {
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM incidents
             WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR (ended_at IS NULL) = ?2)
                 AND (?3 IS NULL OR (acked_by IS NOT NULL) = ?3) AND (?4 IS NULL OR subject = ?4)
             ORDER BY id DESC LIMIT ?5"
        ))
        .map_err(sqlite("preparing the incidents"))?;
    let before = before.map(|id| id.to_string());
    let rows = statement
        .query_map(
            params![before, filter.open, filter.acknowledged, filter.subject, limit],
            |row| Ok(incident(row)),
        )
        .map_err(sqlite("reading the incidents"))?;
    collect("reading an incident", rows)
}

fn incident(row: &Row<'_>) -> Result<Incident> {
    let text = |column: usize| {
        row.get::<_, String>(column)
            .map_err(sqlite("reading an incident's column"))
    };
    let ended: Option<String> = row.get(4).map_err(sqlite("reading an incident's end"))?;
    Ok(Incident {
        id: parse(TABLE, &text(0)?)?,
        subject: text(1)?,
        text: text(2)?,
        started_at: parse(TABLE, &text(3)?)?,
        ended_at: ended.map(|at| parse(TABLE, &at)).transpose()?,
        done: text(5)?,
        acked_by: row.get(6).map_err(sqlite("reading who knows of an incident"))?,
    })
}
