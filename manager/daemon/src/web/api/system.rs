//! `/system`: whether it lives, and what it is. No login.

use crate::{
    engine::BUILD,
    web::{About, Services, problem::Problem},
};
use axum::{Extension, Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether Hearth lives and is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`: it lives. Otherwise there is no answer.
    pub status: String,
    /// Whether the database answers.
    pub ready: bool,
}

/// What runs here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Version {
    /// Version of Hearth.
    pub version: String,
    /// What it was built from; `development` outside of a release.
    pub build: String,
    /// Seconds since the manager was started.
    pub uptime_secs: u64,
    /// Whether first boot is done.
    pub set_up: bool,
}

/// Lives and is ready
///
/// For watchdogs and load balancers; needs no login.
#[utoipa::path(get, path = "/system/health", tag = "system", security(()),
    responses((status = 200, description = "It lives and is ready", body = Health)))]
pub async fn health(State(services): State<Services>) -> Result<Json<Health>, Problem> {
    let asked = services.accounts.is_ready().await;
    asked.map_err(|error| {
        tracing::warn!(%error, "not ready");
        crate::engine::Error::NotReady("the database does not answer".to_owned())
    })?;
    Ok(Json(Health {
        status: "ok".to_owned(),
        ready: true,
    }))
}

/// Version, build, uptime
#[utoipa::path(get, path = "/system/version", tag = "system", security(()),
    responses((status = 200, description = "What runs here", body = Version)))]
pub async fn version(
    State(services): State<Services>,
    Extension(about): Extension<About>,
) -> Result<Json<Version>, Problem> {
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: BUILD.to_owned(),
        uptime_secs: about.started.elapsed().as_secs(),
        set_up: services.accounts.is_set_up().await?,
    }))
}
