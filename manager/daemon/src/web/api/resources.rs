//! `/resources`: the homelab as one machine.

use super::{answer::whole, extract::Params};
use crate::{
    engine::audit::Page,
    web::{Services, problem::Problem, security::AsViewer},
};
use axum::{Json, extract::State};
use hearth_model::{resources::Resources, stats::Sample};
use serde::Deserialize;
use utoipa::IntoParams;

/// How far back a series goes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Range {
    /// Seconds, 900 to 31,622,400; default 3,600.
    #[serde(default = "an_hour")]
    pub range: i64,
}

const fn an_hour() -> i64 {
    3_600
}

impl Range {
    /// The seconds, when they are within bounds.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn check(&self) -> Result<i64, Problem> {
        if (900..=31_622_400).contains(&self.range) {
            Ok(self.range)
        } else {
            Err(Problem::field("/range", "must be 900 to 31622400 seconds"))
        }
    }
}

/// All nodes that are online, added up
#[utoipa::path(get, path = "/resources", tag = "resources",
    responses((status = 200, description = "The sum", body = Resources)))]
pub async fn get(_: AsViewer, State(services): State<Services>) -> Result<Json<Resources>, Problem> {
    Ok(Json(services.homelab.resources().await?))
}

/// The sum over time
#[utoipa::path(get, path = "/resources/history", tag = "resources", params(Range),
    responses((status = 200, description = "At most 300 points, oldest first", body = Page<Sample>)))]
pub async fn history(
    _: AsViewer,
    State(services): State<Services>,
    Params(range): Params<Range>,
) -> Result<Json<Page<Sample>>, Problem> {
    Ok(Json(whole(services.homelab.history(range.check()?).await?)))
}
