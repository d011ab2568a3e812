//! `/setup`: first boot. No login, until it is done.

use super::{auth::LoggedIn, extract::Body};
use crate::{
    engine::setup::{SetupRequest, SetupState},
    web::{
        Services,
        problem::Problem,
        security::{ClientAddr, session_cookie},
    },
};
use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};

/// What first boot still asks
#[utoipa::path(get, path = "/setup", tag = "setup", security(()),
    responses((status = 200, description = "What is still to be asked", body = SetupState)))]
pub async fn get(State(services): State<Services>) -> Result<Json<SetupState>, Problem> {
    Ok(Json(services.setup.state().await?))
}

/// Set up
///
/// Names the box, makes the first administrator and logs them in. Once only.
#[utoipa::path(post, path = "/setup", tag = "setup", security(()), request_body = SetupRequest,
    responses((status = 201, description = "Set up; a session cookie is set", body = LoggedIn)))]
pub async fn post(
    State(services): State<Services>,
    from: ClientAddr,
    Body(request): Body<SetupRequest>,
) -> Result<impl IntoResponse, Problem> {
    let session = services.setup.complete(request, from.text().as_deref()).await?;
    Ok((
        StatusCode::CREATED,
        [session_cookie(&session)],
        Json(LoggedIn::from(&session)),
    ))
}
