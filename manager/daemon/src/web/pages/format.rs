//! Numbers with their units and times in the box's time zone, written the same on every page.

use hearth_model::units::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

/// A share, as `42 %`.
#[must_use]
pub fn percent(value: f64) -> String {
    format!("{value:.0} %")
}

/// Bytes a second, as `1.5 MiB/s`.
#[must_use]
pub fn rate(bytes_per_sec: f64) -> String {
    format!("{}/s", Bytes(bytes_per_sec.max(0.0) as u64))
}

/// Degrees Celsius.
#[must_use]
pub fn celsius(value: f64) -> String {
    format!("{value:.0} °C")
}

/// How long something took or has been going on, in its two greatest units.
#[must_use]
pub fn duration(secs: i64) -> String {
    let secs = secs.max(0);
    match secs {
        0..60 => format!("{secs} s"),
        60..3_600 => format!("{} min {} s", secs / 60, secs % 60),
        3_600..86_400 => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{} d {} h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

/// A count with its noun: `1 node`, `3 nodes`.
#[must_use]
pub fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {many}")
    }
}

/// When something happened: date and time in the box's zone, with the exact instant for machines.
#[must_use]
pub fn time(at: Timestamp, zone: &TimeZone) -> Markup {
    let local = at.to_zoned(zone.clone());
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (local.strftime("%e %b %Y, %H:%M:%S")) } }
}

/// The time of day alone, for logs.
#[must_use]
pub fn clock(at: Timestamp, zone: &TimeZone) -> Markup {
    let local = at.to_zoned(zone.clone());
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (local.strftime("%H:%M:%S")) } }
}

/// How long ago, with the exact time beside it for who points at it.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Markup {
    let secs = now.duration_since(at).as_secs();
    let words = match secs {
        i64::MIN..5 => "just now".to_owned(),
        5..60 => format!("{secs} s ago"),
        60..3_600 => format!("{} min ago", secs / 60),
        3_600..86_400 => format!("{} h ago", secs / 3_600),
        _ => format!("{} d ago", secs / 86_400),
    };
    let local = at.to_zoned(zone.clone());
    html! {
        time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) title=(local.strftime("%e %b %Y, %H:%M:%S %Z")) { (words) }
    }
}

/// A snake_case word of the API as people read it: `rolled_back` becomes `rolled back`.
#[must_use]
pub fn words(text: &str) -> String {
    text.replace(['_', '-'], " ")
}

/// The same with a capital.
#[must_use]
pub fn title(text: &str) -> String {
    let text = words(text);
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_their_two_greatest_units() {
        assert_eq!(duration(42), "42 s");
        assert_eq!(duration(3_599), "59 min 59 s");
        assert_eq!(duration(90_000), "1 d 1 h");
        assert_eq!(duration(-5), "0 s");
    }

    #[test]
    fn times_are_shown_in_the_zone_and_told_in_utc() -> Result<(), jiff::Error> {
        let at: Timestamp = "2026-11-20T12:00:00Z".parse()?;
        let shown = time(at, &TimeZone::get("Europe/Zurich")?).into_string();
        assert_eq!(
            shown,
            "<time datetime=\"2026-11-20T12:00:00Z\">20 Nov 2026, 13:00:00</time>"
        );
        Ok(())
    }

    #[test]
    fn a_clock_that_was_set_back_is_no_negative_age() -> Result<(), jiff::Error> {
        let at: Timestamp = "2026-11-20T12:00:00Z".parse()?;
        let now: Timestamp = "2026-11-20T11:00:00Z".parse()?;
        assert!(ago(at, now, &TimeZone::UTC).into_string().contains("just now"));
        Ok(())
    }

    #[test]
    fn words_of_the_api_become_words_of_people() {
        assert_eq!(title("health_check"), "Health check");
        assert_eq!(count(1, "node", "nodes"), "1 node");
    }
}
