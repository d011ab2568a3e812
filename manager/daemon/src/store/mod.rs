//! The store: SQLite behind one writer thread; a file a table.

/// Why the database could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("{attempt} failed")]
    Sqlite {
        /// What was attempted.
        attempt: &'static str,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// A row is not what it should be.
    #[error("a row of {table} cannot be read")]
    Row {
        /// Table.
        table: &'static str,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database is newer than this program.
    #[error(
        "the database has version {found}, this program knows versions up to {known}: run the newer Hearth, or restore the copy made before the update"
    )]
    TooNew {
        /// Version found.
        found: u32,
        /// Highest known.
        known: u32,
    },
    /// The writer has ended.
    #[error("the database is closed")]
    Closed,
}
