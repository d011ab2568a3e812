//! The steps of a job: what is done, what is being done and since when, what was undone.

use crate::web::pages::{
    format::{clock, duration, title},
    icons::Icon,
};
use hearth_model::job::{Step, StepState};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

const fn look(state: StepState) -> (&'static str, Icon, &'static str) {
    match state {
        StepState::Pending => ("pending", Icon::Clock, "to do"),
        StepState::Running => ("running", Icon::Spinner, "under way"),
        StepState::Done => ("done", Icon::Check, "done"),
        StepState::Skipped => ("done", Icon::Minus, "not needed"),
        StepState::Failed => ("failed", Icon::X, "failed"),
        StepState::Undoing => ("running", Icon::Undo, "being undone"),
        StepState::Undone => ("undone", Icon::Undo, "undone"),
        StepState::Stuck => ("failed", Icon::Octagon, "could not be undone"),
    }
}

/// The steps in order.
#[must_use]
pub fn steps(steps: &[Step], now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        ol class="steps" { @for step in steps { (one(step, now, zone)) } }
    }
}

fn one(step: &Step, now: Timestamp, zone: &TimeZone) -> Markup {
    let (class, icon, word) = look(step.state);
    let turning = matches!(step.state, StepState::Running);
    html! {
        li class={ "step " (class) } aria-current=[turning.then_some("step")] {
            span class="dot" { @if turning { (icon.with_class("icon turns")) } @else { (icon) } }
            div class="body" {
                p class="row" {
                    span class="title strong" { (title(&step.name)) }
                    span class="when" { (word) (took(step, now, zone)) }
                }
                @if !step.message.is_empty() { p class="small breaks" { (step.message) } }
                @if let (Some(progress), StepState::Running) = (step.progress, step.state) {
                    progress max="100" value=(progress) aria-label={ "Progress of " (title(&step.name)) } { (progress) " %" }
                }
            }
        }
    }
}

/// Since when a step runs, or how long it took.
fn took(step: &Step, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        @match (step.started_at, step.ended_at) {
            (Some(from), Some(to)) => { " · " span class="num" { (duration(to.duration_since(from).as_secs())) } },
            (Some(from), None) => {
                " since " (clock(from, zone)) " · " span class="num" { (duration(now.duration_since(from).as_secs())) }
            },
            (None, _) => {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_under_way_says_what_it_does_and_since_when() -> Result<(), jiff::Error> {
        let step = Step {
            state: StepState::Running,
            started_at: Some("2026-11-20T12:00:00Z".parse()?),
            message: "pulling postgres:17".into(),
            progress: Some(45),
            ..Step::pending("deploying")
        };
        let shown = steps(&[step], "2026-11-20T12:00:09Z".parse()?, &TimeZone::UTC).into_string();
        for part in [
            "Deploying",
            "under way",
            "12:00:00",
            "9 s",
            "pulling postgres:17",
            "value=\"45\"",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        Ok(())
    }
}
