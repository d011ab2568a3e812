//! How a node does: now, and over time.

use super::{Data, RANGES, range};
use crate::web::pages::{
    components::{
        meter,
        plot::{Line, Plot, Unit},
    },
    format::{duration, percent},
    frame::Frame,
    home::advice,
};
use hearth_model::stats::Sample;
use maud::{Markup, html};

/// How full it is now.
pub(super) fn now(sample: &Sample) -> Markup {
    let memory = sample.memory_used.percent_of(sample.memory_total);
    let storage = sample.disk_used.percent_of(sample.disk_total);
    html! {
        section class="card stack" aria-labelledby="now" {
            h2 id="now" { "Now" }
            div class="grid small" {
            (meter::bar("Memory", memory, &format!("{} / {}", sample.memory_used, sample.memory_total)))
            (meter::bar("Storage", storage, &format!("{} / {}", sample.disk_used, sample.disk_total)))
            (meter::bar("Processor", sample.cpu_percent, &percent(sample.cpu_percent)))
            }
            p class="small muted num" { "Load " (format!("{:.2}", sample.load1)) @if sample.swap_used.0 > 0 { " · " (sample.swap_used) " of swap in use" } }
            @for advice in [advice("Memory", memory), advice("Storage", storage)].into_iter().flatten() { p class="small" { (advice) } }
        }
    }
}

/// Its series.
pub(super) fn plots(frame: &Frame, data: &Data) -> Markup {
    let (_, secs) = range(data.range);
    let line = |name: &'static str, value: &dyn Fn(&Sample) -> Option<f64>| Line {
        name,
        points: data
            .stats
            .series
            .iter()
            .filter_map(|s| value(s).map(|v| (s.at, v)))
            .collect(),
    };
    let plot = |id: &'static str, title: &'static str, unit, top: Option<f64>, lines| {
        html! { div class="card" { (Plot { id, title, unit, top, lines, range_secs: secs, until: frame.now, low: false }.show(&frame.zone)) } }
    };
    let last = data.stats.now.as_ref().or(data.stats.series.last());
    let memory_top = last.map(|s| s.memory_total.0 as f64);
    let disk_top = last.map(|s| s.disk_total.0 as f64);
    let warmth = line("highest sensor", &|s| s.temperature_c);
    html! {
        section class="stack" aria-labelledby="plots" {
            div class="row spread" {
                h2 id="plots" { "How it does" }
                nav aria-label="Range" {
                    ul class="pills" {
                        @for (word, _, name) in RANGES {
                            li { a class="pill" href={ "?range=" (word) } aria-current=[(word == data.range).then_some("true")] { (name) } }
                        }
                    }
                }
            }
            div class="grid halves" {
                (plot("plot-cpu", "Processor", Unit::Percent, None, vec![line("use", &|s| Some(s.cpu_percent))]))
                (plot("plot-memory", "Memory", Unit::Bytes, memory_top, vec![line("in use", &|s| Some(s.memory_used.0 as f64))]))
                (plot("plot-storage", "Storage", Unit::Bytes, disk_top, vec![line("in use", &|s| Some(s.disk_used.0 as f64))]))
                (plot("plot-network", "Network", Unit::Rate, None, vec![line("received", &|s| Some(s.net_rx_bytes_per_sec)), line("sent", &|s| Some(s.net_tx_bytes_per_sec))]))
                (plot("plot-disk", "Disk traffic", Unit::Rate, None, vec![line("read", &|s| Some(s.disk_read_bytes_per_sec)), line("written", &|s| Some(s.disk_written_bytes_per_sec))]))
                @if !warmth.points.is_empty() { (plot("plot-warmth", "Temperature", Unit::Celsius, None, vec![warmth])) }
            }
            p class="tiny muted" { "A point every " (duration(data.stats.step_secs)) "." }
        }
    }
}
