//! The pictures of recipes. Pages show them as images, in which scripts do not run; opened by themselves, the policy
//! that goes with every answer forbids what stands inside them.

use crate::web::{Services, problem::Problem};
use axum::{
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use hearth_model::name::Slug;

/// `GET /apps/icons/{recipe}.svg`
pub async fn get(State(services): State<Services>, Path(file): Path<String>) -> Result<impl IntoResponse, Problem> {
    let name = file.strip_suffix(".svg").unwrap_or(&file);
    let slug: Slug = name
        .parse()
        .map_err(|_| Problem::from(crate::engine::Error::not_found("recipe", name)))?;
    let recipe = services.catalogue.get(&slug)?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((headers, recipe.icon.clone()))
}
