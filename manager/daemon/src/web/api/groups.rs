//! `/groups`: groups of nodes, and one action on all of a group. A group is there while a node is in it.

use super::{
    answer::{Begun, whole},
    extract::{Body, IdempotencyKey, Key},
};
use crate::{
    engine::{
        audit::Page,
        nodes::{Group, GroupAction, GroupChange},
    },
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer},
    },
};
use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use hearth_model::name::Slug;
use serde::Deserialize;
use utoipa::ToSchema;

/// A group and its nodes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Name.
    name: Slug,
    /// Its nodes, each by id or name; without any, the group is gone.
    nodes: Vec<String>,
}

/// One action on all nodes of a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionRequest {
    /// What to do.
    action: GroupAction,
}

/// Groups
#[utoipa::path(get, path = "/groups", tag = "groups",
    responses((status = 200, description = "Groups by name, each with its nodes", body = Page<Group>)))]
pub async fn list(_: AsViewer, State(services): State<Services>) -> Json<Page<Group>> {
    Json(whole(services.nodes.groups()))
}

/// Make a group of exactly these nodes
#[utoipa::path(post, path = "/groups", tag = "groups", request_body = NewGroup,
    responses((status = 201, description = "The group as it is now", body = Group)))]
pub async fn create(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(wish): Body<NewGroup>,
) -> Result<impl IntoResponse, Problem> {
    let group = services.nodes.set_group(&wish.name, &wish.nodes, &actor).await?;
    Ok((StatusCode::CREATED, Json(group)))
}

/// One group
#[utoipa::path(get, path = "/groups/{group}", tag = "groups",
    params(("group" = String, Path, description = "Name of the group")),
    responses((status = 200, description = "The group", body = Group)))]
pub async fn get(_: AsViewer, State(services): State<Services>, key: Key) -> Result<Json<Group>, Problem> {
    Ok(Json(services.nodes.group(&key.parse("group")?)?))
}

/// Rename a group, put nodes in, take nodes out
///
/// Without nodes it is gone.
#[utoipa::path(patch, path = "/groups/{group}", tag = "groups", request_body = GroupChange,
    params(("group" = String, Path, description = "Name of the group")),
    responses((status = 200, description = "The group as it is now", body = Group)))]
pub async fn change(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
    Body(change): Body<GroupChange>,
) -> Result<Json<Group>, Problem> {
    let group = key.parse("group")?;
    Ok(Json(services.nodes.change_group(&group, change, &actor).await?))
}

/// Delete a group
///
/// Its nodes stay.
#[utoipa::path(delete, path = "/groups/{group}", tag = "groups",
    params(("group" = String, Path, description = "Name of the group")),
    responses((status = 204, description = "It is gone")))]
pub async fn remove(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
) -> Result<StatusCode, Problem> {
    services.nodes.remove_group(&key.parse("group")?, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Do something on all nodes of a group
///
/// `GET /jobs/{job}/results` tells what came of it on each.
#[utoipa::path(post, path = "/groups/{group}/actions", tag = "groups", request_body = ActionRequest,
    params(("group" = String, Path, description = "Name of the group")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn act(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
    IdempotencyKey(once): IdempotencyKey,
    Body(request): Body<ActionRequest>,
) -> Result<Begun, Problem> {
    let group: Slug = key.parse("group")?;
    Ok(services
        .nodes
        .group_action(&group, request.action, once.as_deref(), &actor)
        .await?
        .into())
}
