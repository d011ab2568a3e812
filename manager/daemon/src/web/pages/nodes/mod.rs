//! Nodes: the machines under management, adopting and releasing them.

pub mod adopt;
pub mod bootstrap;
pub mod card;
pub mod compare;
pub mod detail;
pub mod discover;
pub mod edit;
pub mod groups;
pub mod list;
pub mod machines;
pub mod release;

use crate::web::Services;
use axum::{
    Router,
    routing::{get, post},
};

/// The routes below `/nodes`.
pub fn router() -> Router<Services> {
    Router::new()
        .route("/nodes", get(list::get))
        .route("/nodes/adopt", get(adopt::get).post(adopt::post))
        .route("/nodes/adopt/local", post(adopt::local))
        .route("/nodes/adopting", get(adopt::progress))
        .route("/nodes/discover", get(discover::get).post(discover::post))
        .route("/nodes/compare", get(compare::get))
        .route("/nodes/groups", get(groups::list).post(groups::create))
        .route("/nodes/groups/{group}", get(groups::get).post(groups::post))
        .route(
            "/nodes/groups/{group}/delete",
            get(groups::ask_delete).post(groups::delete),
        )
        .route(
            "/nodes/groups/{group}/run",
            get(groups::run::get).post(groups::run::post),
        )
        .route("/nodes/{node}", get(detail::get))
        .route("/nodes/{node}/preflight", get(bootstrap::preflight))
        .route("/nodes/{node}/bootstrap", get(bootstrap::get).post(bootstrap::post))
        .route("/nodes/{node}/edit", get(edit::get).post(edit::post))
        .route("/nodes/{node}/drain", post(edit::drain))
        .route("/nodes/{node}/release", get(release::get).post(release::post))
}
