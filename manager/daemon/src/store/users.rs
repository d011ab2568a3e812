//! Table `users`: people who may log in. Names are compared without regard to case.

use super::error::{Result, row, sqlite};
use hearth_model::{
    account::{Role, User},
    id::UserId,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// A person with the hash of the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The person.
    pub user: User,
    /// PHC string.
    pub password_hash: String,
}

const COLUMNS: &str = "SELECT id, name, role, password_hash FROM users";

/// Adds a person.
///
/// # Errors
/// When SQLite refuses, such as for a name that is taken.
pub fn insert(tx: &Transaction<'_>, user: &User, password_hash: &str, at: Timestamp) -> Result<()> {
    tx.prepare_cached("INSERT INTO users (id, name, role, password_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .and_then(|mut statement| {
            statement.execute(params![
                user.id.to_string(),
                user.name,
                user.role.as_str(),
                password_hash,
                at.to_string()
            ])
        })
        .map_err(sqlite("adding a person"))?;
    Ok(())
}

/// A person by id.
///
/// # Errors
/// When SQLite refuses, or the row is damaged.
pub fn get(connection: &Connection, id: UserId) -> Result<Option<Row>> {
    one(connection, &format!("{COLUMNS} WHERE id = ?1"), &id.to_string())
}

/// A person by name.
///
/// # Errors
/// When SQLite refuses, or the row is damaged.
pub fn find(connection: &Connection, name: &str) -> Result<Option<Row>> {
    one(connection, &format!("{COLUMNS} WHERE name = ?1"), name)
}

/// All people, by name.
///
/// # Errors
/// When SQLite refuses, or a row is damaged.
pub fn all(connection: &Connection) -> Result<Vec<User>> {
    const READING: &str = "reading the people";
    let mut statement = connection
        .prepare_cached(&format!("{COLUMNS} ORDER BY name"))
        .map_err(sqlite(READING))?;
    let rows = statement.query_map([], raw).map_err(sqlite(READING))?;
    rows.map(|row| Ok(parsed(row.map_err(sqlite(READING))?)?.user))
        .collect()
}

/// How many have a role.
///
/// # Errors
/// When SQLite refuses.
pub fn count(connection: &Connection, role: Role) -> Result<u32> {
    connection
        .prepare_cached("SELECT count(*) FROM users WHERE role = ?1")
        .and_then(|mut statement| statement.query_row([role.as_str()], |row| row.get(0)))
        .map_err(sqlite("counting people"))
}

/// Sets the hash of a person's password.
///
/// # Errors
/// When SQLite refuses.
pub fn set_password(tx: &Transaction<'_>, id: UserId, password_hash: &str) -> Result<()> {
    tx.prepare_cached("UPDATE users SET password_hash = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([&id.to_string(), password_hash]))
        .map_err(sqlite("setting a password"))?;
    Ok(())
}

/// Sets what a person may do.
///
/// # Errors
/// When SQLite refuses.
pub fn set_role(tx: &Transaction<'_>, id: UserId, role: Role) -> Result<()> {
    tx.prepare_cached("UPDATE users SET role = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([id.to_string().as_str(), role.as_str()]))
        .map_err(sqlite("setting a role"))?;
    Ok(())
}

/// Removes a person, with all logins.
///
/// # Errors
/// When SQLite refuses.
pub fn remove(tx: &Transaction<'_>, id: UserId) -> Result<()> {
    tx.prepare_cached("DELETE FROM users WHERE id = ?1")
        .and_then(|mut statement| statement.execute([id.to_string()]))
        .map_err(sqlite("removing a person"))?;
    Ok(())
}

type Raw = (String, String, String, String);

fn raw(r: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
}

fn parsed((id, name, role_word, password_hash): Raw) -> Result<Row> {
    Ok(Row {
        user: User {
            id: id.parse().map_err(row("users"))?,
            name,
            role: role_word.parse().map_err(row("users"))?,
        },
        password_hash,
    })
}

fn one(connection: &Connection, query: &str, key: &str) -> Result<Option<Row>> {
    let found = connection
        .prepare_cached(query)
        .and_then(|mut statement| statement.query_row([key], raw).optional())
        .map_err(sqlite("reading a person"))?;
    found.map(parsed).transpose()
}
