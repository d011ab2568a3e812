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
        let limit = slice.limit as usize;
        let mut rows = self
            .store
            .read(move |c| audit::list(c, before, slice.limit.saturating_add(1)))
            .await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
        let items = rows.into_iter().map(AuditEntry::from).collect();
        Ok(Page { items, next })
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
