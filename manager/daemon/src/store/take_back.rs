//! After a fall-back: an older Hearth finds a database that a newer one has migrated, and takes up the copy that was made before
//! that. The newer database is kept beside it. Nothing needs room on the disk, which may be full.

use super::{
    error::{self, Error, Result},
    migrate,
};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// What was taken up in the place of a database that is too new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// Version of the database that was found.
    pub found: u32,
    /// When the copy was made: what was written since is not in it. None where the disk does not tell.
    pub copied_at: Option<Timestamp>,
    /// Where the newer database is kept.
    pub kept: PathBuf,
}

/// The newest copy that this program can read: its version and its path.
pub(super) fn copy(database: &Path) -> Option<(u32, PathBuf)> {
    let copies = (1..=migrate::VERSION).rev();
    let copies = copies.map(|version| (version, migrate::copy_path(database, version)));
    copies.into_iter().find(|(version, path)| is_whole(path, *version))
}

/// A copy that was cut off counts no version.
fn is_whole(path: &Path, version: u32) -> bool {
    let opened = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let counted = opened.and_then(|copy| copy.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)));
    counted.is_ok_and(|counted| counted == version)
}

/// Puts the copy in the place of the database. Cut off at any moment, either of them is there, whole.
///
/// # Errors
/// [`Error::Sqlite`] when the newer database cannot be closed; [`Error::TakeBack`] when the disk refuses.
pub(super) fn run(newer: Connection, database: &Path, copy: &Path, found: u32) -> Result<TakenBack> {
    // Empties the write-ahead log into the file and removes it: a database must never find the log of another one.
    newer
        .pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0))
        .map_err(error::sqlite("emptying the log of the newer database"))?;
    newer
        .close()
        .map_err(|(_, source)| error::sqlite("closing the newer database")(source))?;
    let kept = beside(database, &format!("from-{found}"));
    let moved = || -> io::Result<Option<Timestamp>> {
        let copied_at = fs::metadata(copy)?.modified()?;
        match fs::remove_file(&kept) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::hard_link(database, &kept)?;
        fs::rename(copy, database)?;
        if let Some(folder) = database.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(Timestamp::try_from(copied_at).ok())
    };
    let copied_at = moved().map_err(|source| Error::TakeBack {
        path: copy.display().to_string(),
        source,
    })?;
    Ok(TakenBack { found, copied_at, kept })
}

/// A file beside the database: `hearth.db.<what>`.
pub(super) fn beside(database: &Path, what: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".{what}"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, settings};

    /// A database of a Hearth to come, as it leaves it: migrated after a copy, and in the middle of its work.
    fn newer(path: &Path, written: &str) {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        let copy = migrate::copy_path(path, migrate::VERSION);
        let version = |connection: &Connection| -> u32 {
            connection
                .pragma_query_value(None, "user_version", |row| row.get(0))
                .unwrap()
        };
        if version(&connection) == migrate::VERSION {
            connection
                .backup(rusqlite::MAIN_DB, copy, None::<fn(rusqlite::backup::Progress)>)
                .unwrap();
        }
        let change = format!(
            "INSERT INTO settings VALUES ('{written}', '1'); PRAGMA user_version = {}",
            migrate::VERSION + 1
        );
        connection.execute_batch(&change).unwrap();
        // As after a power cut: not closed, with part of it only in its log.
        let left = [path.to_owned(), PathBuf::from(format!("{}-wal", path.display()))];
        let left = left.map(|file| (fs::read(&file).unwrap(), file));
        drop(connection);
        for (content, file) in left {
            fs::write(file, content).unwrap();
        }
    }

    async fn has(store: &Store, key: &'static str) -> bool {
        let found = store.read(move |c| settings::get(c, key)).await;
        found.unwrap().is_some()
    }

    async fn put(store: &Store, key: &'static str) {
        let kept = store.write(move |tx| settings::set(tx, key, "1")).await;
        kept.unwrap();
    }

    #[tokio::test]
    async fn an_older_hearth_takes_up_its_own_copy_again_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let store = Store::open(&path).unwrap();
        assert_eq!(store.taken_back(), None);
        put(&store, "before").await;
        drop(store);
        for turn in ["first", "second"] {
            newer(&path, "newer");
            let store = Store::open(&path).unwrap();
            let taken = store.taken_back().unwrap();
            assert_eq!(taken.found, migrate::VERSION + 1, "{turn}");
            assert!(taken.copied_at.is_some() && taken.kept.is_file());
            assert!(has(&store, "before").await && !has(&store, "newer").await, "{turn}");
            let kept = Connection::open(&taken.kept).unwrap();
            let lost: u32 = kept
                .query_row("SELECT count(*) FROM settings WHERE key = 'newer'", [], |row| {
                    row.get(0)
                })
                .unwrap();
            assert_eq!(lost, 1, "what the newer one wrote is kept beside it");
            drop(store);
            assert_eq!(Store::open(&path).unwrap().taken_back(), None);
        }
    }

    #[test]
    fn without_a_copy_that_is_whole_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        drop(Store::open(&path).unwrap());
        newer(&path, "newer");
        fs::write(migrate::copy_path(&path, migrate::VERSION), "SQLite").unwrap();
        assert!(matches!(Store::open(&path), Err(Error::TooNew { .. })));
    }
}
