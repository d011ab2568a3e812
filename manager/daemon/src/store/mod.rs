//! The store: SQLite behind one writer thread; a file a table.
//!
//! All writes go through one thread in the order they come, each in a transaction of its own, together
//! with its audit row. Reads have connections of their own (WAL), so that no page waits for a write.
//! Times are kept as text, so that the database can be read with any tool.

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};
use tokio::sync::{Semaphore, oneshot};

pub mod apps;
pub mod audit;
mod column;
pub mod commands;
pub mod discoveries;
pub mod incidents;
pub mod job_log;
pub mod job_steps;
pub mod jobs;
pub mod migrate;
pub mod nodes;
pub mod outages;
pub mod samples;
pub mod secrets;
pub mod sessions;
pub mod settings;
mod take_back;
pub mod tokens;
pub mod users;

pub mod error;
pub use error::{Error, Result};
pub use take_back::TakenBack;

/// How many reads run at the same time.
const READERS: usize = 4;

type Write = Box<dyn FnOnce(&mut Connection) + Send>;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writes: mpsc::Sender<Write>,
    readers: Mutex<Vec<Connection>>,
    permits: Semaphore,
    taken_back: Option<TakenBack>,
}

impl Store {
    /// Opens the database in `path`, makes it when there is none, and brings it to this program's version. The copy
    /// made before a migration lies beside it as `<path>.before-<version>`; it is taken up again when a newer Hearth has been here.
    ///
    /// # Errors
    /// [`Error::TooNew`] for a database of a newer Hearth without such a copy; [`Error::Sqlite`] when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let mut writer = connect(path)?;
        let mut taken_back = None;
        if let Err(error) = migrate::run(&mut writer, path) {
            let (Error::TooNew { found, .. }, Some((_, copy))) = (&error, take_back::copy(path)) else {
                return Err(error);
            };
            taken_back = Some(take_back::run(writer, path, &copy, *found)?);
            writer = connect(path)?;
            migrate::run(&mut writer, path)?;
        }
        let (writes, queue) = mpsc::channel::<Write>();
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                for write in queue {
                    write(&mut writer);
                }
            })
            .map_err(|source| Error::Thread { source })?;
        let inner = Inner {
            path: path.to_owned(),
            writes,
            readers: Mutex::new(Vec::new()),
            permits: Semaphore::new(READERS),
            taken_back,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Which database a copy was taken up for when this one was opened, if so.
    #[must_use]
    pub fn taken_back(&self) -> Option<&TakenBack> {
        self.inner.taken_back.as_ref()
    }

    /// Writes in one transaction: all of it, or, when `work` answers an error, nothing. The error may be the caller's own
    /// type (such as a conflict found inside the transaction).
    ///
    /// # Errors
    /// What `work` answers; [`Error::Sqlite`] when the transaction cannot be begun or committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let write: Write = Box::new(move |connection| {
            // A caller that no longer waits is no fault: the write stands.
            let _ = answer.send(transact(connection, work));
        });
        self.inner.writes.send(write).map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Brings all that was written from the write-ahead log into the database's one file, so that a copy of that file alone is whole. For
    /// the end of the program; while somebody still reads, part of it stays in the log, and nothing is lost.
    ///
    /// # Errors
    /// [`Error::Sqlite`] when the disk refuses.
    pub async fn flush(&self) -> Result<()> {
        self.inner
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let (answer, answered) = oneshot::channel();
        let write: Write = Box::new(move |connection| {
            let flushed = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            // A caller that no longer waits is no fault.
            let _ = answer.send(flushed.map_err(error::sqlite("emptying the log of the database")));
        });
        self.inner.writes.send(write).map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Reads from a snapshot of the database.
    ///
    /// # Errors
    /// What `work` answers; [`Error::Sqlite`] when no connection can be opened.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let _permit = self.inner.permits.acquire().await.map_err(|_| Error::Closed)?;
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || {
            let pooled = inner.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match pooled {
                Some(connection) => connection,
                None => reader(&inner.path)?,
            };
            let result = work(&connection);
            inner
                .readers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            result
        })
        .await
        .map_err(|_| Error::Closed)?
    }
}

fn transact<T, E: From<Error>>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(error::sqlite("beginning a transaction"))?;
    let value = work(&transaction)?;
    transaction
        .commit()
        .map_err(error::sqlite("committing a transaction"))?;
    Ok(value)
}

fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path).map_err(error::sqlite("opening the database"))?;
    settle(&connection)?;
    // NORMAL loses at most the last transactions on a power cut and never the database (SQLite, "PRAGMA synchronous"):
    // a job that was answered must still be there, so FULL.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        .map_err(error::sqlite("setting the database up"))?;
    Ok(connection)
}

fn reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(error::sqlite("opening the database to read"))?;
    settle(&connection)?;
    Ok(connection)
}

fn settle(connection: &Connection) -> Result<()> {
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(error::sqlite("setting the busy time limit"))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_the_end_the_file_alone_is_whole() -> Result<()> {
        let dir = tempfile::tempdir().expect("a folder");
        let (path, copy) = (dir.path().join("hearth.db"), dir.path().join("copy.db"));
        let store = Store::open(&path)?;
        store.write(|tx| settings::set(tx, "kept", "1")).await?;
        store.read(|c| settings::get(c, "kept")).await?;
        store.flush().await?;
        std::fs::copy(&path, &copy).expect("a copy");
        let kept = Store::open(&copy)?.read(|c| settings::get(c, "kept")).await?;
        assert_eq!(kept.as_deref(), Some("1"));
        Ok(())
    }

    #[tokio::test]
    async fn a_write_is_whole_or_nothing() -> Result<()> {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(&dir.path().join("hearth.db"))?;
        let put = |key: &'static str, fail: bool| {
            store.write(move |tx| {
                tx.execute("INSERT INTO settings VALUES (?1, '1')", [key])
                    .map_err(error::sqlite("inserting"))?;
                if fail { Err(Error::Closed) } else { Ok(()) }
            })
        };
        put("kept", false).await?;
        assert!(put("lost", true).await.is_err());
        let keys: Vec<String> = store
            .read(|c| {
                let mut statement = c
                    .prepare("SELECT key FROM settings")
                    .map_err(error::sqlite("reading"))?;
                let rows = statement
                    .query_map([], |row| row.get(0))
                    .map_err(error::sqlite("reading"))?;
                rows.collect::<rusqlite::Result<_>>().map_err(error::sqlite("reading"))
            })
            .await?;
        assert_eq!(keys, ["kept"]);
        Ok(())
    }
}
