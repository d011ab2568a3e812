//! Migrations: `migrations/NNNN_*.sql` in order, counted by `user_version`; `schema.sql` is their sum, checked by a test.

use super::{
    error::{self, Error, Result},
    take_back::beside,
};
use rusqlite::{Connection, MAIN_DB};
use std::path::{Path, PathBuf};

/// All migrations; the version of a database is the number of those that have run.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_lists.sql"),
    include_str!("migrations/0003_claims.sql"),
];

/// The version that this program knows.
pub const VERSION: u32 = MIGRATIONS.len() as u32;

/// Brings a database to this program's version, after a copy of it was made beside it.
///
/// # Errors
/// [`Error::TooNew`]; [`Error::Copy`]; [`Error::Sqlite`], and then nothing has changed.
pub fn run(connection: &mut Connection, path: &Path) -> Result<()> {
    let found: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(error::sqlite("reading the database's version"))?;
    if found > VERSION {
        return Err(Error::TooNew { found, known: VERSION });
    }
    if found > 0 && found < VERSION {
        let copy = copy_path(path, found);
        connection
            .backup(MAIN_DB, &copy, None::<fn(rusqlite::backup::Progress)>)
            .map_err(|source| Error::Copy {
                path: copy.display().to_string(),
                source,
            })?;
    }
    for (script, version) in MIGRATIONS.iter().zip(1..).skip(found as usize) {
        let transaction = connection
            .transaction()
            .map_err(error::sqlite("beginning a migration"))?;
        transaction
            .execute_batch(script)
            .map_err(error::sqlite("running a migration"))?;
        transaction
            .pragma_update(None, "user_version", version)
            .map_err(error::sqlite("counting a migration"))?;
        transaction.commit().map_err(error::sqlite("committing a migration"))?;
    }
    Ok(())
}

/// Where the copy is that was made before a database of this version was migrated.
pub(super) fn copy_path(path: &Path, version: u32) -> PathBuf {
    beside(path, &format!("before-{version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(connection: &Connection) -> String {
        let mut statement = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name")
            .unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|sql| sql.unwrap() + ";\n\n").collect()
    }

    #[test]
    fn schema_sql_is_the_sum_of_the_migrations() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, Path::new("unused")).unwrap();
        let sum = schema(&connection);
        if std::env::var_os("HEARTH_WRITE_SCHEMA").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/schema.sql"), &sum).unwrap();
        }
        assert_eq!(
            include_str!("schema.sql"),
            sum,
            "run the tests once with HEARTH_WRITE_SCHEMA=1"
        );
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(
            run(&mut connection, Path::new("unused")),
            Err(Error::TooNew { .. })
        ));
    }
}
