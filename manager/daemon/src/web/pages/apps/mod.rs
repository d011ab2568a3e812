//! Apps: the catalogue, deploying, and an app's own page.

pub mod card;
pub mod change;
pub mod detail;
pub mod icon;
pub mod installed;
pub mod list;
pub mod log;
pub mod new;
pub mod placement;
pub mod questions;
pub mod remove;
pub mod secrets;
pub mod shelf;

use super::form::Fields;
use crate::{
    port::compose::Action,
    web::{Services, problem::Problem, security::CsrfForm},
};
use axum::{
    Router,
    extract::{Path, State},
    response::Redirect,
    routing::{get, post},
};
use hearth_model::account::Role;

/// The routes below `/apps`.
pub fn router() -> Router<Services> {
    Router::new()
        .route("/apps", get(list::get))
        .route("/apps/icons/{file}", get(icon::get))
        .route("/apps/new/{recipe}", get(new::get).post(new::post))
        .route("/apps/new/{recipe}/preview", post(new::preview))
        .route("/apps/{app}", get(detail::get))
        .route("/apps/{app}/log.txt", get(log::get))
        .route("/apps/{app}/start", post(start))
        .route("/apps/{app}/stop", post(stop))
        .route("/apps/{app}/restart", post(restart))
        .route("/apps/{app}/change", get(change::get).post(change::post))
        .route("/apps/{app}/remove", get(remove::get).post(remove::post))
        .route("/apps/{app}/secrets", post(secrets::post))
}

async fn start(services: State<Services>, app: Path<String>, form: CsrfForm<Fields>) -> Result<Redirect, Problem> {
    act(services, app, form, Action::Start).await
}

async fn stop(services: State<Services>, app: Path<String>, form: CsrfForm<Fields>) -> Result<Redirect, Problem> {
    act(services, app, form, Action::Stop).await
}

async fn restart(services: State<Services>, app: Path<String>, form: CsrfForm<Fields>) -> Result<Redirect, Problem> {
    act(services, app, form, Action::Restart).await
}

async fn act(
    State(services): State<Services>,
    Path(app): Path<String>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
    action: Action,
) -> Result<Redirect, Problem> {
    login.require(Role::Operator)?;
    let job = services.apps.act(&app, action, None, &login.actor).await?;
    Ok(Redirect::to(&super::jobs::path(job.id)))
}
