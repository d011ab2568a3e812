//! The machines under management.

use super::{
    column::{collect, from_json, json, parse},
    error::{Result, sqlite},
};
use hearth_model::{
    facts::Facts,
    id::NodeId,
    node::{Node, NodeState},
};
use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

const TABLE: &str = "nodes";

/// All nodes by name, with their outages not counted.
///
/// # Errors
/// [`super::Error`].
pub fn list(connection: &Connection) -> Result<Vec<Node>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT id, name, link, state, facts, labels, groups, adopted_at, last_seen_at FROM nodes ORDER BY name",
        )
        .map_err(sqlite("preparing the list of nodes"))?;
    let rows = statement
        .query_map([], |row| Ok(node(row)))
        .map_err(sqlite("reading the nodes"))?;
    collect("reading a node", rows)
}

fn node(row: &Row<'_>) -> Result<Node> {
    let text = |column: usize| row.get::<_, String>(column).map_err(sqlite("reading a node's column"));
    let maybe = |column: usize| {
        row.get::<_, Option<String>>(column)
            .map_err(sqlite("reading a node's column"))
    };
    Ok(Node {
        id: parse(TABLE, &text(0)?)?,
        name: parse(TABLE, &text(1)?)?,
        link: from_json(TABLE, &text(2)?)?,
        state: from_json(TABLE, &text(3)?)?,
        facts: maybe(4)?.map(|facts| from_json(TABLE, &facts)).transpose()?,
        labels: from_json(TABLE, &text(5)?)?,
        groups: from_json(TABLE, &text(6)?)?,
        adopted_at: parse(TABLE, &text(7)?)?,
        last_seen_at: maybe(8)?.map(|at| parse(TABLE, &at)).transpose()?,
        outages_30d: 0,
    })
}

/// Adds a node; the same one again changes nothing.
///
/// # Errors
/// [`super::Error`], also when its name is taken.
pub fn insert(tx: &Transaction<'_>, node: &Node) -> Result<()> {
    tx.execute(
        "INSERT INTO nodes (id, name, link, state, facts, labels, groups, adopted_at, last_seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
        params![
            node.id.to_string(),
            node.name.as_str(),
            json(TABLE, &node.link)?,
            json(TABLE, &node.state)?,
            node.facts.as_ref().map(|facts| json(TABLE, facts)).transpose()?,
            json(TABLE, &node.labels)?,
            json(TABLE, &node.groups)?,
            node.adopted_at.to_string(),
            node.last_seen_at.map(|at| at.to_string()),
        ],
    )
    .map_err(sqlite("adding a node"))?;
    Ok(())
}

/// Keeps what a person can change of a node: name, labels, groups.
///
/// # Errors
/// [`super::Error`], also when its name is taken.
pub fn update(tx: &Transaction<'_>, node: &Node) -> Result<()> {
    tx.execute(
        "UPDATE nodes SET name = ?2, labels = ?3, groups = ?4 WHERE id = ?1",
        params![
            node.id.to_string(),
            node.name.as_str(),
            json(TABLE, &node.labels)?,
            json(TABLE, &node.groups)?
        ],
    )
    .map_err(sqlite("changing a node"))?;
    Ok(())
}

/// Keeps whether it answers, and when it last did.
///
/// # Errors
/// [`super::Error`].
pub fn set_state(tx: &Transaction<'_>, id: NodeId, state: &NodeState, last_seen_at: Option<Timestamp>) -> Result<()> {
    tx.execute(
        "UPDATE nodes SET state = ?2, last_seen_at = coalesce(?3, last_seen_at) WHERE id = ?1",
        params![
            id.to_string(),
            json(TABLE, state)?,
            last_seen_at.map(|at| at.to_string())
        ],
    )
    .map_err(sqlite("keeping a node's state"))?;
    Ok(())
}

/// Keeps what it is.
///
/// # Errors
/// [`super::Error`].
pub fn set_facts(tx: &Transaction<'_>, id: NodeId, facts: &Facts) -> Result<()> {
    tx.execute(
        "UPDATE nodes SET facts = ?2 WHERE id = ?1",
        params![id.to_string(), json(TABLE, facts)?],
    )
    .map_err(sqlite("keeping a node's facts"))?;
    Ok(())
}

/// Forgets a node with its series, its apps and their secrets; on the machine itself nothing changes.
///
/// # Errors
/// [`super::Error::Sqlite`].
pub fn forget(tx: &Transaction<'_>, id: NodeId) -> Result<()> {
    let key = id.to_string();
    for sql in [
        "DELETE FROM secrets WHERE owner IN (SELECT 'app:' || id FROM apps WHERE node_id = ?1)",
        "DELETE FROM apps WHERE node_id = ?1",
        "DELETE FROM nodes WHERE id = ?1",
    ] {
        tx.execute(sql, [&key]).map_err(sqlite("forgetting a node"))?;
    }
    Ok(())
}
