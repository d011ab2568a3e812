//! Settings: people, tokens, trust, and what this is.

pub mod about;
pub mod disks;
pub mod logs;
pub mod network;
pub mod people;
pub mod reset;
pub mod services;
pub mod ssh;
pub mod this_box;
pub mod tokens;
pub mod update;

use super::icons::Icon;
use crate::web::Services;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use hearth_model::account::Role;
use maud::{Markup, html};

/// The routes below `/settings`.
pub fn router() -> Router<Services> {
    Router::new()
        .route("/settings", get(about::get))
        .route("/settings/support-bundle", post(about::support_bundle))
        .route("/settings/people", get(people::get).post(people::post))
        .route("/settings/people/{user}/password", post(people::password))
        .route("/settings/people/{user}/remove", post(people::remove))
        .route("/settings/box", get(this_box::get))
        .route("/settings/box/name", post(this_box::name))
        .route("/settings/box/time", post(this_box::set_time))
        .route("/settings/network", get(network::get).post(network::post))
        .route("/settings/network/confirm", post(network::confirm))
        .route("/settings/network/revert", post(network::revert))
        .route("/settings/disks", get(disks::get))
        .route("/settings/disks/add", get(disks::add::get).post(disks::add::post))
        .route(
            "/settings/disks/{disk}/format",
            get(disks::format::get).post(disks::format::post),
        )
        .route(
            "/settings/disks/{disk}/install",
            get(disks::install::get).post(disks::install::post),
        )
        .route("/settings/mounts/{name}/mount", post(disks::mount))
        .route("/settings/mounts/{name}/remove", post(disks::remove))
        .route("/settings/ssh", get(ssh::get).post(ssh::post))
        .route("/settings/reset", get(reset::get).post(reset::post))
        .route("/settings/services", get(services::get))
        .route("/settings/services/{unit}/{verb}", post(services::act))
        .route("/settings/logs", get(logs::get))
        .route("/settings/update", get(update::get).post(update::save))
        .route("/settings/update/check", post(update::check))
        .route("/settings/update/install", post(update::install))
        .route("/settings/update/rollback", post(update::roll_back))
        .route(
            "/settings/update/upload",
            post(update::upload).layer(DefaultBodyLimit::disable()),
        )
        .route("/settings/power", post(update::power))
        .route("/settings/tokens", get(tokens::get).post(tokens::post))
        .route("/settings/tokens/{token}/revoke", post(tokens::revoke))
}

/// The roles with what each may do.
const ROLES: [(Role, &str, &str); 3] = [
    (Role::Viewer, "viewer", "Viewer: looks at everything but secrets"),
    (Role::Operator, "operator", "Operator: also deploys, starts, stops"),
    (Role::Admin, "admin", "Admin: also adopts machines and manages people"),
];

fn role_options() -> Vec<(String, String)> {
    ROLES
        .iter()
        .map(|(_, word, text)| ((*word).to_owned(), (*text).to_owned()))
        .collect()
}

fn role(word: &str) -> Option<Role> {
    ROLES.iter().find(|(_, w, _)| *w == word).map(|(role, ..)| *role)
}

fn role_word(role: Role) -> &'static str {
    ROLES.iter().find(|(r, ..)| *r == role).map_or("", |(_, word, _)| word)
}

const TABS: [(&str, &str); 10] = [
    ("/settings", "About"),
    ("/settings/box", "This box"),
    ("/settings/network", "Network"),
    ("/settings/disks", "Disks"),
    ("/settings/ssh", "SSH"),
    ("/settings/services", "Services"),
    ("/settings/logs", "Logs"),
    ("/settings/update", "Updates"),
    ("/settings/people", "People"),
    ("/settings/tokens", "Tokens"),
];

fn tabs(here: &str) -> Markup {
    html! {
        nav class="tabs" aria-label="Kinds of settings" {
            @for (href, name) in TABS {
                a href=(href) aria-current=[(name == here).then_some("page")] { (name) }
            }
        }
    }
}

fn only_admins() -> Markup {
    html! { p class="card row" { (Icon::Shield) "Only an admin may see and change this." } }
}
