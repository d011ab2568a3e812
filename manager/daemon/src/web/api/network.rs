//! `/system/network`: the links of the box, and changes that are taken back unless they are confirmed.

use super::extract::Body;
use crate::{
    engine::appliance::{LinkChange, NetworkState},
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer},
    },
};
use axum::{Json, extract::State};

/// The network of the box
#[utoipa::path(get, path = "/system/network", tag = "system",
    responses((status = 200, description = "Its network cards, and a change that waits for its confirmation", body = NetworkState)))]
pub async fn network(_: AsViewer, State(services): State<Services>) -> Json<NetworkState> {
    Json(services.network.state().await)
}

/// Change the settings of a network link
///
/// It is done at once, and taken back unless it is confirmed within 60 s: from the new address, if that is another.
#[utoipa::path(post, path = "/system/network", tag = "system", request_body = LinkChange,
    responses((status = 200, description = "As it is now; the change waits for its confirmation", body = NetworkState)))]
pub async fn set_network(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(change): Body<LinkChange>,
) -> Result<Json<NetworkState>, Problem> {
    let settings = change.settings()?;
    Ok(Json(services.network.set(change.link, settings, &actor).await?))
}

/// Keep the change that waits for its confirmation
#[utoipa::path(post, path = "/system/network/confirm", tag = "system",
    responses((status = 200, description = "As it stays", body = NetworkState)))]
pub async fn confirm_network(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
) -> Result<Json<NetworkState>, Problem> {
    Ok(Json(services.network.confirm(&actor).await?))
}

/// Take back the change that waits for its confirmation
#[utoipa::path(post, path = "/system/network/revert", tag = "system",
    responses((status = 200, description = "As it was before", body = NetworkState)))]
pub async fn revert_network(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
) -> Result<Json<NetworkState>, Problem> {
    Ok(Json(services.network.revert(&actor).await?))
}
