//! `/system/support-bundle`: what somebody who helps has to know.

use crate::web::{Services, problem::Problem, security::AsAdmin, support};
use axum::{extract::State, response::Response};

/// Make a support bundle
///
/// Versions, settings of the box, nodes, apps, the last jobs with their logs, incidents, audit log and journal, without secrets.
#[utoipa::path(post, path = "/system/support-bundle", tag = "system",
    responses((status = 200, description = "A gzipped tar archive", body = Vec<u8>, content_type = "application/gzip")))]
pub async fn bundle(AsAdmin(actor): AsAdmin, State(services): State<Services>) -> Result<Response, Problem> {
    Ok(support::file(services.support.bundle(&actor).await?))
}
