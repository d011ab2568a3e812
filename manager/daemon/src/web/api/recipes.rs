//! `/recipes`: what can be installed, where it would run, and installing it.

use super::{
    answer::{Begun, part, slice},
    extract::{Body, IdempotencyKey, Key, Params},
};
use crate::{
    engine::{
        apps::{DeployPreview, DeployRequest},
        audit::Page,
        catalogue::Query,
    },
    web::{
        Services,
        problem::Problem,
        security::{AsOperator, AsViewer},
    },
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use hearth_model::{
    facts::Arch,
    name::Slug,
    placement::Placement,
    recipe::{
        Manifest, Recipe,
        manifest::{Category, Needs},
        schema::manifest_schema,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecipeFilter {
    /// At most so many, 1 to 1,000; default 100.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// Words that must all stand in name, summary, slug or tags.
    text: Option<String>,
    /// Shelf of the catalogue.
    category: Option<Category>,
    /// Architecture it must be made for.
    arch: Option<Arch>,
}

/// A recipe in a list.
#[derive(Serialize, ToSchema)]
pub struct RecipeSummary {
    /// Its unique name.
    slug: Slug,
    /// Name for people.
    name: String,
    /// Version of the app.
    version: String,
    /// One line.
    summary: String,
    /// Shelf.
    category: Category,
    /// Free tags.
    tags: Vec<String>,
    /// Architectures it is made for.
    architectures: Vec<Arch>,
    /// What it takes.
    needs: Needs,
}

/// A recipe, whole.
#[derive(Serialize, ToSchema)]
pub struct RecipeDetail {
    /// What Compose cannot say.
    #[serde(flatten)]
    manifest: Manifest,
    /// Text of `compose.yaml`.
    compose: String,
    /// The icon, SVG.
    icon: String,
}

/// How to deploy.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeployHow {
    /// Answer what would be done, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

impl From<&Recipe> for RecipeSummary {
    fn from(recipe: &Recipe) -> Self {
        let manifest = &recipe.manifest;
        Self {
            slug: manifest.slug.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            summary: manifest.summary.clone(),
            category: manifest.category,
            tags: manifest.tags.clone(),
            architectures: manifest.architectures.clone(),
            needs: manifest.needs.clone(),
        }
    }
}

/// The catalogue
#[utoipa::path(get, path = "/recipes", tag = "recipes", params(RecipeFilter),
    responses((status = 200, description = "Recipes that match", body = Page<RecipeSummary>)))]
pub async fn list(
    _: AsViewer,
    State(services): State<Services>,
    Params(filter): Params<RecipeFilter>,
) -> Result<Json<Page<RecipeSummary>>, Problem> {
    let slice = slice(filter.limit, filter.after)?;
    let query = Query {
        text: filter.text,
        category: filter.category,
        arch: filter.arch,
    };
    let found = services.catalogue.search(&query);
    let page = part(found, &slice, |recipe| recipe.manifest.slug.to_string());
    Ok(Json(Page {
        items: page.items.iter().map(|recipe| RecipeSummary::from(&**recipe)).collect(),
        next: page.next,
    }))
}

/// One recipe, with its questions
#[utoipa::path(get, path = "/recipes/{recipe}", tag = "recipes",
    params(("recipe" = String, Path, description = "Slug of the recipe")),
    responses((status = 200, description = "The recipe", body = RecipeDetail)))]
pub async fn get(_: AsViewer, State(services): State<Services>, key: Key) -> Result<Json<RecipeDetail>, Problem> {
    let recipe = services.catalogue.get(&key.parse("recipe")?)?;
    Ok(Json(RecipeDetail {
        manifest: recipe.manifest.clone(),
        compose: recipe.compose_text.clone(),
        icon: recipe.icon.clone(),
    }))
}

/// JSON Schema of a manifest
#[utoipa::path(get, path = "/recipes/schema", tag = "recipes", security(()),
    responses((status = 200, description = "JSON Schema of `manifest.yaml`", body = serde_json::Value)))]
pub async fn schema() -> Json<serde_json::Value> {
    Json(manifest_schema())
}

/// Where it would run
///
/// Every node with its score, factors and reasons, or why the app does not fit there. Changes nothing.
#[utoipa::path(post, path = "/recipes/{recipe}/placement", tag = "recipes",
    params(("recipe" = String, Path, description = "Slug of the recipe")),
    responses((status = 200, description = "Every node, best first", body = Placement)))]
pub async fn placement(_: AsViewer, State(services): State<Services>, key: Key) -> Result<Json<Placement>, Problem> {
    Ok(Json(services.placer.place(&key.parse("recipe")?).await?))
}

/// Deploy
#[utoipa::path(post, path = "/recipes/{recipe}/deploy", tag = "recipes", request_body = DeployRequest,
    params(("recipe" = String, Path, description = "Slug of the recipe"), DeployHow),
    responses((status = 202, description = "It has begun", body = Begun),
        (status = 200, description = "With `dry_run`: what would be done", body = DeployPreview)))]
pub async fn deploy(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    key: Key,
    Params(how): Params<DeployHow>,
    IdempotencyKey(once): IdempotencyKey,
    Body(request): Body<DeployRequest>,
) -> Result<Response, Problem> {
    let recipe: Slug = key.parse("recipe")?;
    if how.dry_run {
        return Ok(Json(services.apps.preview(&recipe, request).await?).into_response());
    }
    let job = services.apps.deploy(&recipe, request, once.as_deref(), &actor).await?;
    Ok(Begun::from(job).into_response())
}
