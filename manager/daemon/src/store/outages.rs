//! When nodes did not answer: counted for placement's reliability.

use super::{
    column::{json, parse},
    error::{Result, sqlite},
};
use hearth_model::{fault::Fault, id::NodeId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeMap;

/// An outage begins; when one is open already (a restart of Hearth came in between), that one goes on.
///
/// # Errors
/// [`super::Error`]; answers when the outage began.
pub fn begin(tx: &Transaction<'_>, node: NodeId, at: Timestamp, fault: &Fault) -> Result<Timestamp> {
    if let Some(since) = open(tx, node)? {
        return Ok(since);
    }
    tx.execute(
        "INSERT OR IGNORE INTO outages (node_id, began_at, fault) SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM nodes WHERE id = ?1)",
        params![node.to_string(), at.to_string(), json("outages", fault)?],
    )
    .map_err(sqlite("noting an outage"))?;
    Ok(at)
}

/// The node answers: its open outage has ended.
///
/// # Errors
/// [`super::Error::Sqlite`].
pub fn end(tx: &Transaction<'_>, node: NodeId, at: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE outages SET ended_at = ?2 WHERE node_id = ?1 AND ended_at IS NULL",
        params![node.to_string(), at.to_string()],
    )
    .map_err(sqlite("noting the end of an outage"))?;
    Ok(())
}

/// When the outage began that has not ended.
///
/// # Errors
/// [`super::Error`].
pub fn open(connection: &Connection, node: NodeId) -> Result<Option<Timestamp>> {
    connection
        .query_row(
            "SELECT began_at FROM outages WHERE node_id = ?1 AND ended_at IS NULL",
            [node.to_string()],
            |row| row.get::<_, String>(0),
        )
        .optional()
        .map_err(sqlite("looking for an open outage"))?
        .map(|at| parse("outages", &at))
        .transpose()
}

/// How many outages each node has had since `since`, those that still last included.
///
/// # Errors
/// [`super::Error`].
pub fn count(connection: &Connection, since: Timestamp) -> Result<BTreeMap<NodeId, u32>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT node_id, count(*) FROM outages WHERE ended_at IS NULL OR ended_at >= ?1 GROUP BY node_id",
        )
        .map_err(sqlite("preparing the count of outages"))?;
    let rows = statement
        .query_map([since.to_string()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?))
        })
        .map_err(sqlite("counting outages"))?;
    rows.map(|row| {
        let (node, count) = row.map_err(sqlite("counting the outages of a node"))?;
        Ok((parse("outages", &node)?, count))
    })
    .collect()
}

/// Removes outages that ended before `before`.
///
/// # Errors
/// [`super::Error::Sqlite`].
pub fn prune(tx: &Transaction<'_>, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM outages WHERE ended_at < ?1", [before.to_string()])
        .map_err(sqlite("removing old outages"))?;
    Ok(())
}
