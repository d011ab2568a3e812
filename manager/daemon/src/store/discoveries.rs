//! What searches for machines have found.

use super::{
    column::{collect, from_json, json},
    error::{Result, sqlite},
};
use hearth_model::id::JobId;
use rusqlite::{Connection, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};
use std::net::IpAddr;

/// Keeps a machine of a search, in place of what was known of that address before.
///
/// # Errors
/// [`super::Error`].
pub fn put<T: Serialize>(tx: &Transaction<'_>, job: JobId, address: IpAddr, machine: &T) -> Result<()> {
    tx.execute(
        "INSERT INTO discoveries (job_id, address, machine) VALUES (?1, ?2, ?3)
         ON CONFLICT (job_id, address) DO UPDATE SET machine = excluded.machine",
        params![job.to_string(), address.to_string(), json("discoveries", machine)?],
    )
    .map_err(sqlite("keeping a found machine"))?;
    Ok(())
}

/// What a search has found, by address as text.
///
/// # Errors
/// [`super::Error`].
pub fn list<T: DeserializeOwned>(connection: &Connection, job: JobId) -> Result<Vec<T>> {
    let mut statement = connection
        .prepare_cached("SELECT machine FROM discoveries WHERE job_id = ?1 ORDER BY address")
        .map_err(sqlite("preparing the found machines"))?;
    let rows = statement
        .query_map([job.to_string()], |row| {
            Ok(from_json("discoveries", &row.get::<_, String>(0)?))
        })
        .map_err(sqlite("reading the found machines"))?;
    collect("reading a found machine", rows)
}

/// Keeps the results of the newest `keep` searches only.
///
/// # Errors
/// [`super::Error::Sqlite`].
pub fn prune(tx: &Transaction<'_>, keep: u32) -> Result<()> {
    tx.execute(
        "DELETE FROM discoveries WHERE job_id NOT IN (
             SELECT job_id FROM discoveries GROUP BY job_id ORDER BY job_id DESC LIMIT ?1)",
        [keep],
    )
    .map_err(sqlite("removing old searches"))?;
    Ok(())
}
