//! An icon is a picture and nothing else: it is shown on our own pages.

use super::Findings;

/// Beginnings of what an SVG may hold besides a picture, in lower case.
const FORBIDDEN: [&str; 9] = [
    "<script",
    "<foreignobject",
    "<!doctype",
    "<!entity",
    "<iframe",
    "<style",
    "<image",
    "javascript:",
    "data:",
];

/// Notes what is wrong with an icon.
pub(super) fn check(text: &str, findings: &mut Findings) {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("<svg") {
        findings.add(1, "", "is no SVG");
    }
    let line_of = |at: usize| u32::try_from(lower[..at].matches('\n').count() + 1).unwrap_or(0);
    for forbidden in FORBIDDEN {
        if let Some(at) = lower.find(forbidden) {
            findings.add(
                line_of(at),
                "",
                format!("holds {forbidden}, but an icon is a picture and nothing else"),
            );
        }
    }
    if let Some(at) = handler(&lower) {
        findings.add(
            line_of(at),
            "",
            "holds an event handler, but an icon is a picture and nothing else",
        );
    }
    for (at, _) in lower.match_indices("href") {
        let value = lower[at + 4..].trim_start().trim_start_matches('=').trim_start();
        if !value.starts_with("\"#") && !value.starts_with("'#") {
            findings.add(line_of(at), "", "refers to something outside of itself");
        }
    }
}

/// Where an attribute such as `onload=` begins.
fn handler(lower: &str) -> Option<usize> {
    let begins = |at: usize| lower[..at].ends_with(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '/'));
    let is_attribute = |at: usize| {
        let name = lower[at..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        name.trim_start().starts_with('=')
    };
    lower
        .match_indices("on")
        .map(|(at, _)| at)
        .find(|at| begins(*at) && is_attribute(*at))
}
