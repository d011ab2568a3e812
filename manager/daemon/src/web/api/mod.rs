//! The HTTP contract: JSON in and out, a file a resource. A handler parses, calls one function of the engine, and answers.

use super::{About, Services};
use axum::{Extension, Router, extract::DefaultBodyLimit, routing::get};
use std::sync::Arc;
use utoipa::OpenApi as _;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

pub mod answer;
pub mod app_logs;
pub mod apps;
pub mod audit;
pub mod auth;
pub mod discover;
pub mod disks;
pub mod extract;
pub mod groups;
pub mod identity;
pub mod incidents;
pub mod jobs;
mod lines;
pub mod logs;
pub mod metrics;
pub mod network;
pub mod nodes;
pub mod openapi;
pub mod recipes;
pub mod resources;
pub mod services;
pub mod setup;
pub mod ssh;
pub mod support;
pub mod system;
pub mod updates;
pub mod users;

/// The whole contract under `/api/v1`, with its description at `/api/v1/openapi.json`, and the figures at `/metrics` too.
pub fn router() -> Router<Services> {
    let (routes, api) = described();
    let text: Arc<str> = api.to_json().unwrap_or_default().into();
    let routes = routes
        .route("/openapi.json", get(description))
        .route("/ws", get(super::events::websocket))
        .layer(Extension(Description(text)));
    Router::new()
        .nest("/api/v1", routes)
        .route("/metrics", get(metrics::metrics))
        .layer(Extension(About::now()))
}

/// What plain HTTP answers too.
pub fn open_router() -> Router<Services> {
    Router::new()
        .route("/system/health", get(system::health))
        .route("/system/version", get(system::version))
        .layer(Extension(About::now()))
}

/// The description alone.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().1
}

fn described() -> (Router<Services>, utoipa::openapi::OpenApi) {
    let (routes, mut api) = OpenApiRouter::with_openapi(openapi::Description::openapi())
        .routes(routes!(system::health))
        .routes(routes!(system::version))
        .routes(routes!(setup::get, setup::post))
        .routes(routes!(auth::login))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::session))
        .routes(routes!(auth::token))
        .routes(routes!(auth::tokens, auth::create_token))
        .routes(routes!(auth::revoke_token))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::change, users::remove))
        .routes(routes!(users::set_password))
        .routes(routes!(resources::get))
        .routes(routes!(resources::history))
        .routes(routes!(nodes::list, nodes::adopt))
        .routes(routes!(nodes::host_key))
        .routes(routes!(discover::discover))
        .routes(routes!(discover::discovered))
        .routes(routes!(nodes::get, nodes::change, nodes::release))
        .routes(routes!(nodes::stats))
        .routes(routes!(nodes::preflight))
        .routes(routes!(nodes::bootstrap))
        .routes(routes!(nodes::containers))
        .routes(routes!(nodes::projects))
        .routes(routes!(groups::list, groups::create))
        .routes(routes!(groups::get, groups::change, groups::remove))
        .routes(routes!(groups::act))
        .routes(routes!(recipes::list))
        .routes(routes!(recipes::schema))
        .routes(routes!(recipes::get))
        .routes(routes!(recipes::placement))
        .routes(routes!(recipes::deploy))
        .routes(routes!(apps::list))
        .routes(routes!(apps::get, apps::change, apps::remove))
        .routes(routes!(apps::start))
        .routes(routes!(apps::stop))
        .routes(routes!(apps::restart))
        .routes(routes!(apps::containers))
        .routes(routes!(app_logs::logs))
        .routes(routes!(apps::compose))
        .routes(routes!(apps::commands))
        .routes(routes!(apps::stats))
        .routes(routes!(apps::secrets))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::log))
        .routes(routes!(jobs::plan))
        .routes(routes!(jobs::results))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(audit::list))
        .routes(routes!(incidents::list))
        .routes(routes!(incidents::acknowledge))
        .routes(routes!(identity::host_name, identity::set_host_name))
        .routes(routes!(identity::time, identity::set_time))
        .routes(routes!(services::list))
        .routes(routes!(services::act))
        .routes(routes!(logs::logs))
        .routes(routes!(network::network, network::set_network))
        .routes(routes!(network::confirm_network))
        .routes(routes!(network::revert_network))
        .routes(routes!(disks::disks))
        .routes(routes!(disks::format_disk))
        .routes(routes!(disks::install_onto_disk))
        .routes(routes!(disks::mounts, disks::add_mount))
        .routes(routes!(disks::remove_mount))
        .routes(routes!(disks::try_mount))
        .routes(routes!(ssh::ssh, ssh::set_ssh))
        .routes(routes!(ssh::factory_reset))
        .routes(routes!(support::bundle))
        .routes(routes!(updates::get, updates::change))
        .routes(routes!(updates::check))
        .routes(large(routes!(updates::upload)))
        .routes(routes!(updates::install))
        .routes(routes!(updates::rollback))
        .routes(routes!(updates::reboot))
        .routes(routes!(updates::shutdown))
        .routes(routes!(metrics::metrics))
        .split_for_parts();
    openapi::complete(&mut api);
    (routes, api)
}

/// A route whose body is a file: its handler bounds it.
fn large((schemas, paths, route): UtoipaMethodRouter<Services>) -> UtoipaMethodRouter<Services> {
    (schemas, paths, route.layer(DefaultBodyLimit::disable()))
}

#[derive(Clone)]
struct Description(Arc<str>);

async fn description(Extension(Description(text)): Extension<Description>) -> impl axum::response::IntoResponse {
    ([(http::header::CONTENT_TYPE, "application/json")], text.to_string())
}
