//! Table `sessions`: logins that browsers hold. Of a token only its hash is kept.

use super::error::{Result, row, sqlite};
use hearth_model::{
    account::Role,
    id::{SessionId, UserId},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// A login to add.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// The CSRF token.
    pub csrf: String,
    /// When it began.
    pub at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

/// A login with the person it belongs to.
#[derive(Debug, Clone)]
pub struct Row {
    /// Id.
    pub id: SessionId,
    /// Login name.
    pub user_name: String,
    /// What the person may do now.
    pub role: Role,
    /// The CSRF token.
    pub csrf: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

/// Adds a login, and removes all that ended before it began.
///
/// # Errors
/// When SQLite refuses.
pub fn insert(tx: &Transaction<'_>, session: &NewSession) -> Result<()> {
    const ADDING: &str = "adding a login";
    tx.prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1")
        .and_then(|mut statement| statement.execute([session.at.to_string()]))
        .map_err(sqlite(ADDING))?;
    tx.prepare_cached(
        "INSERT INTO sessions (id, user_id, token_hash, csrf, created_at, last_used_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            session.id.to_string(),
            session.user.to_string(),
            session.token_hash,
            session.csrf,
            session.at.to_string(),
            session.expires_at.to_string()
        ])
    })
    .map_err(sqlite(ADDING))?;
    Ok(())
}

/// The login with this token.
///
/// # Errors
/// When SQLite refuses, or the row is damaged.
pub fn find(connection: &Connection, token_hash: &[u8; 32]) -> Result<Option<Row>> {
    let found = connection
        .prepare_cached(
            "SELECT s.id, u.name, u.role, s.csrf, s.created_at, s.last_used_at, s.expires_at \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ?1",
        )
        .and_then(|mut statement| statement.query_row([token_hash], raw).optional())
        .map_err(sqlite("reading a login"))?;
    found.map(parsed).transpose()
}

/// Notes that it was used, and until when it now lasts.
///
/// # Errors
/// When SQLite refuses.
pub fn prolong(tx: &Transaction<'_>, id: SessionId, at: Timestamp, expires_at: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE sessions SET last_used_at = ?2, expires_at = ?3 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([id.to_string(), at.to_string(), expires_at.to_string()]))
        .map_err(sqlite("prolonging a login"))?;
    Ok(())
}

/// Ends the login with this token.
///
/// # Errors
/// When SQLite refuses.
pub fn remove(tx: &Transaction<'_>, token_hash: &[u8; 32]) -> Result<()> {
    tx.prepare_cached("DELETE FROM sessions WHERE token_hash = ?1")
        .and_then(|mut statement| statement.execute([token_hash]))
        .map_err(sqlite("ending a login"))?;
    Ok(())
}

/// Ends all logins of a person but the one with the token `keep`.
///
/// # Errors
/// When SQLite refuses.
pub fn remove_of_user(tx: &Transaction<'_>, user: UserId, keep: Option<&[u8; 32]>) -> Result<()> {
    tx.prepare_cached("DELETE FROM sessions WHERE user_id = ?1 AND token_hash IS NOT ?2")
        .and_then(|mut statement| statement.execute(params![user.to_string(), keep]))
        .map_err(sqlite("ending the logins of a person"))?;
    Ok(())
}

type Raw = [String; 7];

fn raw(r: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok([
        r.get(0)?,
        r.get(1)?,
        r.get(2)?,
        r.get(3)?,
        r.get(4)?,
        r.get(5)?,
        r.get(6)?,
    ])
}

fn parsed([id, user_name, role, csrf, created_at, last_used_at, expires_at]: Raw) -> Result<Row> {
    let time = |text: String| text.parse::<Timestamp>().map_err(row("sessions"));
    Ok(Row {
        id: id.parse().map_err(row("sessions"))?,
        user_name,
        role: role.parse().map_err(row("sessions"))?,
        csrf,
        created_at: time(created_at)?,
        last_used_at: time(last_used_at)?,
        expires_at: time(expires_at)?,
    })
}
