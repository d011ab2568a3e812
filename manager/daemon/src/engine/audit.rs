//! Who did what to what, when, from where.

use super::{Error, Result};
use crate::{
    port::{clock::Clock, ids::Ids},
    store::{self, Store, audit},
};
use hearth_model::{account::Actor, id::AuditId};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Stable id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who: login name, `token:<name>`, `system`.
    pub actor: String,
    /// Address the request came from.
    pub from: Option<String>,
    /// What was done, such as `app.deploy`.
    pub action: String,
    /// To what, such as `app miniflux`.
    pub subject: String,
    /// Details, never a secret.
    pub detail: String,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The first `limit` of items of which one more was read, to see whether a page follows; `key` is the cursor.
    pub fn cut(mut items: Vec<T>, limit: u32, key: impl FnOnce(&T) -> String) -> Self {
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(key);
        Self { items, next }
    }

    /// The same page of something else.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(to).collect(),
            next: self.next,
        }
    }
}

/// Which part of a list: at most `limit` (1 to 1,000) items after the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// How many.
    pub limit: u32,
    /// Cursor of the page before.
    pub after: Option<String>,
}

/// A row of the audit log that only waits for the transaction of what it tells of.
#[derive(Debug, Clone)]
pub struct Note {
    id: AuditId,
    at: Timestamp,
    actor: Actor,
    action: &'static str,
    subject: String,
    detail: String,
}

impl Note {
    /// That `actor` does `action` (`<kind of thing>.<verb>`) now.
    pub fn new(clock: &dyn Clock, ids: &dyn Ids, actor: &Actor, action: &'static str) -> Self {
        Self {
            id: ids.uuid().into(),
            at: clock.now(),
            actor: actor.clone(),
            action,
            subject: String::new(),
            detail: String::new(),
        }
    }

    /// The same on a subject, such as `app miniflux`.
    #[must_use]
    pub fn on(self, subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            ..self
        }
    }

    /// The same with details, never a secret.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn write(&self, tx: &Transaction<'_>) -> store::Result<()> {
        audit::insert(
            tx,
            audit::Entry {
                id: self.id,
                at: self.at,
                actor: &self.actor,
                action: self.action,
                subject: &self.subject,
                detail: &self.detail,
            },
        )
    }
}

/// Most items of a page.
const MOST: u32 = 1_000;

impl Slice {
    /// Checks the limit.
    ///
    /// # Errors
    /// `Invalid` unless it is 1 to 1,000.
    pub fn check(&self) -> Result<()> {
        if (1..=MOST).contains(&self.limit) {
            Ok(())
        } else {
            Err(Error::field("/limit", format!("must be 1 to {MOST}")))
        }
    }
}

/// Reads the audit log. Rows are written by each use case, in the transaction of what it changes.
pub struct Audit {
    store: Store,
}

impl Audit {
    /// Over a store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// The log, newest first.
    ///
    /// # Errors
    /// `Invalid` for a bad cursor or limit.
    pub async fn list(&self, slice: Slice) -> Result<Page<AuditEntry>> {
        slice.check()?;
        let before = match slice.after {
            Some(cursor) => Some(
                cursor
                    .parse::<AuditId>()
                    .map_err(|_| Error::field("/after", "is not a cursor of this list"))?,
            ),
            None => None,
        };
        let limit = slice.limit;
        let rows = self.store.read(move |c| audit::list(c, before, limit + 1)).await?;
        Ok(Page::cut(rows, limit, |row| row.id.to_string()).map(AuditEntry::from))
    }
}

impl From<audit::Row> for AuditEntry {
    fn from(row: audit::Row) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor,
            from: row.from,
            action: row.action,
            subject: row.subject,
            detail: row.detail,
        }
    }
}
