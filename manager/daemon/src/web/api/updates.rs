//! `/system/update`: both slots, what is offered, and putting another version into service.

use super::{
    answer::Begun,
    extract::{Body, IdempotencyKey, Key},
};
use crate::{
    engine::{
        self,
        updates::{InstallRequest, RestartAt, UpdateSettings, UpdateState},
    },
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer},
        upload,
    },
};
use axum::{Json, body, extract::State, http::StatusCode};
use hearth_model::update::{BundleInfo, Channel};
use serde::Deserialize;
use utoipa::ToSchema;

/// What to choose differently; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateChange {
    /// Which releases are offered.
    channel: Option<Channel>,
    /// Address of the folder with the feeds; empty for none.
    feed: Option<String>,
    /// When the box is restarted after an installation.
    restart: Option<RestartAt>,
}

/// When to restart; as in the settings when it is left out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RollbackRequest {
    /// When.
    restart: Option<RestartAt>,
}

/// How updates stand
#[utoipa::path(get, path = "/system/update", tag = "system",
    responses((status = 200, description = "Both slots, what runs, what is offered, how the last one went", body = UpdateState)))]
pub async fn get(_: AsViewer, State(services): State<Services>) -> Result<Json<UpdateState>, Problem> {
    Ok(Json(services.updates.state().await?))
}

/// Choose channel, feed and the time of the restart
#[utoipa::path(patch, path = "/system/update", tag = "system", request_body = UpdateChange,
    responses((status = 200, description = "As they are now", body = UpdateSettings)))]
pub async fn change(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(change): Body<UpdateChange>,
) -> Result<Json<UpdateSettings>, Problem> {
    let mut settings = services.updates.settings().await?;
    settings.channel = change.channel.unwrap_or(settings.channel);
    settings.restart = change.restart.unwrap_or(settings.restart);
    if let Some(feed) = change.feed {
        settings.feed = UpdateSettings::parse_feed(&feed)?;
    }
    Ok(Json(services.updates.set(settings, &actor).await?))
}

/// Look for updates
#[utoipa::path(post, path = "/system/update/check", tag = "system",
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn check(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    IdempotencyKey(once): IdempotencyKey,
) -> Result<Begun, Problem> {
    Ok(services.updates.begin_check(once.as_deref(), &actor).await?.into())
}

/// Upload a bundle
///
/// The body is the bundle itself, at most 2 GiB. It is looked into at once: what is not signed for this box is not kept.
#[utoipa::path(put, path = "/system/update/uploads/{name}", tag = "system",
    params(("name" = String, Path, description = "Name of the bundle, ending in .raucb")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "What it is", body = BundleInfo)))]
pub async fn upload(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
    body: body::Body,
) -> Result<Json<BundleInfo>, Problem> {
    let path = services.updates.upload_path(&key.0)?;
    upload::receive(body.into_data_stream(), &path).await?;
    Ok(Json(services.updates.uploaded(&key.0, &actor).await?))
}

/// Install what is offered, or what was uploaded
#[utoipa::path(post, path = "/system/update/install", tag = "system", request_body = InstallRequest,
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn install(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    IdempotencyKey(once): IdempotencyKey,
    Body(request): Body<InstallRequest>,
) -> Result<Begun, Problem> {
    Ok(services.updates.install(request, once.as_deref(), &actor).await?.into())
}

/// Go back to the other slot
#[utoipa::path(post, path = "/system/update/rollback", tag = "system", request_body = RollbackRequest,
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn rollback(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    IdempotencyKey(once): IdempotencyKey,
    Body(request): Body<RollbackRequest>,
) -> Result<Begun, Problem> {
    Ok(services
        .updates
        .roll_back(request.restart, once.as_deref(), &actor)
        .await?
        .into())
}

/// Restart the box
#[utoipa::path(post, path = "/system/reboot", tag = "system",
    responses((status = 204, description = "It goes down within seconds")))]
pub async fn reboot(AsAdmin(actor): AsAdmin, State(services): State<Services>) -> Result<StatusCode, Problem> {
    services.power.restart(&actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turn the box off
#[utoipa::path(post, path = "/system/shutdown", tag = "system",
    responses((status = 204, description = "It goes down within seconds")))]
pub async fn shutdown(AsAdmin(actor): AsAdmin, State(services): State<Services>) -> Result<StatusCode, Problem> {
    services.power.off(&actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<engine::updates::FeedAddressError> for Problem {
    fn from(error: engine::updates::FeedAddressError) -> Self {
        Self::field("/feed", error.to_string())
    }
}
