//! How full something is: calm under 70 %, warm from 70 to 90 %, hot above; by word, shape and colour.

use crate::web::pages::{format::percent, icons::Icon};
use maud::{Markup, html};

/// How full something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Heat {
    Calm,
    Warm,
    Hot,
}

impl Heat {
    /// Source: UI.md "Home": under 70 % calm, 70-90 % warm, over 90 % hot.
    #[must_use]
    pub fn of(percent: f64) -> Self {
        if percent > 90.0 {
            Self::Hot
        } else if percent >= 70.0 {
            Self::Warm
        } else {
            Self::Calm
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Warm => "warm",
            Self::Hot => "hot",
        }
    }

    /// Word and shape.
    #[must_use]
    pub fn show(self) -> Markup {
        let icon = match self {
            Self::Calm => Icon::Check,
            Self::Warm => Icon::Triangle,
            Self::Hot => Icon::Octagon,
        };
        html! { span class={ "heat " (self.word()) } { (icon) (self.word()) } }
    }
}

/// A value between 0 and 100 with one decimal, as SVG wants it.
fn clamped(percent: f64) -> String {
    format!(
        "{:.1}",
        if percent.is_finite() {
            percent.clamp(0.0, 100.0)
        } else {
            0.0
        }
    )
}

fn level(class: &str, percent: f64) -> Markup {
    html! {
        svg class={ "level " (class) } viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
            rect width=(clamped(percent)) height="4" {}
        }
    }
}

/// A bar: what it measures, how full in words, and the level.
#[must_use]
pub fn bar(label: &str, share: f64, text: &str) -> Markup {
    let heat = Heat::of(share);
    html! {
        div class="meter" {
            div class="row" {
                span { (label) }
                span class="row nowrap" { span class="num muted" { (text) } (heat.show()) }
            }
            (level(heat.word(), share))
        }
    }
}

/// A bar without a judgement, for scores.
#[must_use]
pub fn plain(share: f64) -> Markup {
    level("score", share)
}

/// A ring with its value in the middle.
#[must_use]
pub fn gauge(share: f64) -> Markup {
    ring(Heat::of(share).word(), share, &percent(share))
}

/// A ring for a score of 0 to 100.
#[must_use]
pub fn score(points: f64) -> Markup {
    ring("score little", points, &format!("{points:.0}"))
}

fn ring(class: &str, share: f64, text: &str) -> Markup {
    html! {
        div class={ "gauge " (class) } {
            svg viewBox="0 0 100 100" aria-hidden="true" {
                circle cx="50" cy="50" r="44" {}
                circle class="value" cx="50" cy="50" r="44" pathLength="100" stroke-dasharray={ (clamped(share)) " 200" } {}
            }
            b { (text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_borders_of_calm_warm_and_hot() {
        for (share, word) in [
            (0.0, "calm"),
            (69.9, "calm"),
            (70.0, "warm"),
            (90.0, "warm"),
            (90.1, "hot"),
            (120.0, "hot"),
        ] {
            assert_eq!(Heat::of(share).word(), word, "{share}");
        }
    }

    #[test]
    fn a_level_stays_within_its_bar() {
        assert_eq!(
            [clamped(-3.0), clamped(140.0), clamped(f64::NAN)],
            ["0.0", "100.0", "0.0"]
        );
    }
}
