//! Table `tokens`: named, long-lived API tokens. Of a token only its hash is kept.

use super::error::{Result, row, sqlite};
use hearth_model::{account::Token, id::TokenId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

const COLUMNS: &str = "SELECT id, name, role, created_at, last_used_at FROM tokens";

/// Adds a token.
///
/// # Errors
/// When SQLite refuses, such as for a name that is taken.
pub fn insert(tx: &Transaction<'_>, token: &Token, token_hash: &[u8; 32]) -> Result<()> {
    tx.prepare_cached("INSERT INTO tokens (id, name, role, token_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .and_then(|mut statement| {
            statement.execute(params![
                token.id.to_string(),
                token.name,
                token.role.as_str(),
                token_hash,
                token.created_at.to_string()
            ])
        })
        .map_err(sqlite("adding a token"))?;
    Ok(())
}

/// All tokens, by name.
///
/// # Errors
/// When SQLite refuses, or a row is damaged.
pub fn all(connection: &Connection) -> Result<Vec<Token>> {
    const READING: &str = "reading the tokens";
    let mut statement = connection
        .prepare_cached(&format!("{COLUMNS} ORDER BY name"))
        .map_err(sqlite(READING))?;
    let rows = statement.query_map([], raw).map_err(sqlite(READING))?;
    rows.map(|row| row.map_err(sqlite(READING)).and_then(parsed)).collect()
}

/// A token by id.
///
/// # Errors
/// When SQLite refuses, or the row is damaged.
pub fn get(connection: &Connection, id: TokenId) -> Result<Option<Token>> {
    one(connection, "id", id.to_string())
}

/// A token by name.
///
/// # Errors
/// When SQLite refuses, or the row is damaged.
pub fn named(connection: &Connection, name: &str) -> Result<Option<Token>> {
    one(connection, "name", name)
}

/// The token with this hash.
///
/// # Errors
/// When SQLite refuses, or the row is damaged.
pub fn find(connection: &Connection, token_hash: &[u8; 32]) -> Result<Option<Token>> {
    one(connection, "token_hash", token_hash)
}

/// Notes that it was used.
///
/// # Errors
/// When SQLite refuses.
pub fn touch(tx: &Transaction<'_>, id: TokenId, at: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE tokens SET last_used_at = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([id.to_string(), at.to_string()]))
        .map_err(sqlite("noting the use of a token"))?;
    Ok(())
}

/// Removes a token.
///
/// # Errors
/// When SQLite refuses.
pub fn remove(tx: &Transaction<'_>, id: TokenId) -> Result<()> {
    tx.prepare_cached("DELETE FROM tokens WHERE id = ?1")
        .and_then(|mut statement| statement.execute([id.to_string()]))
        .map_err(sqlite("removing a token"))?;
    Ok(())
}

fn one(connection: &Connection, column: &'static str, key: impl rusqlite::ToSql) -> Result<Option<Token>> {
    let found = connection
        .prepare_cached(&format!("{COLUMNS} WHERE {column} = ?1"))
        .and_then(|mut statement| statement.query_row([key], raw).optional())
        .map_err(sqlite("reading a token"))?;
    found.map(parsed).transpose()
}

type Raw = (String, String, String, String, Option<String>);

fn raw(r: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))
}

fn parsed((id, name, role, created_at, last_used_at): Raw) -> Result<Token> {
    let time = |text: &str| text.parse::<Timestamp>().map_err(row("tokens"));
    Ok(Token {
        id: id.parse().map_err(row("tokens"))?,
        name,
        role: role.parse().map_err(row("tokens"))?,
        created_at: time(&created_at)?,
        last_used_at: last_used_at.as_deref().map(time).transpose()?,
    })
}
