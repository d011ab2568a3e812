//! Settings, updates: what runs, what is offered, how the last update went, and how to get it in by hand.

mod forms;
mod show;

pub use forms::{check, install, power, roll_back, save, upload};
pub use show::page;

use crate::web::{
    Services,
    pages::{
        form::{Fields, Trouble},
        frame::Frame,
    },
    problem::Problem,
};
use axum::extract::{Query, State};
use maud::Markup;

/// `GET /settings/update`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let state = services.updates.state().await?;
    let input = forms::fields(&state.settings, query.given("upload"));
    Ok(page(&frame, &state, &input, &Trouble::default()))
}
