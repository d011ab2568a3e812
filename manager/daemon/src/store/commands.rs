//! Table `commands`: every command that was run on a node for an app or a job, secrets redacted, the last of each app.

use super::{
    column::{collect, parse},
    error::{Result, sqlite},
};
use hearth_model::{
    app::CommandRecord,
    id::{AppId, CommandId, JobId},
};
use rusqlite::{Connection, Row, Transaction, params};

const TABLE: &str = "commands";

/// How many commands of an app are kept.
const KEPT: i64 = 1_000;

/// Adds a command and forgets the app's oldest ones beyond a thousand.
///
/// # Errors
/// [`super::Error`].
pub fn insert(
    tx: &Transaction<'_>,
    id: CommandId,
    app: Option<AppId>,
    job: Option<JobId>,
    record: &CommandRecord,
) -> Result<()> {
    let app = app.map(|app| app.to_string());
    tx.execute(
        "INSERT INTO commands (id, at, node_id, app_id, job_id, command, exit_status, took_ms, purpose)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            id.to_string(),
            record.at.to_string(),
            record.node.to_string(),
            app,
            job.map(|job| job.to_string()),
            record.command,
            record.exit_status,
            i64::try_from(record.took_ms).unwrap_or(i64::MAX),
            record.purpose,
        ],
    )
    .map_err(sqlite("noting a command"))?;
    tx.execute(
        "DELETE FROM commands WHERE app_id = ?1 AND id <=
             (SELECT id FROM commands WHERE app_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        params![app, KEPT],
    )
    .map_err(sqlite("forgetting old commands"))?;
    Ok(())
}

/// The commands of an app, newest first.
///
/// # Errors
/// [`super::Error`].
pub fn of_app(connection: &Connection, app: AppId) -> Result<Vec<CommandRecord>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT at, node_id, command, exit_status, took_ms, purpose FROM commands
             WHERE app_id = ?1 ORDER BY id DESC",
        )
        .map_err(sqlite("preparing an app's commands"))?;
    let rows = statement
        .query_map([app.to_string()], |row| Ok(record(row)))
        .map_err(sqlite("reading an app's commands"))?;
    collect("reading a command", rows)
}

fn record(row: &Row<'_>) -> Result<CommandRecord> {
    let read = "reading a command's column";
    let text = |column: usize| row.get::<_, String>(column).map_err(sqlite(read));
    Ok(CommandRecord {
        at: parse(TABLE, &text(0)?)?,
        node: parse(TABLE, &text(1)?)?,
        command: text(2)?,
        exit_status: row.get(3).map_err(sqlite(read))?,
        took_ms: row.get::<_, i64>(4).map_err(sqlite(read))?.unsigned_abs(),
        purpose: text(5)?,
    })
}
