//! `/system/ssh` and `/system/factory-reset`: who gets in beside the pages, and the way back to a new box.

use super::extract::Body;
use crate::{
    engine::appliance::{SshChange, SshState},
    web::{Services, problem::Problem, security::AsAdmin},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

/// What a factory reset wants to be told.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// Name of the box.
    confirm: String,
}

/// Who may log in over SSH
#[utoipa::path(get, path = "/system/ssh", tag = "system",
    responses((status = 200, description = "Whether the server runs, and whose keys it takes", body = SshState)))]
pub async fn ssh(_: AsAdmin, State(services): State<Services>) -> Json<SshState> {
    Json(services.ssh.state().await)
}

/// Switch SSH on or off, and say whose keys it takes
///
/// One logs in as root, with a key: there are no passwords.
#[utoipa::path(post, path = "/system/ssh", tag = "system", request_body = SshChange,
    responses((status = 200, description = "As it is now", body = SshState)))]
pub async fn set_ssh(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(change): Body<SshChange>,
) -> Result<Json<SshState>, Problem> {
    Ok(Json(services.ssh.change(change, &actor).await?))
}

/// Make the box as it was when it was new
///
/// It restarts within seconds, and then removes all data of its own and of the apps on it. Other machines stay as they are.
#[utoipa::path(post, path = "/system/factory-reset", tag = "system", request_body = ResetRequest,
    responses((status = 204, description = "It goes down within seconds")))]
pub async fn factory_reset(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(request): Body<ResetRequest>,
) -> Result<StatusCode, Problem> {
    services.factory_reset.begin(&request.confirm, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
