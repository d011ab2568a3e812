//! States: always a word and a shape, the colour only underlines them.

use crate::web::pages::{format::words, icons::Icon};
use hearth_model::{
    app::AppState,
    job::{JobState, StepState},
    node::{Node, NodeState},
};
use maud::{Markup, html};

/// How a state is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Ok,
    /// Something is going on.
    Busy,
    /// Worth a look.
    Warm,
    /// Wrong.
    Hot,
    /// At rest.
    Off,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Ok => "badge ok",
            Self::Busy => "badge busy",
            Self::Warm => "badge warm",
            Self::Hot => "badge hot",
            Self::Off => "badge off",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Ok => Icon::Check,
            Self::Busy => Icon::Spinner,
            Self::Warm => Icon::Triangle,
            Self::Hot => Icon::Octagon,
            Self::Off => Icon::Minus,
        }
    }
}

/// A word with the shape of its tone.
#[must_use]
pub fn badge(tone: Tone, word: &str) -> Markup {
    let icon = if tone == Tone::Busy {
        tone.icon().with_class("icon turns")
    } else {
        tone.icon().show()
    };
    html! { span class=(tone.class()) { (icon) (word) } }
}

/// An app's state.
#[must_use]
pub fn app(state: &AppState) -> Markup {
    let tone = match state {
        AppState::Running => Tone::Ok,
        AppState::Deploying | AppState::RollingBack | AppState::Removing => Tone::Busy,
        AppState::Drifted { .. } | AppState::Unreachable | AppState::RolledBack { .. } => Tone::Warm,
        AppState::Unhealthy { .. } | AppState::Stuck { .. } => Tone::Hot,
        AppState::Stopped => Tone::Off,
    };
    badge(tone, &words(state.word()))
}

/// Why an app is not as it should be, in words.
#[must_use]
pub fn app_reason(state: &AppState) -> Option<String> {
    match state {
        AppState::Unhealthy { reason } | AppState::RolledBack { reason } | AppState::Stuck { reason } => {
            Some(reason.clone())
        }
        AppState::Drifted { differences } => Some(differences.join("; ")),
        AppState::Unreachable => Some("Its node does not answer, so nothing can be said of it.".to_owned()),
        AppState::Deploying | AppState::Running | AppState::Stopped | AppState::RollingBack | AppState::Removing => {
            None
        }
    }
}

/// Whether a node answers.
#[must_use]
pub fn node(node: &Node) -> Markup {
    match &node.state {
        NodeState::Online => badge(Tone::Ok, "online"),
        NodeState::Connecting => badge(Tone::Busy, "connecting"),
        NodeState::Offline { .. } => badge(Tone::Hot, "offline"),
    }
}

/// Where a step stands, or the work on one of several nodes.
#[must_use]
pub fn step(state: StepState) -> Markup {
    let (tone, word) = match state {
        StepState::Pending => (Tone::Off, "to do"),
        StepState::Running => (Tone::Busy, "under way"),
        StepState::Done => (Tone::Ok, "done"),
        StepState::Skipped => (Tone::Off, "not needed"),
        StepState::Failed => (Tone::Hot, "failed"),
        StepState::Undoing => (Tone::Busy, "being undone"),
        StepState::Undone => (Tone::Warm, "undone"),
        StepState::Stuck => (Tone::Hot, "could not be undone"),
    };
    badge(tone, word)
}

/// Where a job stands.
#[must_use]
pub fn job(state: JobState) -> Markup {
    let (tone, word) = match state {
        JobState::Queued => (Tone::Off, "queued"),
        JobState::Running => (Tone::Busy, "running"),
        JobState::Succeeded => (Tone::Ok, "done"),
        JobState::Failed => (Tone::Hot, "failed"),
        JobState::RollingBack => (Tone::Busy, "undoing"),
        JobState::RolledBack => (Tone::Warm, "undone"),
        JobState::Stuck => (Tone::Hot, "stuck"),
        JobState::Cancelled => (Tone::Off, "cancelled"),
    };
    badge(tone, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_a_word_and_a_shape() {
        let shown = app(&AppState::RolledBack {
            reason: "no space".into(),
        })
        .into_string();
        assert!(shown.contains("rolled back") && shown.contains("<svg"), "{shown}");
    }

    #[test]
    fn a_reason_is_given_where_there_is_one() {
        assert_eq!(app_reason(&AppState::Running), None);
        let drifted = AppState::Drifted {
            differences: vec!["a".into(), "b".into()],
        };
        assert_eq!(app_reason(&drifted).as_deref(), Some("a; b"));
    }
}
