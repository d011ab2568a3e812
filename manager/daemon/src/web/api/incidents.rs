//! `/incidents`: what went wrong, and what was done.

use super::{
    answer::slice,
    extract::{Key, Params},
};
use crate::{
    engine::{audit::Page, incidents::Filter},
    web::{
        Services,
        problem::Problem,
        security::{AsOperator, AsViewer},
    },
};
use axum::{Json, extract::State};
use hearth_model::incident::Incident;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which incidents to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentFilter {
    /// At most so many, 1 to 1,000; default 100.
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
    /// Only those that go on, or are over.
    open: Option<bool>,
    /// Only those that somebody has acknowledged, or nobody.
    acknowledged: Option<bool>,
    /// Only those of this subject, such as `app miniflux`.
    subject: Option<String>,
}

/// Incidents
#[utoipa::path(get, path = "/incidents", tag = "incidents", params(IncidentFilter),
    responses((status = 200, description = "What went wrong, newest first", body = Page<Incident>)))]
pub async fn list(
    _: AsViewer,
    State(services): State<Services>,
    Params(query): Params<IncidentFilter>,
) -> Result<Json<Page<Incident>>, Problem> {
    let slice = slice(query.limit, query.after)?;
    let filter = Filter {
        open: query.open,
        acknowledged: query.acknowledged,
        subject: query.subject,
    };
    Ok(Json(services.incidents.list(filter, slice).await?))
}

/// Say that you know of it
///
/// It is then no longer among what needs somebody. Who said so first stays.
#[utoipa::path(post, path = "/incidents/{incident}/ack", tag = "incidents",
    params(("incident" = String, Path, description = "Id of the incident")),
    responses((status = 200, description = "The incident", body = Incident)))]
pub async fn acknowledge(
    AsOperator(actor): AsOperator,
    State(services): State<Services>,
    key: Key,
) -> Result<Json<Incident>, Problem> {
    Ok(Json(
        services.incidents.acknowledge(key.parse("incident")?, &actor).await?,
    ))
}
