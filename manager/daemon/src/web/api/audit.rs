//! `/audit`: who did what to what, when, from where.

use super::{answer::slice, extract::Params};
use crate::{
    engine::audit::{AuditEntry, Page},
    web::{Services, problem::Problem, security::AsAdmin},
};
use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which part of the log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditPart {
    /// At most so many, 1 to 1,000; default 100.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
}

/// The audit log
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditPart),
    responses((status = 200, description = "Entries, newest first", body = Page<AuditEntry>)))]
pub async fn list(
    _: AsAdmin,
    State(services): State<Services>,
    Params(part): Params<AuditPart>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    Ok(Json(services.audit.list(slice(part.limit, part.after)?).await?))
}
