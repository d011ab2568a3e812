//! `/system/services`: the services of the box.

use super::extract::Keys;
use crate::{
    engine::appliance::{Service, ServiceList},
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer},
    },
};
use axum::{Json, extract::State};

/// The services of the box
#[utoipa::path(get, path = "/system/services", tag = "system",
    responses((status = 200, description = "Those that matter, then others that have failed", body = ServiceList)))]
pub async fn list(_: AsViewer, State(services): State<Services>) -> Json<ServiceList> {
    Json(services.box_services.list().await)
}

/// Start, stop or restart a service
///
/// Answers when it is done, or after 30 s. The manager itself is restarted without waiting.
#[utoipa::path(post, path = "/system/services/{unit}/{verb}", tag = "system",
    params(("unit" = String, Path, description = "Name of the unit, with or without .service"),
        ("verb" = String, Path, description = "start, stop or restart")),
    responses((status = 200, description = "As it is now", body = Service)))]
pub async fn act(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    keys: Keys,
) -> Result<Json<Service>, Problem> {
    let (unit, verb) = (keys.first("service")?, keys.second("verb")?);
    Ok(Json(services.box_services.act(&unit, verb, &actor).await?))
}
