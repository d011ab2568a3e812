//! What can go wrong in the store.

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
        "the database has version {found}, this Hearth knows versions up to {known}: there is no copy from before the update, so only the newer Hearth can go on"
    )]
    TooNew {
        /// Version found.
        found: u32,
        /// Highest known.
        known: u32,
    },
    /// The copy before a migration could not be made.
    #[error("the database could not be copied to {path} before its migration")]
    Copy {
        /// Where to.
        path: String,
        /// Cause.
        #[source]
        source: rusqlite::Error,
    },
    /// The copy from before an update could not be put in the place of the newer database.
    #[error("the copy {path} from before the update could not be taken up")]
    TakeBack {
        /// The copy.
        path: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The writer thread could not be started.
    #[error("the writer thread could not be started")]
    Thread {
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The writer has ended.
    #[error("the database is closed")]
    Closed,
}

/// What the store answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// For `map_err`: SQLite's error with what was attempted.
pub fn sqlite(attempt: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
    move |source| Error::Sqlite { attempt, source }
}

/// For `map_err`: a value in a row that cannot be read.
pub fn row<E: std::error::Error + Send + Sync + 'static>(table: &'static str) -> impl FnOnce(E) -> Error {
    move |source| Error::Row {
        table,
        source: Box::new(source),
    }
}
