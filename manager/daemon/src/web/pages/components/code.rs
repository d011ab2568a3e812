//! What was done, one click away: files, commands and logs.

use crate::web::pages::{
    format::{clock, duration},
    icons::Icon,
};
use hearth_model::{app::CommandRecord, job::LogLine};
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// A text as it lies on the node, with a button that copies it.
#[must_use]
pub fn block(id: &str, label: &str, text: &str) -> Markup {
    html! {
        div class="code-block" {
            pre class="code" id=(id) tabindex="0" role="region" aria-label=(label) { (text) }
            (copy(id))
        }
    }
}

/// A button that copies the text of `id`; hidden until a script finds that it can.
#[must_use]
pub fn copy(id: &str) -> Markup {
    html! {
        button class="button little copy" type="button" data-copy=(id) hidden { (Icon::Copy) span aria-live="polite" { "Copy" } }
    }
}

/// Something that is closed until one asks for it.
#[must_use]
pub fn more(summary: &str, content: &Markup) -> Markup {
    html! { details class="more" { summary { (summary) } (content) } }
}

/// Commands as one could type them.
#[must_use]
pub fn commands(id: &str, label: &str, commands: &[String]) -> Markup {
    html! {
        @if commands.is_empty() { p class="muted" { "No commands." } }
        @else { (block(id, label, &commands.join("\n"))) }
    }
}

/// Commands that were run, newest first, each with how it ended.
#[must_use]
pub fn records(records: &[CommandRecord], zone: &TimeZone) -> Markup {
    html! {
        ul class="commands" {
            @for record in records {
                li {
                    p class="tiny muted row" {
                        (crate::web::pages::format::time(record.at, zone))
                        span { (crate::web::pages::format::words(&record.purpose)) }
                        span class="num" { (millis(record.took_ms)) }
                        @match record.exit_status {
                            Some(0) => span { "ended well" },
                            Some(status) => span class="strong" { "ended with status " (status) },
                            None => span class="strong" { "did not end by itself" },
                        }
                    }
                    pre class="code wrap" tabindex="0" { (record.command) }
                }
            }
        }
    }
}

fn millis(ms: u64) -> String {
    if ms < 10_000 {
        format!("{ms} ms")
    } else {
        duration(i64::try_from(ms / 1_000).unwrap_or(i64::MAX))
    }
}

/// The frame of a log that is scrolled to its end; its lines have the id `{id}`.
#[must_use]
pub fn log(id: &str, label: &str, tall: bool, lines: &Markup) -> Markup {
    html! {
        div class=(if tall { "log tall" } else { "log" }) tabindex="0" role="log" aria-label=(label) aria-live="off" {
            div class="lines" id=(id) { (lines) }
        }
    }
}

/// Lines of a job's log.
#[must_use]
pub fn job_lines(lines: &[LogLine], zone: &TimeZone) -> Markup {
    html! {
        @for line in lines {
            span class="line" { (clock(line.at, zone)) span class="from" { (line.step) } (line.text) }
        }
    }
}
