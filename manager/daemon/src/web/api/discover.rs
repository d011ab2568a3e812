//! `/nodes/discover`: looking for machines that could be adopted.

use super::{
    answer::{Begun, whole},
    extract::{Body, IdempotencyKey, Key},
};
use crate::{
    engine::{
        audit::Page,
        discovery::{DiscoverRequest, Machine},
    },
    web::{Services, problem::Problem, security::AsAdmin},
};
use axum::{Json, extract::State};

/// Look for machines
///
/// By multicast DNS, the neighbour table, and the SSH port in the subnets that are given. Results come as events
/// (`nodes`/`found`) and by the job's id.
#[utoipa::path(post, path = "/nodes/discover", tag = "nodes", request_body = DiscoverRequest,
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn discover(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    IdempotencyKey(once): IdempotencyKey,
    Body(request): Body<DiscoverRequest>,
) -> Result<Begun, Problem> {
    Ok(services.discovery.start(request, once.as_deref(), &actor).await?.into())
}

/// What a search has found so far
#[utoipa::path(get, path = "/nodes/discover/{job}", tag = "nodes",
    params(("job" = String, Path, description = "Id of the search's job")),
    responses((status = 200, description = "Machines with an SSH server first", body = Page<Machine>)))]
pub async fn discovered(
    _: AsAdmin,
    State(services): State<Services>,
    key: Key,
) -> Result<Json<Page<Machine>>, Problem> {
    Ok(Json(whole(services.discovery.results(key.parse("search")?).await?)))
}
