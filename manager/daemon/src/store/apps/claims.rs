//! What apps take of their nodes, as placement asks for it.

use super::TABLE;
use crate::store::{
    column::{collect, from_json, parse},
    error::{Result, sqlite},
};
use hearth_model::{
    app::{AppState, PublishedPort},
    id::NodeId,
    name::Slug,
};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params_from_iter};

/// What an app takes of its node, as placement looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Where it is.
    pub node: NodeId,
    /// What it was made from.
    pub recipe: Slug,
    /// Where it stands.
    pub state: AppState,
    /// Ports on its node.
    pub ports: Vec<PublishedPort>,
    /// When its row last changed.
    pub updated_at: Timestamp,
}

/// Whose claims are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claims {
    /// Those of all apps.
    All,
    /// Those of apps that are being deployed, or have changed after this, give or take a second.
    Since(Timestamp),
}

const CLAIMS: &str = "SELECT node_id, recipe, state, ports, updated_at FROM apps";
/// A part for each index.
const SINCE: &str = "WHERE json_extract(state, '$.state') = 'deploying' OR updated_at >= ?1";

/// What apps take of their nodes; read for every placement, so no more is read than that.
///
/// # Errors
/// [`crate::store::Error`].
pub fn claims(connection: &Connection, which: Claims) -> Result<Vec<Claim>> {
    let (sql, since) = match which {
        Claims::All => (CLAIMS.to_owned(), None),
        // Times are compared as text, where a second with a fraction comes before the whole one.
        Claims::Since(at) => {
            let since = Timestamp::from_second(at.as_second() - 1).unwrap_or(Timestamp::MIN);
            (format!("{CLAIMS} {SINCE}"), Some(since.to_string()))
        }
    };
    let mut statement = connection
        .prepare_cached(&sql)
        .map_err(sqlite("preparing the claims of the apps"))?;
    let rows = statement
        .query_map(params_from_iter(since), |row| Ok(claim(row)))
        .map_err(sqlite("reading the claims of the apps"))?;
    collect("reading what an app claims", rows)
}

fn claim(row: &Row<'_>) -> Result<Claim> {
    let text = |column: usize| {
        let value = row.get_ref(column).map_err(sqlite("reading an app's claim"))?;
        value
            .as_str()
            .map_err(|error| sqlite("reading an app's claim")(error.into()))
    };
    Ok(Claim {
        node: parse(TABLE, text(0)?)?,
        recipe: parse(TABLE, text(1)?)?,
        state: from_json(TABLE, text(2)?)?,
        ports: from_json(TABLE, text(3)?)?,
        updated_at: parse(TABLE, text(4)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        Error, Store,
        apps::{
            list::tests::{node, one},
            put,
        },
        nodes,
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn only_what_has_changed_since_is_read_and_by_its_index() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let written = store.write(|tx| {
            nodes::insert(tx, &node(0))?;
            nodes::insert(tx, &node(1))?;
            for (number, state, changed) in [
                (0, AppState::Running, "2026-11-20T10:00:00Z"),
                (1, AppState::Deploying, "2026-11-20T10:00:00Z"),
                (2, AppState::Running, "2026-11-20T12:00:00.5Z"),
                (3, AppState::Running, "2026-11-20T12:00:00Z"),
            ] {
                let mut app = one(number, "Wiki", "wiki", state);
                app.updated_at = at(changed);
                put(tx, &app)?;
            }
            let changed = |since: &str| claims(tx, Claims::Since(at(since))).map(|claims| claims.len());
            assert_eq!(claims(tx, Claims::All)?.len(), 4);
            assert_eq!(changed("2026-11-20T09:00:00Z")?, 4);
            assert_eq!(
                changed("2026-11-20T12:00:00.2Z")?,
                3,
                "and the one that is being deployed"
            );
            assert_eq!(changed("2026-11-20T13:00:00Z")?, 1);
            let sql = format!("EXPLAIN QUERY PLAN {CLAIMS} {SINCE}");
            let mut statement = tx.prepare(&sql).map_err(sqlite("explaining"))?;
            let steps = statement.query_map(["2026"], |row| row.get::<_, String>(3));
            let steps: Vec<String> = steps.map_err(sqlite("explaining"))?.map(|step| step.unwrap()).collect();
            assert!(steps.iter().all(|step| !step.starts_with("SCAN")), "{steps:?}");
            Ok::<_, Error>(())
        });
        written.await.unwrap();
    }
}
