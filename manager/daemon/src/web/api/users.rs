//! `/users`: people who may log in.

use super::{
    answer::whole,
    extract::{Body, Key},
};
use crate::{
    engine::audit::Page,
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer, Identity},
    },
};
use axum::{Extension, Json, extract::State, http::StatusCode, response::IntoResponse};
use hearth_model::account::{Role, User};
use serde::Deserialize;
use utoipa::ToSchema;

/// A person to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Login name: 1 to 32 of letters, digits, `.`, `-`, `_`.
    name: String,
    /// Password, 12 to 1024 characters, not one of the commonest.
    password: String,
    /// What the person may do.
    role: Role,
}

/// A change to a person; what is not given stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserChange {
    /// What the person may do.
    role: Option<Role>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The new one, 12 to 1024 characters, not one of the commonest.
    password: String,
    /// The present one; needed by who changes their own.
    #[serde(default)]
    current_password: Option<String>,
}

/// All people
#[utoipa::path(get, path = "/users", tag = "users",
    responses((status = 200, description = "All of them, by name", body = Page<User>)))]
pub async fn list(_: AsAdmin, State(services): State<Services>) -> Result<Json<Page<User>>, Problem> {
    Ok(Json(whole(services.accounts.users().await?)))
}

/// Make a person
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser,
    responses((status = 201, description = "Made", body = User)))]
pub async fn create(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(wish): Body<NewUser>,
) -> Result<impl IntoResponse, Problem> {
    let user = services
        .accounts
        .create_user(&wish.name, &wish.password, wish.role, &actor)
        .await?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// Change what a person may do
#[utoipa::path(patch, path = "/users/{user}", tag = "users", request_body = UserChange,
    params(("user" = String, Path, description = "Id or login name")),
    responses((status = 200, description = "The person as changed", body = User)))]
pub async fn change(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Key(key): Key,
    Body(change): Body<UserChange>,
) -> Result<Json<User>, Problem> {
    let user = services.accounts.user(&key).await?;
    Ok(Json(match change.role {
        Some(role) => services.accounts.set_role(user.id, role, &actor).await?,
        None => user,
    }))
}

/// Set a password
///
/// One's own with the present one; an administrator those of others. Ends the person's other sessions and signed tokens.
#[utoipa::path(put, path = "/users/{user}/password", tag = "users", request_body = NewPassword,
    params(("user" = String, Path, description = "Id or login name")),
    responses((status = 204, description = "Set")))]
pub async fn set_password(
    AsViewer(actor): AsViewer,
    State(services): State<Services>,
    identity: Option<Extension<Identity>>,
    Key(key): Key,
    Body(wish): Body<NewPassword>,
) -> Result<StatusCode, Problem> {
    let keep = session_of(identity);
    let current = wish.current_password.as_deref();
    services
        .accounts
        .set_password_as(&key, &wish.password, current, keep.as_deref(), &actor)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn session_of(identity: Option<Extension<Identity>>) -> Option<String> {
    match identity {
        Some(Extension(Identity::Browser(session))) => Some(session.token),
        _ => None,
    }
}

/// Remove a person
///
/// Ends all their sessions and signed tokens. The last administrator stays.
#[utoipa::path(delete, path = "/users/{user}", tag = "users",
    params(("user" = String, Path, description = "Id or login name")),
    responses((status = 204, description = "Removed")))]
pub async fn remove(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Key(key): Key,
) -> Result<StatusCode, Problem> {
    let user = services.accounts.user(&key).await?;
    services.accounts.remove_user(user.id, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
