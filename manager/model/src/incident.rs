//! An incident: something that went wrong, since when, until when, and what was done about it.

use crate::id::IncidentId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// Stable id.
    pub id: IncidentId,
    /// With what, such as `app miniflux`.
    pub subject: String,
    /// What is the matter; once it is over, what was.
    pub text: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Until when; none while it goes on.
    pub ended_at: Option<Timestamp>,
    /// What was done about it; empty while it goes on.
    pub done: String,
    /// Who has said that they know of it.
    pub acked_by: Option<String>,
}
