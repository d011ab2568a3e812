//! `/apps`: installed recipes.

use super::{
    answer::{Begun, slice, whole},
    extract::{Body, IdempotencyKey, Key, Params},
};
use crate::{
    engine::{
        apps::{Filter, Rendered, ShownSecret},
        audit::Page,
    },
    port::compose::Action,
    web::{
        Services,
        problem::Problem,
        security::{AsOperator, AsViewer},
    },
};
use axum::{Json, extract::State};
use hearth_model::{
    app::{App, CommandRecord, Container},
    name::Slug,
    stats::ContainerStats,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Which apps to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppFilter {
    /// At most so many, 1 to 1,000; default 100.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// Only those on this node, by id or name.
    node: Option<String>,
    /// Only those of this recipe.
    recipe: Option<Slug>,
    /// Only those in this state, such as `running`.
    state: Option<String>,
    /// Only those that have this in their name or slug.
    search: Option<String>,
}

/// Other answers to the recipe's questions; those not given stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppChange {
    /// Answers by the question's id.
    answers: BTreeMap<String, String>,
}

/// How an app is removed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// Whether its volumes stay on the node; default true.
    #[serde(default = "yes")]
    keep_data: bool,
}

const fn yes() -> bool {
    true
}

/// Apps
#[utoipa::path(get, path = "/apps", tag = "apps", params(AppFilter),
    responses((status = 200, description = "Apps by slug", body = Page<App>)))]
pub async fn list(
    _: AsViewer,
    State(services): State<Services>,
    Params(filter): Params<AppFilter>,
) -> Result<Json<Page<App>>, Problem> {
    let slice = slice(filter.limit, filter.after)?;
    let node = match &filter.node {
        Some(key) => Some(services.nodes.get(key).await?.id),
        None => None,
    };
    let wanted = Filter {
        node,
        recipe: filter.recipe,
        state: filter.state,
        search: filter.search,
    };
    Ok(Json(services.apps.page(wanted, slice).await?))
}

/// One app
#[utoipa::path(get, path = "/apps/{app}", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "The app", body = App)))]
pub async fn get(_: AsViewer, State(services): State<Services>, Key(app): Key) -> Result<Json<App>, Problem> {
    Ok(Json(services.apps.get(&app).await?))
}

/// Change answers
///
/// Renders it anew and brings the node to it.
#[utoipa::path(patch, path = "/apps/{app}", tag = "apps", request_body = AppChange,
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn change(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    Key(app): Key,
    IdempotencyKey(once): IdempotencyKey,
    Body(change): Body<AppChange>,
) -> Result<Begun, Problem> {
    Ok(services
        .apps
        .change(&app, change.answers, once.as_deref(), &actor)
        .await?
        .into())
}

/// Remove
#[utoipa::path(delete, path = "/apps/{app}", tag = "apps",
    params(("app" = String, Path, description = "Id or slug"), Removal),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn remove(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    Key(app): Key,
    Params(how): Params<Removal>,
    IdempotencyKey(once): IdempotencyKey,
) -> Result<Begun, Problem> {
    Ok(services
        .apps
        .remove(&app, how.keep_data, once.as_deref(), &actor)
        .await?
        .into())
}

/// Start
#[utoipa::path(post, path = "/apps/{app}/start", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn start(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    Key(app): Key,
    IdempotencyKey(once): IdempotencyKey,
) -> Result<Begun, Problem> {
    let job = services.apps.act(&app, Action::Start, once.as_deref(), &actor);
    Ok(job.await?.into())
}

/// Stop
#[utoipa::path(post, path = "/apps/{app}/stop", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn stop(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    Key(app): Key,
    IdempotencyKey(once): IdempotencyKey,
) -> Result<Begun, Problem> {
    let job = services.apps.act(&app, Action::Stop, once.as_deref(), &actor);
    Ok(job.await?.into())
}

/// Restart
#[utoipa::path(post, path = "/apps/{app}/restart", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 202, description = "It has begun", body = Begun)))]
pub async fn restart(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    Key(app): Key,
    IdempotencyKey(once): IdempotencyKey,
) -> Result<Begun, Problem> {
    let job = services.apps.act(&app, Action::Restart, once.as_deref(), &actor);
    Ok(job.await?.into())
}

/// Containers
#[utoipa::path(get, path = "/apps/{app}/containers", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "Its containers as they are", body = Page<Container>)))]
pub async fn containers(
    _: AsViewer,
    State(services): State<Services>,
    Key(app): Key,
) -> Result<Json<Page<Container>>, Problem> {
    Ok(Json(whole(services.apps.containers(&app).await?)))
}

/// Generated files
#[utoipa::path(get, path = "/apps/{app}/compose", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "`compose.yaml` and `.env`, secrets not shown", body = Rendered)))]
pub async fn compose(_: AsViewer, State(services): State<Services>, Key(app): Key) -> Result<Json<Rendered>, Problem> {
    Ok(Json(services.apps.rendered(&app).await?))
}

/// Every command that was run
#[utoipa::path(get, path = "/apps/{app}/commands", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "Newest first, secrets redacted", body = Page<CommandRecord>)))]
pub async fn commands(
    _: AsViewer,
    State(services): State<Services>,
    Key(app): Key,
) -> Result<Json<Page<CommandRecord>>, Problem> {
    Ok(Json(whole(services.apps.commands(&app).await?)))
}

/// Use of each container
#[utoipa::path(get, path = "/apps/{app}/stats", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "At most 15 s old", body = Page<ContainerStats>)))]
pub async fn stats(
    _: AsViewer,
    State(services): State<Services>,
    Key(app): Key,
) -> Result<Json<Page<ContainerStats>>, Problem> {
    Ok(Json(whole(services.apps.stats(&app).await?)))
}

/// Secrets that a person needs to know
///
/// Noted in the audit log.
#[utoipa::path(get, path = "/apps/{app}/secrets", tag = "apps",
    params(("app" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "The secrets", body = Page<ShownSecret>)))]
pub async fn secrets(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    Key(app): Key,
) -> Result<Json<Page<ShownSecret>>, Problem> {
    Ok(Json(whole(services.apps.secrets(&app, &actor).await?)))
}
