//! Who did what to what, when, from where.

use super::Result;
use hearth_model::id::AuditId;
use jiff::Timestamp;
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

/// Reads the audit log. Rows are written by each use case, in the transaction of what it changes.
pub struct Audit {}

impl Audit {
    /// The log, newest first.
    ///
    /// # Errors
    /// `Invalid` for a bad cursor.
    pub async fn list(&self, slice: Slice) -> Result<Page<AuditEntry>> {
        let _ = slice;
        unimplemented!()
    }
}
