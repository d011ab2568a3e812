//! Table `secrets`: secrets, sealed before they get here, by owner (`app:<id>`, `system`) and name.

use super::error::{Result, row, sqlite};
use hearth_model::id::SecretId;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// A sealed secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Id.
    pub id: SecretId,
    /// Whose it is.
    pub owner: String,
    /// What it is called there.
    pub name: String,
    /// The secret, sealed by the vault.
    pub sealed: Vec<u8>,
}

const COLUMNS: &str = "SELECT id, owner, name, sealed FROM secrets";

/// Puts a secret; one of the same owner and name is replaced, and takes the new id.
///
/// # Errors
/// When SQLite refuses.
pub fn put(tx: &Transaction<'_>, secret: &Secret) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO secrets (id, owner, name, sealed) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (owner, name) DO UPDATE SET id = excluded.id, sealed = excluded.sealed",
    )
    .and_then(|mut statement| {
        statement.execute(params![secret.id.to_string(), secret.owner, secret.name, secret.sealed])
    })
    .map_err(sqlite("writing a secret"))?;
    Ok(())
}

/// The secret of an owner by name.
///
/// # Errors
/// When SQLite refuses, or the row is damaged.
pub fn find(connection: &Connection, owner: &str, name: &str) -> Result<Option<Secret>> {
    const READING: &str = "reading a secret";
    let found = connection
        .prepare_cached(&format!("{COLUMNS} WHERE owner = ?1 AND name = ?2"))
        .and_then(|mut statement| statement.query_row([owner, name], raw).optional())
        .map_err(sqlite(READING))?;
    found.map(parsed).transpose()
}

/// All secrets of an owner, by name.
///
/// # Errors
/// When SQLite refuses, or a row is damaged.
pub fn of_owner(connection: &Connection, owner: &str) -> Result<Vec<Secret>> {
    const READING: &str = "reading the secrets of an owner";
    let mut statement = connection
        .prepare_cached(&format!("{COLUMNS} WHERE owner = ?1 ORDER BY name"))
        .map_err(sqlite(READING))?;
    let rows = statement.query_map([owner], raw).map_err(sqlite(READING))?;
    rows.map(|row| row.map_err(sqlite(READING)).and_then(parsed)).collect()
}

/// All secrets.
///
/// # Errors
/// When SQLite refuses, or a row is damaged.
pub fn all(connection: &Connection) -> Result<Vec<Secret>> {
    const READING: &str = "reading all secrets";
    let mut statement = connection.prepare_cached(COLUMNS).map_err(sqlite(READING))?;
    let rows = statement.query_map([], raw).map_err(sqlite(READING))?;
    rows.map(|row| row.map_err(sqlite(READING)).and_then(parsed)).collect()
}

/// Gives a secret of an owner another name, in the place of whatever has that name.
///
/// # Errors
/// When SQLite refuses.
pub fn rename(tx: &Transaction<'_>, owner: &str, from: &str, to: &str) -> Result<()> {
    tx.prepare_cached("UPDATE OR REPLACE secrets SET name = ?3 WHERE owner = ?1 AND name = ?2")
        .and_then(|mut statement| statement.execute([owner, from, to]))
        .map_err(sqlite("renaming a secret"))?;
    Ok(())
}

/// Gives all secrets of an owner to another one, in the place of those that it has under the same names.
///
/// # Errors
/// When SQLite refuses.
pub fn give(tx: &Transaction<'_>, from: &str, to: &str) -> Result<()> {
    tx.prepare_cached("UPDATE OR REPLACE secrets SET owner = ?2 WHERE owner = ?1")
        .and_then(|mut statement| statement.execute([from, to]))
        .map_err(sqlite("giving secrets to another owner"))?;
    Ok(())
}

/// Removes one secret of an owner.
///
/// # Errors
/// When SQLite refuses.
pub fn remove(tx: &Transaction<'_>, owner: &str, name: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM secrets WHERE owner = ?1 AND name = ?2")
        .and_then(|mut statement| statement.execute([owner, name]))
        .map_err(sqlite("removing a secret"))?;
    Ok(())
}

/// Removes all secrets of an owner.
///
/// # Errors
/// When SQLite refuses.
pub fn remove_of_owner(tx: &Transaction<'_>, owner: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM secrets WHERE owner = ?1")
        .and_then(|mut statement| statement.execute([owner]))
        .map_err(sqlite("removing the secrets of an owner"))?;
    Ok(())
}

type Raw = (String, String, String, Vec<u8>);

fn raw(r: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
}

fn parsed((id, owner, name, sealed): Raw) -> Result<Secret> {
    let id = id.parse().map_err(row("secrets"))?;
    Ok(Secret {
        id,
        owner,
        name,
        sealed,
    })
}
