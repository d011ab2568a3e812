//! Reading and writing the values that columns hold as text: JSON, times, ids.

use super::error::{Error, Result};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::str::FromStr;

/// A value as JSON text.
pub(super) fn json<T: Serialize>(table: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(super::error::row(table))
}

/// A value from JSON text.
pub(super) fn from_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(super::error::row(table))
}

/// A time, an id or a name from its text.
pub(super) fn parse<T>(table: &'static str, text: &str) -> Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(super::error::row(table))
}

/// Unix seconds as a time.
pub(super) fn from_unix(table: &'static str, seconds: i64) -> Result<Timestamp> {
    Timestamp::from_second(seconds).map_err(super::error::row(table))
}

/// A count of bytes as SQLite keeps integers: signed; what does not fit is cut off, for no disk is that large.
pub(super) fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Collects rows, so that the first that cannot be read is the answer.
pub(super) fn collect<T>(
    attempt: &'static str,
    rows: impl Iterator<Item = rusqlite::Result<Result<T>>>,
) -> Result<Vec<T>> {
    rows.map(|row| row.map_err(|source| Error::Sqlite { attempt, source })?)
        .collect()
}

/// An enum without data as the word that stands for it in JSON.
pub(super) fn word<T: Serialize>(table: &'static str, value: &T) -> Result<String> {
    let text = json(table, value)?;
    Ok(text.trim_matches('"').to_owned())
}

/// An enum without data from its word.
pub(super) fn from_word<T: DeserializeOwned>(table: &'static str, word: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(super::error::row(table))
}
