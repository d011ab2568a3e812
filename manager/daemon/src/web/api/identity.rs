//! `/system/hostname` and `/system/time`: what the box is called, and how it keeps time.

use super::extract::Body;
use crate::{
    engine::appliance::{HostNameState, TimeChange, TimeState},
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer},
    },
};
use axum::{Json, extract::State};
use hearth_model::name::Slug;
use serde::Deserialize;
use utoipa::ToSchema;

/// Another name for the box.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostNameChange {
    /// The name: a label as of RFC 1123, in lower case.
    name: Slug,
}

/// What the box is called
#[utoipa::path(get, path = "/system/hostname", tag = "system",
    responses((status = 200, description = "Its name, and the address that follows from it", body = HostNameState)))]
pub async fn host_name(_: AsViewer, State(services): State<Services>) -> Result<Json<HostNameState>, Problem> {
    Ok(Json(services.host_name.state().await?))
}

/// Name the box
///
/// Within seconds it answers at the new address, with a certificate for it; at the old one no more.
#[utoipa::path(post, path = "/system/hostname", tag = "system", request_body = HostNameChange,
    responses((status = 200, description = "As it is now", body = HostNameState)))]
pub async fn set_host_name(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(change): Body<HostNameChange>,
) -> Result<Json<HostNameState>, Problem> {
    Ok(Json(services.host_name.set(change.name, &actor).await?))
}

/// How the box keeps time
#[utoipa::path(get, path = "/system/time", tag = "system",
    responses((status = 200, description = "Its clock, time zone and time servers", body = TimeState)))]
pub async fn time(_: AsViewer, State(services): State<Services>) -> Result<Json<TimeState>, Problem> {
    Ok(Json(services.time.state().await?))
}

/// Set time zone and time servers
#[utoipa::path(post, path = "/system/time", tag = "system", request_body = TimeChange,
    responses((status = 200, description = "As it is now", body = TimeState)))]
pub async fn set_time(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(change): Body<TimeChange>,
) -> Result<Json<TimeState>, Problem> {
    Ok(Json(services.time.change(change, &actor).await?))
}
