//! Table `apps`: installed recipes, what is wanted of them and where they stand.

use super::{
    column::{collect, from_json, from_word, json, parse, word},
    error::{Result, sqlite},
};
use hearth_model::{
    app::{App, AppState, PublishedPort},
    id::{AppId, NodeId},
    name::Slug,
    plan::DeployPlan,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};
use std::collections::BTreeSet;

mod claims;
mod list;

pub use claims::{Claim, Claims, claims};
pub use list::{Filter, count, not_running, page};

const TABLE: &str = "apps";

/// Columns of an app, in the order that [`app`] reads them.
const COLUMNS: &str =
    "id, slug, name, recipe, version, node_id, desired, state, answers, ports, url, created_at, updated_at";

/// The apps of a node by name.
///
/// # Errors
/// [`super::Error`].
pub fn on_node(connection: &Connection, node: NodeId) -> Result<Vec<App>> {
    query(
        connection,
        &format!("SELECT {COLUMNS} FROM apps WHERE node_id = ?1 ORDER BY name, slug"),
        [node.to_string()],
    )
}

/// How many apps there are in each state, by the state's word.
///
/// # Errors
/// [`super::Error`].
pub fn counts(connection: &Connection) -> Result<Vec<(String, u32)>> {
    let mut statement = connection
        .prepare_cached("SELECT json_extract(state, '$.state'), count(*) FROM apps GROUP BY 1")
        .map_err(sqlite("preparing the count of apps"))?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(sqlite("counting apps"))?;
    rows.collect::<rusqlite::Result<_>>()
        .map_err(sqlite("counting the apps of a state"))
}

/// Nodes that have apps.
///
/// # Errors
/// [`super::Error`].
pub fn nodes(connection: &Connection) -> Result<BTreeSet<NodeId>> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT node_id FROM apps")
        .map_err(sqlite("preparing the nodes with apps"))?;
    let rows = statement
        .query_map([], |row| row.get::<_, String>(0))
        .map_err(sqlite("reading the nodes with apps"))?;
    rows.map(|row| parse(TABLE, &row.map_err(sqlite("reading a node with apps"))?))
        .collect()
}

/// One app by id.
///
/// # Errors
/// [`super::Error`].
pub fn get(connection: &Connection, id: AppId) -> Result<Option<App>> {
    let found = query(
        connection,
        &format!("SELECT {COLUMNS} FROM apps WHERE id = ?1"),
        [id.to_string()],
    )?;
    Ok(found.into_iter().next())
}

/// One app by its slug.
///
/// # Errors
/// [`super::Error`].
pub fn by_slug(connection: &Connection, slug: &Slug) -> Result<Option<App>> {
    let found = query(
        connection,
        &format!("SELECT {COLUMNS} FROM apps WHERE slug = ?1"),
        [slug.as_str()],
    )?;
    Ok(found.into_iter().next())
}

fn query(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<App>> {
    let mut statement = connection.prepare_cached(sql).map_err(sqlite("preparing the apps"))?;
    let rows = statement
        .query_map(params, |row| Ok(app(row)))
        .map_err(sqlite("reading the apps"))?;
    collect("reading an app", rows)
}

/// Adds an app, or brings its row to what is given; its plan stays.
///
/// # Errors
/// [`super::Error`], also when its slug is taken.
pub fn put(tx: &Transaction<'_>, app: &App) -> Result<()> {
    tx.execute(
        "INSERT INTO apps (id, slug, name, recipe, version, node_id, desired, state, answers, ports, url,
             created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (id) DO UPDATE SET slug = ?2, name = ?3, recipe = ?4, version = ?5, node_id = ?6, desired = ?7,
             state = ?8, answers = ?9, ports = ?10, url = ?11, created_at = ?12, updated_at = ?13",
        params![
            app.id.to_string(),
            app.slug.as_str(),
            app.name,
            app.recipe.as_str(),
            app.version,
            app.node.to_string(),
            word(TABLE, &app.desired)?,
            json(TABLE, &app.state)?,
            json(TABLE, &app.answers)?,
            json(TABLE, &app.ports)?,
            app.url,
            app.created_at.to_string(),
            app.updated_at.to_string(),
        ],
    )
    .map_err(sqlite("keeping an app"))?;
    Ok(())
}

/// Keeps where an app stands.
///
/// # Errors
/// [`super::Error`].
pub fn set_state(tx: &Transaction<'_>, id: AppId, state: &AppState) -> Result<()> {
    tx.execute(
        "UPDATE apps SET state = ?2 WHERE id = ?1",
        params![id.to_string(), json(TABLE, state)?],
    )
    .map_err(sqlite("keeping an app's state"))?;
    Ok(())
}

/// Keeps the plan by which it was deployed, and the ports that it was given.
///
/// # Errors
/// [`super::Error`].
pub fn set_plan(
    tx: &Transaction<'_>,
    id: AppId,
    plan: Option<&DeployPlan>,
    ports: &[PublishedPort],
    at: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE apps SET plan = ?2, ports = ?3, updated_at = ?4 WHERE id = ?1",
        params![
            id.to_string(),
            plan.map(|plan| json(TABLE, plan)).transpose()?,
            json(TABLE, &ports)?,
            at.to_string()
        ],
    )
    .map_err(sqlite("keeping an app's plan"))?;
    Ok(())
}

/// The plan by which it was deployed; none when there is none yet.
///
/// # Errors
/// [`super::Error`].
pub fn plan(connection: &Connection, id: AppId) -> Result<Option<DeployPlan>> {
    let text: Option<String> = connection
        .query_row("SELECT plan FROM apps WHERE id = ?1", [id.to_string()], |row| {
            row.get(0)
        })
        .optional()
        .map(Option::flatten)
        .map_err(sqlite("reading an app's plan"))?;
    text.map(|text| from_json(TABLE, &text)).transpose()
}

/// Forgets an app.
///
/// # Errors
/// [`super::Error`].
pub fn delete(tx: &Transaction<'_>, id: AppId) -> Result<()> {
    tx.execute("DELETE FROM apps WHERE id = ?1", [id.to_string()])
        .map_err(sqlite("forgetting an app"))?;
    Ok(())
}

fn app(row: &Row<'_>) -> Result<App> {
    let text = |column: usize| row.get::<_, String>(column).map_err(sqlite("reading an app's column"));
    Ok(App {
        id: parse(TABLE, &text(0)?)?,
        slug: parse(TABLE, &text(1)?)?,
        name: text(2)?,
        recipe: parse(TABLE, &text(3)?)?,
        version: text(4)?,
        node: parse(TABLE, &text(5)?)?,
        desired: from_word(TABLE, &text(6)?)?,
        state: from_json(TABLE, &text(7)?)?,
        answers: from_json(TABLE, &text(8)?)?,
        ports: from_json(TABLE, &text(9)?)?,
        url: row.get(10).map_err(sqlite("reading an app's address"))?,
        created_at: parse(TABLE, &text(11)?)?,
        updated_at: parse(TABLE, &text(12)?)?,
    })
}
