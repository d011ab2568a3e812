//! First boot, step by step: the box, the person, the machines, a first app. Each step is an address of its own and
//! everything given is kept at once, so closing the browser half-way loses nothing.

pub mod app;
pub mod boot;
pub mod machines;
pub mod person;

use super::components::badge;
use super::icons::Icon;
use crate::web::Services;
use axum::{Router, routing::get};
use maud::{Markup, html};

/// The routes below `/setup`.
pub fn router() -> Router<Services> {
    Router::new()
        .route("/setup", get(boot::get).post(person::post))
        .route("/setup/name", get(person::get))
        .route("/setup/machines", get(machines::get))
        .route("/setup/app", get(app::get))
}

/// The steps of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Boot,
    Person,
    Machines,
    App,
}

const STEPS: [(Step, &str); 4] = [
    (Step::Boot, "This box"),
    (Step::Person, "You"),
    (Step::Machines, "Machines"),
    (Step::App, "First app"),
];

/// Where one is in the wizard.
fn steps(here: Step) -> Markup {
    html! {
        nav aria-label="Steps of the set-up" {
            ol class="progress-steps" {
                @for (i, (step, name)) in STEPS.iter().enumerate() {
                    li class=[(*step < here).then_some("done")] aria-current=[(*step == here).then_some("step")] {
                        span class="n" { @if *step < here { (Icon::Check) span class="hidden" { "done: " } } @else { (i + 1) } }
                        span class="label" { (name) }
                    }
                }
            }
        }
    }
}

/// A good or bad mark for something that was checked.
fn mark(good: bool) -> Markup {
    if good {
        badge::badge(badge::Tone::Ok, "good")
    } else {
        badge::badge(badge::Tone::Warm, "look at it")
    }
}
