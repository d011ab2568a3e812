//! `/groups`: groups of nodes, and one action on all of a group. A group is there while a node is in it.

use super::{
    answer::{Begun, whole},
    extract::{Body, Key},
};
use crate::{
    engine::{
        audit::Page,
        nodes::{Group, GroupAction},
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

/// Do something on all nodes of a group
///
/// The job's log has a result a node.
#[utoipa::path(post, path = "/groups/{group}/actions", tag = "groups", request_body = ActionRequest,
    params(("group" = String, Path, description = "Name of the group")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn act(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
    Body(request): Body<ActionRequest>,
) -> Result<Begun, Problem> {
    let group: Slug = key.parse("group")?;
    Ok(services
        .nodes
        .group_action(&group, request.action, &actor)
        .await?
        .into())
}
