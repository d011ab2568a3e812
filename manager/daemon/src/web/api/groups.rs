//! `/groups`: groups of nodes, and one action on all of a group. A group is there while a node is in it.

use super::{
    answer::whole,
    extract::{Body, Key},
};
use crate::{
    engine::{self, audit::Page, nodes::NodeChange},
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer},
    },
};
use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use hearth_model::{account::Actor, fault::Preflight, id::NodeId, job::Job, name::Slug, node::Node};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Label that keeps new apps away from a node.
const DRAIN: &str = "drain";

/// A group of nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Name.
    pub name: Slug,
    /// Names of the nodes in it.
    #[schema(min_items = 1)]
    pub nodes: Vec<Slug>,
}

/// What can be done with all nodes of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupAction {
    /// See what is missing.
    Preflight,
    /// Install what is missing.
    Bootstrap,
    /// Keep new apps away.
    Drain,
    /// Let new apps in again.
    Undrain,
}

/// One action on all nodes of a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionRequest {
    /// What to do.
    action: GroupAction,
}

/// What came of it on one node.
#[derive(Serialize, ToSchema)]
pub struct NodeResult {
    /// The node.
    node: NodeId,
    /// Its name.
    name: Slug,
    /// The job that was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<Job>,
    /// What preflight found.
    #[serde(skip_serializing_if = "Option::is_none")]
    preflight: Option<Preflight>,
    /// Why it was not done there.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Groups
#[utoipa::path(get, path = "/groups", tag = "groups",
    responses((status = 200, description = "Groups by name, each with its nodes", body = Page<Group>)))]
pub async fn list(_: AsViewer, State(services): State<Services>) -> Result<Json<Page<Group>>, Problem> {
    let mut groups: BTreeMap<Slug, Vec<Slug>> = BTreeMap::new();
    for node in services.nodes.list().await? {
        for group in node.groups {
            groups.entry(group).or_default().push(node.name.clone());
        }
    }
    let groups = groups.into_iter().map(|(name, nodes)| Group { name, nodes });
    Ok(Json(whole(groups.collect())))
}

/// Put nodes into a group
///
/// Nodes that are in it already stay.
#[utoipa::path(post, path = "/groups", tag = "groups", request_body = Group,
    responses((status = 201, description = "The group as it is now", body = Group)))]
pub async fn create(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(wish): Body<Group>,
) -> Result<impl IntoResponse, Problem> {
    if wish.nodes.is_empty() {
        return Err(Problem::field("/nodes", "name at least one node"));
    }
    let all = services.nodes.list().await?;
    // All are looked up first, so that a misspelt one changes nothing.
    for (position, name) in wish.nodes.iter().enumerate() {
        if !all.iter().any(|node| node.name == *name) {
            let message = format!("there is no node {name}");
            return Err(Problem::field(format!("/nodes/{position}"), message));
        }
    }
    let mut members = Vec::new();
    for node in all {
        if wish.nodes.contains(&node.name) && !node.groups.contains(&wish.name) {
            let mut groups = node.groups.clone();
            groups.insert(wish.name.clone());
            let change = NodeChange {
                groups: Some(groups),
                ..NodeChange::default()
            };
            services.nodes.change(&node.id.to_string(), change, &actor).await?;
            members.push(node.name);
        } else if node.groups.contains(&wish.name) {
            members.push(node.name);
        }
    }
    let group = Group {
        name: wish.name,
        nodes: members,
    };
    Ok((StatusCode::CREATED, Json(group)))
}

/// Do something on all nodes of a group
///
/// Each node has its own result: a job that was begun, or why not.
#[utoipa::path(post, path = "/groups/{group}/actions", tag = "groups", request_body = ActionRequest,
    params(("group" = String, Path, description = "Name of the group")),
    responses((status = 202, description = "A result a node", body = Page<NodeResult>)))]
pub async fn act(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
    Body(request): Body<ActionRequest>,
) -> Result<impl IntoResponse, Problem> {
    let group: Slug = key.parse("group")?;
    let mut members = services.nodes.list().await?;
    members.retain(|node| node.groups.contains(&group));
    if members.is_empty() {
        return Err(engine::Error::not_found("group", group).into());
    }
    let results = futures::future::join_all(
        members
            .into_iter()
            .map(|node| act_on(&services, node, request.action, &actor)),
    );
    Ok((StatusCode::ACCEPTED, Json(whole(results.await))))
}

async fn act_on(services: &Services, node: Node, action: GroupAction, actor: &Actor) -> NodeResult {
    let key = node.id.to_string();
    let mut result = NodeResult {
        node: node.id,
        name: node.name,
        job: None,
        preflight: None,
        problem: None,
    };
    let mut labels = node.labels;
    let done = match action {
        GroupAction::Preflight => services
            .nodes
            .preflight(&key)
            .await
            .map(|found| result.preflight = Some(found)),
        GroupAction::Bootstrap => services
            .nodes
            .bootstrap(&key, actor)
            .await
            .map(|job| result.job = Some(job)),
        GroupAction::Drain => {
            labels.insert(DRAIN.to_owned(), "true".to_owned());
            relabel(services, &key, labels, actor).await
        }
        GroupAction::Undrain => {
            labels.remove(DRAIN);
            relabel(services, &key, labels, actor).await
        }
    };
    result.problem = done.err().map(Problem::from);
    result
}

async fn relabel(
    services: &Services,
    key: &str,
    labels: BTreeMap<String, String>,
    actor: &Actor,
) -> engine::Result<()> {
    let change = NodeChange {
        labels: Some(labels),
        ..NodeChange::default()
    };
    services.nodes.change(key, change, actor).await.map(|_| ())
}
