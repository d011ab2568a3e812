//! `/nodes`: machines under management.

use super::{
    answer::{Begun, slice, whole},
    extract::{Body, IdempotencyKey, Key, Params},
    resources::Range,
};
use crate::{
    engine::{
        audit::Page,
        nodes::{
            AdoptRequest, NodeChange, NodeStats,
            list::{Concern, NodeFilter as Filter},
        },
    },
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsOperator, AsViewer},
    },
};
use axum::{Json, extract::State};
use hearth_model::{
    app::Container,
    facts::FoundProject,
    fault::Preflight,
    name::Slug,
    node::{Host, HostKey, Node},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which nodes to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NodeFilter {
    /// At most so many, 1 to 1,000; default 100.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// Only those that answer, or do not.
    online: Option<bool>,
    /// Only those in this group.
    group: Option<Slug>,
    /// Only those with which this is the matter.
    #[param(inline)]
    concern: Option<Concern>,
    /// Only those that have this in their name or address.
    search: Option<String>,
}

/// How a node is released.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Release {
    /// Also when the machine cannot be reached any more.
    #[serde(default)]
    force: bool,
}

/// Whose host key to ask for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostKeyRequest {
    /// Address or name.
    address: Host,
    /// Port of the SSH server; default 22.
    #[serde(default)]
    port: Option<u16>,
}

/// Nodes
#[utoipa::path(get, path = "/nodes", tag = "nodes", params(NodeFilter),
    responses((status = 200, description = "Nodes by name", body = Page<Node>)))]
pub async fn list(
    _: AsViewer,
    State(services): State<Services>,
    Params(filter): Params<NodeFilter>,
) -> Result<Json<Page<Node>>, Problem> {
    let slice = slice(filter.limit, filter.after)?;
    let wanted = Filter {
        online: filter.online,
        group: filter.group,
        concern: filter.concern,
        search: filter.search,
    };
    let list = services.nodes.page(&wanted, &slice)?;
    let items = list.nodes.iter().map(|node| Node::clone(node)).collect();
    Ok(Json(Page { items, next: list.next }))
}

/// Adopt a machine
///
/// Logs in once with what is given, pins the host key, installs Hearth's own key and looks at the machine. What is
/// given is not kept. What goes wrong on the machine is told by the job.
#[utoipa::path(post, path = "/nodes", tag = "nodes", request_body = AdoptRequest,
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn adopt(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    IdempotencyKey(once): IdempotencyKey,
    Body(request): Body<AdoptRequest>,
) -> Result<Begun, Problem> {
    Ok(services.nodes.adopt(request, once.as_deref(), &actor).await?.into())
}

/// The host key that a machine shows now
///
/// To be confirmed by a person and given back as `host_key` when the machine is adopted.
#[utoipa::path(post, path = "/nodes/host-key", tag = "nodes", request_body = HostKeyRequest,
    responses((status = 200, description = "The key", body = HostKey),
        (status = 409, description = "The machine does not answer", body = Problem, content_type = "application/problem+json")))]
pub async fn host_key(
    _: AsAdmin,
    State(services): State<Services>,
    Body(request): Body<HostKeyRequest>,
) -> Result<Json<HostKey>, Problem> {
    let port = request.port.unwrap_or(22);
    if port == 0 {
        return Err(Problem::field("/port", "must be 1 to 65535"));
    }
    Ok(Json(services.nodes.host_key(&request.address, port).await?))
}

/// One node
#[utoipa::path(get, path = "/nodes/{node}", tag = "nodes",
    params(("node" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The node", body = Node)))]
pub async fn get(_: AsViewer, State(services): State<Services>, Key(node): Key) -> Result<Json<Node>, Problem> {
    Ok(Json(services.nodes.get(&node).await?))
}

/// Rename, label, group
#[utoipa::path(patch, path = "/nodes/{node}", tag = "nodes", request_body = NodeChange,
    params(("node" = String, Path, description = "Id or name")),
    responses((status = 200, description = "The node as changed", body = Node)))]
pub async fn change(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Key(node): Key,
    Body(change): Body<NodeChange>,
) -> Result<Json<Node>, Problem> {
    Ok(Json(services.nodes.change(&node, change, &actor).await?))
}

/// Release a node
///
/// Removes Hearth's key from it. Its apps keep running.
#[utoipa::path(delete, path = "/nodes/{node}", tag = "nodes",
    params(("node" = String, Path, description = "Id or name"), Release),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn release(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Key(node): Key,
    Params(how): Params<Release>,
    IdempotencyKey(once): IdempotencyKey,
) -> Result<Begun, Problem> {
    Ok(services
        .nodes
        .release(&node, how.force, once.as_deref(), &actor)
        .await?
        .into())
}

/// Now, and the series
#[utoipa::path(get, path = "/nodes/{node}/stats", tag = "nodes",
    params(("node" = String, Path, description = "Id or name"), Range),
    responses((status = 200, description = "What it does", body = NodeStats)))]
pub async fn stats(
    _: AsViewer,
    State(services): State<Services>,
    Key(node): Key,
    Params(range): Params<Range>,
) -> Result<Json<NodeStats>, Problem> {
    Ok(Json(services.nodes.stats(&node, range.check()?).await?))
}

/// What is missing, and how to mend it
#[utoipa::path(post, path = "/nodes/{node}/preflight", tag = "nodes",
    params(("node" = String, Path, description = "Id or name")),
    responses((status = 200, description = "What was found", body = Preflight)))]
pub async fn preflight(
    _: AsOperator,
    State(services): State<Services>,
    Key(node): Key,
) -> Result<Json<Preflight>, Problem> {
    Ok(Json(services.nodes.preflight(&node).await?))
}

/// Install what is missing
///
/// Runs the commands that preflight shows.
#[utoipa::path(post, path = "/nodes/{node}/bootstrap", tag = "nodes",
    params(("node" = String, Path, description = "Id or name")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn bootstrap(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Key(node): Key,
    IdempotencyKey(once): IdempotencyKey,
) -> Result<Begun, Problem> {
    Ok(services.nodes.bootstrap(&node, once.as_deref(), &actor).await?.into())
}

/// Containers on a node
#[utoipa::path(get, path = "/nodes/{node}/containers", tag = "nodes",
    params(("node" = String, Path, description = "Id or name")),
    responses((status = 200, description = "All of them, ours and others", body = Page<Container>)))]
pub async fn containers(
    _: AsViewer,
    State(services): State<Services>,
    Key(node): Key,
) -> Result<Json<Page<Container>>, Problem> {
    Ok(Json(whole(services.nodes.containers(&node).await?)))
}

/// Compose projects on a node
#[utoipa::path(get, path = "/nodes/{node}/projects", tag = "nodes",
    params(("node" = String, Path, description = "Id or name")),
    responses((status = 200, description = "All of them and single containers, ours and others", body = Page<FoundProject>)))]
pub async fn projects(
    _: AsViewer,
    State(services): State<Services>,
    Key(node): Key,
) -> Result<Json<Page<FoundProject>>, Problem> {
    Ok(Json(whole(services.nodes.projects(&node).await?)))
}
