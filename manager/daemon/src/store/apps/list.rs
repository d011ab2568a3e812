//! Lists of apps, part by part: what a page of 5,000 apps costs is what it shows of them.

use super::{COLUMNS, query};
use crate::store::error::{Result, sqlite};
use hearth_model::{
    app::{App, AppState},
    id::NodeId,
    name::Slug,
};
use rusqlite::{Connection, params_from_iter};

/// Which apps a list is of; what is not given does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those on this node.
    pub node: Option<NodeId>,
    /// Those of this recipe.
    pub recipe: Option<Slug>,
    /// Those in this state, by its word.
    pub state: Option<String>,
    /// Those whose name or slug has this in it; ASCII letters match in either case.
    pub search: Option<String>,
}

impl Filter {
    /// A query's part from FROM on, and the values in it. Only fixed texts get into the SQL. Every index ends with the slug,
    /// so that no more rows are read than are shown; a `+` keeps SQLite from an index that would read more of them than
    /// the one that suits the rest.
    fn rows(&self, after: Option<&str>) -> (String, Vec<String>) {
        let by_name = self.search.is_some() && self.node.is_none();
        let mut sql = if by_name {
            "FROM apps INDEXED BY apps_by_name WHERE true".to_owned()
        } else {
            "FROM apps WHERE true".to_owned()
        };
        let plus = if by_name || self.node.is_some() { "+" } else { "" };
        let mut values = Vec::new();
        if let Some(search) = &self.search {
            let text = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            sql.push_str(r" AND (slug LIKE ? ESCAPE '\' OR name LIKE ? ESCAPE '\')");
            values.extend([format!("%{text}%"), format!("%{text}%")]);
        }
        if let Some(node) = self.node {
            sql.push_str(" AND node_id = ?");
            values.push(node.to_string());
        }
        if let Some(recipe) = &self.recipe {
            sql.push_str(&format!(" AND {plus}recipe = ?"));
            values.push(recipe.to_string());
        }
        if let Some(state) = &self.state {
            sql.push_str(&format!(" AND {plus}json_extract(state, '$.state') = ?"));
            values.push(state.clone());
        }
        if let Some(after) = after {
            sql.push_str(" AND slug > ?");
            values.push(after.to_owned());
        }
        (sql, values)
    }
}

/// At most `limit` apps by slug, those after `after`.
///
/// # Errors
/// [`crate::store::Error`].
pub fn page(connection: &Connection, filter: &Filter, after: Option<&str>, limit: u32) -> Result<Vec<App>> {
    let (part, values) = filter.rows(after);
    let sql = format!("SELECT {COLUMNS} {part} ORDER BY slug LIMIT {limit}");
    query(connection, &sql, params_from_iter(values))
}

/// How many apps a filter lets through.
///
/// # Errors
/// [`crate::store::Error`].
pub fn count(connection: &Connection, filter: &Filter) -> Result<u32> {
    let (part, values) = filter.rows(None);
    connection
        .prepare_cached(&format!("SELECT count(*) {part}"))
        .and_then(|mut statement| statement.query_row(params_from_iter(values), |row| row.get(0)))
        .map_err(sqlite("counting the apps of a list"))
}

/// At most `limit` apps that do not simply run, by slug.
///
/// # Errors
/// [`crate::store::Error`].
pub fn not_running(connection: &Connection, limit: u32) -> Result<Vec<App>> {
    let words: Vec<String> = AppState::WORDS
        .iter()
        .filter(|word| **word != AppState::Running.word())
        .map(|word| format!("'{word}'"))
        .collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM apps WHERE json_extract(state, '$.state') IN ({}) ORDER BY slug LIMIT {limit}",
        words.join(", ")
    );
    query(connection, &sql, [])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::store::{Error, Store, apps::put, nodes};
    use hearth_model::{
        app::Desired,
        id::AppId,
        node::{Link, Node, NodeState},
    };
    use jiff::Timestamp;
    use uuid::Uuid;

    pub(in crate::store::apps) fn node(number: u128) -> Node {
        Node {
            id: NodeId(Uuid::from_u128(number)),
            name: format!("node-{number}").parse().unwrap(),
            link: Link::Local,
            state: NodeState::Online,
            facts: None,
            labels: Default::default(),
            groups: Default::default(),
            adopted_at: Timestamp::UNIX_EPOCH,
            last_seen_at: None,
            outages_30d: 0,
        }
    }

    pub(in crate::store::apps) fn one(number: u128, name: &str, recipe: &str, state: AppState) -> App {
        App {
            id: AppId(Uuid::from_u128(number)),
            slug: format!("app-{number:02}").parse().unwrap(),
            name: name.to_owned(),
            recipe: recipe.parse().unwrap(),
            version: "1".into(),
            node: node(number % 2).id,
            desired: Desired::Running,
            state,
            answers: Default::default(),
            ports: Vec::new(),
            url: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn slugs(apps: &[App]) -> Vec<&str> {
        apps.iter().map(|app| app.slug.as_str()).collect()
    }

    #[tokio::test]
    async fn a_list_is_filtered_counted_and_read_part_by_part() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let written = store.write(|tx| {
            nodes::insert(tx, &node(0))?;
            nodes::insert(tx, &node(1))?;
            for number in 0..10 {
                put(tx, &one(number, "Wiki", "wiki", AppState::Running))?;
            }
            put(tx, &one(10, "50 %_sure", "photos", AppState::Stopped))?;
            let ill = AppState::Unhealthy { reason: "slow".into() };
            put(tx, &one(11, "Family Photos", "photos", ill))?;

            let all = Filter::default();
            let first = page(tx, &all, None, 7)?;
            let rest = page(tx, &all, Some(first[6].slug.as_str()), 7)?;
            assert_eq!((first.len(), rest.len(), count(tx, &all)?), (7, 5, 12));
            assert_eq!(slugs(&not_running(tx, 9)?), ["app-10", "app-11"]);
            assert_eq!(slugs(&not_running(tx, 1)?), ["app-10"]);

            let searched = |text: &str| Filter {
                search: Some(text.to_owned()),
                ..Filter::default()
            };
            let by_state = |word: &str| Filter {
                state: Some(word.to_owned()),
                ..Filter::default()
            };
            let odd = Filter {
                node: Some(node(1).id),
                ..Filter::default()
            };
            for (filter, expected) in [
                (searched("photos"), vec!["app-11"]),
                (searched("P-11"), vec!["app-11"]),
                (searched("%_"), vec!["app-10"]),
                (searched("\\"), vec![]),
                (by_state("stopped"), vec!["app-10"]),
                (by_state("nonsense"), vec![]),
                (
                    Filter {
                        recipe: Some("photos".parse().unwrap()),
                        ..Filter::default()
                    },
                    vec!["app-10", "app-11"],
                ),
                (
                    Filter {
                        state: Some("unhealthy".into()),
                        ..odd.clone()
                    },
                    vec!["app-11"],
                ),
                (
                    Filter {
                        search: Some("wiki".into()),
                        ..odd.clone()
                    },
                    vec!["app-01", "app-03", "app-05", "app-07", "app-09"],
                ),
                (
                    Filter {
                        recipe: Some("wiki".parse().unwrap()),
                        state: Some("running".into()),
                        ..searched("p-04")
                    },
                    vec!["app-04"],
                ),
            ] {
                assert_eq!(slugs(&page(tx, &filter, None, 100)?), expected, "{filter:?}");
                assert_eq!(count(tx, &filter)? as usize, expected.len(), "{filter:?}");
                assert!(page(tx, &filter, Some("app-99"), 100)?.is_empty());
            }
            Ok::<_, Error>(())
        });
        written.await.unwrap();
    }

    /// What a page of 5,000 apps costs is what it shows: no whole table is read or sorted for it.
    #[tokio::test]
    async fn each_filter_has_its_index() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let any = |n: u8| Filter {
            node: (n & 1 != 0).then(|| node(1).id),
            recipe: (n & 2 != 0).then(|| "wiki".parse().unwrap()),
            state: (n & 4 != 0).then(|| "running".to_owned()),
            search: (n & 8 != 0).then(|| "x".to_owned()),
        };
        let read = store.read(move |c| {
            for filter in (0..16).map(any) {
                let (part, values) = filter.rows(Some("app-04"));
                let sql = format!("EXPLAIN QUERY PLAN SELECT {COLUMNS} {part} ORDER BY slug LIMIT 25");
                let mut statement = c.prepare(&sql).map_err(sqlite("explaining"))?;
                let rows = statement
                    .query_map(params_from_iter(values), |row| row.get::<_, String>(3))
                    .map_err(sqlite("explaining"))?;
                let steps: Vec<String> = rows.map(Result::unwrap).collect();
                assert!(
                    steps.len() == 1 && steps[0].starts_with("SEARCH apps USING INDEX"),
                    "{filter:?}: {steps:?}"
                );
                if filter.node.is_some() {
                    assert!(steps[0].contains("apps_by_node"), "{steps:?}");
                }
            }
            Ok::<_, Error>(())
        });
        read.await.unwrap();
    }
}
