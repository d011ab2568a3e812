//! Table `settings`: what a person chose, by key.

use super::error::{Result, sqlite};
use rusqlite::{Connection, OptionalExtension, Transaction};

/// The value of a setting; none when it was never chosen.
///
/// # Errors
/// When SQLite refuses.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM settings WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .map_err(sqlite("reading a setting"))
}

/// Sets it.
///
/// # Errors
/// When SQLite refuses.
pub fn set(tx: &Transaction<'_>, key: &str, value: &str) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .and_then(|mut statement| statement.execute([key, value]))
    .map_err(sqlite("writing a setting"))?;
    Ok(())
}

/// Removes it; one that is not set is no error.
///
/// # Errors
/// When SQLite refuses.
pub fn remove(tx: &Transaction<'_>, key: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM settings WHERE key = ?1")
        .and_then(|mut statement| statement.execute([key]))
        .map_err(sqlite("removing a setting"))?;
    Ok(())
}
