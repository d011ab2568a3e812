//! After a fall-back: says what this Hearth, which is older than the one before it, does not know.

use crate::{
    port::{clock::Clock, ids::Ids},
    store::{self, Store, incidents},
};
use hearth_model::id::IncidentId;

/// What the incident is of.
const SUBJECT: &str = super::updates::SUBJECT;

/// Opens an incident when the store had to take up an older copy of the database.
///
/// # Errors
/// When the store fails.
pub async fn tell(store: &Store, clock: &dyn Clock, ids: &dyn Ids) -> store::Result<()> {
    let Some(taken) = store.taken_back() else {
        return Ok(());
    };
    let copied = taken.copied_at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let copied = copied.unwrap_or_else(|| "an unknown time".to_owned());
    let kept = taken
        .kept
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let text = format!(
        "The Hearth that runs is older than the one before it and cannot read its database. It took up its own copy of {copied}: what \
         was changed in Hearth since then is not in it. Apps and their data are as they were. The newer database is kept as {kept}."
    );
    tracing::warn!(found = taken.found, %copied, kept = %taken.kept.display(), "the database was of a newer Hearth: its own copy is taken up");
    let (id, now) = (IncidentId::from(ids.uuid()), clock.now());
    let told = store.write(move |tx| match incidents::open_of(tx, SUBJECT)? {
        Some(known) => incidents::reword(tx, known.id, &text),
        None => incidents::open(tx, id, now, SUBJECT, &text),
    });
    told.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{clock::FakeClock, ids::FakeIds};
    use rusqlite::{Connection, MAIN_DB, backup::Progress};

    #[tokio::test]
    async fn what_is_not_known_any_more_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let open = async || {
            let store = Store::open(&path).unwrap();
            tell(&store, &FakeClock::default(), &FakeIds::default()).await.unwrap();
            store.read(|c| incidents::open_of(c, SUBJECT)).await.unwrap()
        };
        assert_eq!(open().await, None);
        {
            let newer = Connection::open(&path).unwrap();
            let copy = folder
                .path()
                .join(format!("hearth.db.before-{}", store::migrate::VERSION));
            newer.backup(MAIN_DB, copy, None::<fn(Progress)>).unwrap();
            newer.pragma_update(None, "user_version", 999).unwrap();
        }
        let told = open().await.unwrap();
        assert!(told.text.contains("kept as hearth.db.from-999"), "{}", told.text);
        assert_eq!(open().await, Some(told));
    }
}
