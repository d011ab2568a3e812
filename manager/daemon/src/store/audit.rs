//! Table `audit`: who did what to what. Rows are only ever added, in the transaction of what they tell of.

use super::error::{Result, row, sqlite};
use hearth_model::{account::Actor, id::AuditId};
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

/// A row to add.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Id, made by the port `Ids`.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: &'a Actor,
    /// What was done: `<kind of thing>.<verb>`, such as `app.deploy`.
    pub action: &'a str,
    /// To what, such as `app miniflux`.
    pub subject: &'a str,
    /// Details, never a secret.
    pub detail: &'a str,
}

/// A row as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// Address the request came from.
    pub from: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Details.
    pub detail: String,
}

/// Adds a row.
///
/// # Errors
/// When SQLite refuses.
pub fn insert(tx: &Transaction<'_>, entry: Entry<'_>) -> Result<()> {
    let Entry {
        id,
        at,
        actor,
        action,
        subject,
        detail,
    } = entry;
    tx.prepare_cached(
        "INSERT INTO audit (id, at, actor, from_addr, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            id.to_string(),
            at.to_string(),
            actor.name,
            actor.from,
            action,
            subject,
            detail
        ])
    })
    .map_err(sqlite("adding an audit row"))?;
    Ok(())
}

/// At most `limit` rows older than `before`, newest first.
///
/// # Errors
/// When SQLite refuses, or a row is damaged.
pub fn list(connection: &Connection, before: Option<AuditId>, limit: u32) -> Result<Vec<Row>> {
    const READING: &str = "reading the audit log";
    let mut statement = connection
        .prepare_cached(
            "SELECT id, at, actor, from_addr, action, subject, detail FROM audit \
             WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
        )
        .map_err(sqlite(READING))?;
    let mut rows = statement
        .query(params![before.map(|id| id.to_string()), limit])
        .map_err(sqlite(READING))?;
    let mut found = Vec::new();
    while let Some(r) = rows.next().map_err(sqlite(READING))? {
        let text = |column: usize| r.get::<_, String>(column).map_err(sqlite(READING));
        found.push(Row {
            id: text(0)?.parse().map_err(row("audit"))?,
            at: text(1)?.parse().map_err(row("audit"))?,
            actor: text(2)?,
            from: r.get(3).map_err(sqlite(READING))?,
            action: text(4)?,
            subject: text(5)?,
            detail: text(6)?,
        });
    }
    Ok(found)
}
