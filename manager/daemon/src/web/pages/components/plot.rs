//! Lines over time, drawn on the server: an axis with its unit, a title and a description for who cannot see
//! them, and the values as a table beneath.
//!
//! The lines are stretched to the width of the page; labels stand beside them as text, so they stay sharp and
//! as large as the rest.

use crate::web::pages::format::{celsius, percent, rate};
use hearth_model::units::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use std::fmt::Write as _;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 100.0;
/// Rows of the table beneath a plot; more would be read by nobody.
const ROWS: usize = 24;

/// What the values are, so that they are shown with their unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, 0 to 100.
    Percent,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    Rate,
    /// Degrees Celsius.
    Celsius,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Percent => percent(value),
            Self::Bytes => Bytes(value.max(0.0) as u64).to_string(),
            Self::Rate => rate(value),
            Self::Celsius => celsius(value),
        }
    }

    /// Top of the axis: 100 % for shares, else a round number above the greatest value.
    fn top(self, greatest: f64, given: Option<f64>) -> f64 {
        if let Some(top) = given.filter(|top| *top > 0.0) {
            return top;
        }
        match self {
            Self::Percent => 100.0,
            Self::Celsius => (greatest / 20.0).ceil().max(4.0) * 20.0,
            Self::Bytes | Self::Rate => {
                let mut top = 1024.0;
                while top < greatest {
                    top *= 2.0;
                }
                top
            }
        }
    }
}

/// A line: its name and its points, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Name, as in the legend.
    pub name: &'static str,
    /// Points; the time between two of them may grow when a node was away, and the line is broken there.
    pub points: Vec<(Timestamp, f64)>,
}

/// One or two lines over the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// What is plotted.
    pub title: &'a str,
    /// Unit of all lines.
    pub unit: Unit,
    /// Top of the axis where it is known, such as all memory.
    pub top: Option<f64>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Seconds from the left edge to the right one.
    pub range_secs: i64,
    /// The right edge.
    pub until: Timestamp,
    /// Whether it is one of several on a card.
    pub low: bool,
}

impl Plot<'_> {
    /// The plot as markup.
    #[must_use]
    pub fn show(&self, zone: &TimeZone) -> Markup {
        let greatest = self.values().fold(0.0, f64::max);
        let top = self.unit.top(greatest, self.top);
        let enough = self.lines.iter().any(|line| line.points.len() > 1);
        html! {
            figure class=(if self.low { "plot low" } else { "plot" }) {
                figcaption {
                    span class="strong" { (self.title) }
                    @for (line, class) in self.lines.iter().zip(["a", "b"]) { (self.key(line, class)) }
                }
                div class="frame" {
                    @if enough {
                        div class="y" aria-hidden="true" {
                            span { (self.unit.show(top)) } span { (self.unit.show(top / 2.0)) } span { (self.unit.show(0.0)) }
                        }
                        (self.picture(top))
                        div class="x" aria-hidden="true" { @for label in self.labels(zone) { span { (label) } } }
                    } @else {
                        p class="none" { "Not enough values yet: one comes every 15 s." }
                    }
                }
                @if enough { (self.values_table(zone)) }
            }
        }
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.lines
            .iter()
            .flat_map(|line| line.points.iter().map(|p| p.1))
            .filter(|v| v.is_finite())
    }

    fn key(&self, line: &Line, class: &str) -> Markup {
        let now = line
            .points
            .last()
            .map_or_else(|| "no value".to_owned(), |p| self.unit.show(p.1));
        html! {
            span class="key num" {
                @if self.lines.len() > 1 {
                    svg viewBox="0 0 28 10" aria-hidden="true" { path class=(stroke(class)) d="M2 5H26" {} }
                    (line.name) " "
                }
                (now)
            }
        }
    }

    fn picture(&self, top: f64) -> Markup {
        html! {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img"
                aria-labelledby={ (self.id) "-title " (self.id) "-desc" } {
                title id={ (self.id) "-title" } { (self.title) }
                desc id={ (self.id) "-desc" } { (self.description()) }
                @for y in [0.0, HEIGHT / 2.0, HEIGHT] { path class="grid-line" d={ "M0 " (y) "H" (WIDTH) } {} }
                @for (line, class) in self.lines.iter().zip(["a", "b"]) {
                    @for piece in self.pieces(line, top) {
                        @if class == "a" { path class="area a" d=(area(&piece)) {} }
                        path class=(stroke(class)) d=(path(&piece)) {}
                    }
                }
            }
        }
    }

    fn description(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let values = || line.points.iter().map(|p| p.1).filter(|v| v.is_finite());
            let (least, greatest) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
            if let (Some(last), true) = (line.points.last(), least.is_finite()) {
                // Writing to a string cannot fail.
                let _ = write!(
                    text,
                    "{}: now {}, least {}, greatest {}. ",
                    line.name,
                    self.unit.show(last.1),
                    self.unit.show(least),
                    self.unit.show(greatest)
                );
            }
        }
        text.trim_end().to_owned()
    }

    /// The line in picture coordinates, broken where the node was away: where more than four usual steps are missing.
    fn pieces(&self, line: &Line, top: f64) -> Vec<Vec<(f64, f64)>> {
        let start = self.until.as_second() - self.range_secs;
        let mut gaps: Vec<i64> = line
            .points
            .windows(2)
            .map(|w| w[1].0.as_second() - w[0].0.as_second())
            .collect();
        gaps.sort_unstable();
        let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(15).max(1);
        let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut before: Option<i64> = None;
        for (at, value) in line.points.iter().filter(|p| p.1.is_finite()) {
            let second = at.as_second();
            let x = (second - start) as f64 / self.range_secs.max(1) as f64 * WIDTH;
            if !(0.0..=WIDTH + 1.0).contains(&x) {
                continue;
            }
            let y = HEIGHT - (value / top).clamp(0.0, 1.0) * HEIGHT;
            let broken = before.is_none_or(|b| second - b > usual * 4);
            match pieces.last_mut() {
                Some(piece) if !broken => piece.push((x, y)),
                _ => pieces.push(vec![(x, y)]),
            }
            before = Some(second);
        }
        pieces
    }

    fn labels(&self, zone: &TimeZone) -> Vec<String> {
        let format = match self.range_secs {
            0..=172_800 => "%H:%M",
            _ => "%e %b",
        };
        (0..=3)
            .map(|i| self.until.as_second() - self.range_secs + self.range_secs * i / 3)
            .filter_map(|second| Timestamp::from_second(second).ok())
            .map(|at| at.to_zoned(zone.clone()).strftime(format).to_string().trim().to_owned())
            .collect()
    }

    fn values_table(&self, zone: &TimeZone) -> Markup {
        let longest = self.lines.iter().map(|line| line.points.len()).max().unwrap_or(0);
        let step = longest.div_ceil(ROWS).max(1);
        let first: &[(Timestamp, f64)] = self.lines.first().map_or(&[], |line| &line.points);
        html! {
            details {
                summary { "Values" span class="hidden" { " of " (self.title) } }
                div class="scroll" tabindex="0" role="region" aria-label={ "Values of " (self.title) } {
                    table {
                        thead { tr { th scope="col" { "Time" } @for line in &self.lines { th scope="col" { (line.name) } } } }
                        tbody {
                            @for (i, (at, _)) in first.iter().enumerate().rev().step_by(step) {
                                tr {
                                    th scope="row" { (crate::web::pages::format::time(*at, zone)) }
                                    @for line in &self.lines {
                                        td class="num" { @if let Some(p) = line.points.get(i) { (self.unit.show(p.1)) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn stroke(class: &str) -> &'static str {
    if class == "a" { "line a" } else { "line b dashed" }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(points.len() * 12);
    for (i, (x, y)) in points.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    if points.len() == 1 {
        path.push_str("h.1");
    }
    path
}

fn area(points: &[(f64, f64)]) -> String {
    match (points.first(), points.last()) {
        (Some(first), Some(last)) => format!("{}V{HEIGHT}H{:.1}z", path(points), first.0.min(last.0)),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(points: Vec<(i64, f64)>) -> Plot<'static> {
        let points = points
            .into_iter()
            .filter_map(|(s, v)| Timestamp::from_second(s).ok().map(|t| (t, v)))
            .collect();
        Plot {
            id: "cpu",
            title: "Processor",
            unit: Unit::Percent,
            top: None,
            lines: vec![Line { name: "use", points }],
            range_secs: 3_600,
            until: Timestamp::from_second(1_000_000).unwrap_or_default(),
            low: false,
        }
    }

    #[test]
    fn a_line_is_broken_where_a_node_was_away() {
        let from = 1_000_000 - 900;
        let with_gap: Vec<(i64, f64)> = (0..10).chain(40..60).map(|i| (from + i * 15, 50.0)).collect();
        let plot = plot(with_gap);
        let pieces = plot.pieces(&plot.lines[0], 100.0);
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [10, 20]);
    }

    #[test]
    fn values_have_units_and_a_description() {
        let shown = plot((0..5).map(|i| (999_900 + i * 15, 10.0 * i as f64)).collect())
            .show(&TimeZone::UTC)
            .into_string();
        for part in ["100 %", "now 40 %, least 0 %, greatest 40 %", "<table>", "role=\"img\""] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn one_value_is_not_a_line() {
        let shown = plot(vec![(999_990, 1.0)]).show(&TimeZone::UTC).into_string();
        assert!(shown.contains("Not enough values yet"));
    }

    #[test]
    fn an_axis_ends_above_the_greatest_value() {
        assert_eq!(Unit::Rate.top(3_000.0, None), 4_096.0);
        assert_eq!(Unit::Celsius.top(61.0, None), 80.0);
        assert_eq!(Unit::Bytes.top(5.0, Some(64.0)), 64.0);
    }
}
