//! The pages: HTML rendered on the server, one file each.
//!
//! A page is a pure function from model types to markup; its handler reads through the engine and calls it. Every
//! form works without scripts. What is live is one part of the page, rendered by the same function (`live`).

pub mod activity;
pub mod apps;
pub mod assets;
pub mod components;
pub mod form;
pub mod format;
pub mod frame;
pub mod home;
pub mod icons;
pub mod incidents;
pub mod jobs;
pub mod live;
pub mod login;
pub mod nodes;
pub mod problem;
pub mod settings;
pub mod setup;
pub mod trust;

pub use problem::page as problem_page;
pub use setup::boot::plain as boot_page;

use super::Services;
use axum::{
    Router,
    response::Redirect,
    routing::{get, post},
};

/// Every page, and the assets.
pub fn router() -> Router<Services> {
    Router::new()
        .route("/", get(home::get))
        .route("/login", get(login::get).post(login::post))
        .route("/logout", post(login::logout))
        .route("/trust", get(trust::get))
        .route("/jobs/{job}", get(jobs::get))
        .route("/jobs/{job}/cancel", post(jobs::cancel))
        .route("/jobs/{job}/retry", post(jobs::retry))
        .route("/activity", get(activity::jobs))
        .route("/activity/audit", get(activity::audit))
        .route("/activity/incidents", get(incidents::get))
        .route("/activity/incidents/{incident}/ack", post(incidents::acknowledge))
        .route("/assets/{*name}", get(assets::get))
        .route(
            "/favicon.ico",
            get(|| async { Redirect::permanent("/assets/favicon.svg") }),
        )
        .merge(setup::router())
        .merge(apps::router())
        .merge(nodes::router())
        .merge(settings::router())
        .merge(live::router())
}
