//! The score of a node on which an app fits: five factors, each with its points and its reason.
//!
//! All sums are in whole numbers (bytes, thousandths of a processor, tenths of a point), so that a score is the same
//! on every machine. Every factor can only fall when the node gets fuller.

use super::{Candidate, Factor, Request};
use crate::{facts::DiskKind, units::Bytes};
use std::{borrow::Cow, fmt::Write};

/// Tenths of a point that each factor can give; they add up to 1,000.
const MEMORY: u32 = 400;
const SPACE: u32 = 200;
const MEDIUM: u32 = 100;
const CPU: u32 = 150;
const LOAD: u32 = 100;
const RELIABILITY: u32 = 50;

/// What stays free gives half the points when it is this many times the app's need.
const HALF: u128 = 4;

/// Storage is judged by the need of the first year.
const MONTHS: u64 = 12;

/// Least processor need that is reckoned with, in thousandths: no app needs none.
const LEAST_CPU: u128 = 100;

/// The factors in their order of weight.
pub(super) fn factors(request: &Request, candidate: &Candidate) -> Vec<Factor> {
    vec![
        memory(request, candidate),
        storage(request, candidate),
        cpu(request, candidate),
        load(candidate),
        reliability(candidate),
    ]
}

fn factor(name: &'static str, weight: u32, tenths: u32, reason: String) -> Factor {
    Factor {
        name: Cow::Borrowed(name),
        weight: f64::from(weight) / 10.0,
        points: f64::from(tenths.min(weight)) / 10.0,
        reason,
    }
}

/// `weight` times `left / (left + 4 × need)`, rounded: none when nothing is left, all when infinitely much is.
fn headroom(weight: u32, left: u128, need: u128) -> u32 {
    let whole = left + HALF * need.max(1);
    let points = (u128::from(weight) * left + whole / 2) / whole;
    u32::try_from(points).unwrap_or(weight)
}

fn memory(request: &Request, candidate: &Candidate) -> Factor {
    let left = candidate.memory_free.minus(request.memory);
    let points = headroom(MEMORY, left.0.into(), request.memory.0.into());
    let reason = if candidate.memory_free < request.memory {
        let lacking = request.memory.minus(candidate.memory_free);
        format!("{lacking} short of its everyday {}", request.memory)
    } else {
        format!("{left} stay free beside its {}", request.memory)
    };
    factor("memory", MEMORY, points, reason)
}

fn storage(request: &Request, candidate: &Candidate) -> Factor {
    let year = Bytes(
        request
            .storage
            .0
            .saturating_add(request.storage_monthly.0.saturating_mul(MONTHS)),
    );
    let left = candidate.storage_free.minus(request.storage);
    let points = headroom(SPACE, left.0.into(), year.0.into()) + medium(request.prefer, candidate.storage_kind);
    let mut reason = format!("{left} stay free on {}", kind_name(candidate.storage_kind));
    let wish = match request.prefer {
        None | Some(DiskKind::Unknown) => "",
        Some(wish) if wish == candidate.storage_kind => ", as it prefers",
        Some(DiskKind::Ssd) => ", it prefers an SSD",
        Some(DiskKind::Hdd) => ", it prefers a hard disk",
        Some(DiskKind::SdCard) => ", it prefers an SD card",
    };
    let _ = write!(reason, "{wish}; it needs {year} in the first year");
    factor("storage", SPACE + MEDIUM, points, reason)
}

/// Tenths of a point for the kind of medium: what an app prefers gives all of them, an SD card wears out under most.
fn medium(prefer: Option<DiskKind>, kind: DiskKind) -> u32 {
    use DiskKind::{Hdd, SdCard, Ssd, Unknown};
    match (prefer, kind) {
        (Some(Ssd), Ssd) | (Some(Hdd), Hdd) | (Some(SdCard), _) => MEDIUM,
        (Some(Hdd), Ssd) => 80,
        (Some(Ssd), Hdd | Unknown) | (Some(Hdd), Unknown) => 50,
        (Some(Ssd | Hdd), SdCard) => 0,
        (None | Some(Unknown), Ssd | Hdd | Unknown) => MEDIUM,
        (None | Some(Unknown), SdCard) => 50,
    }
}

const fn kind_name(kind: DiskKind) -> &'static str {
    match kind {
        DiskKind::SdCard => "an SD card",
        DiskKind::Ssd => "an SSD",
        DiskKind::Hdd => "a hard disk",
        DiskKind::Unknown => "a disk of unknown kind",
    }
}

fn cpu(request: &Request, candidate: &Candidate) -> Factor {
    let idle = thousandths(f64::from(candidate.cpu_cores) * (100.0 - percent(candidate.cpu_percent)) / 100.0);
    let need = thousandths(request.cpu_cores).max(LEAST_CPU);
    let points = headroom(CPU, idle.saturating_sub(need), need);
    let reason = format!(
        "{} of {} processors idle, it keeps {} busy",
        Tenths(idle),
        candidate.cpu_cores,
        Tenths(need)
    );
    factor("cpu", CPU, points, reason)
}

fn load(candidate: &Candidate) -> Factor {
    let load = thousandths(candidate.load1);
    let cores = u128::from(candidate.cpu_cores.max(1)) * 1000;
    let free = cores.saturating_sub(load);
    let points = u32::try_from((u128::from(LOAD) * free + cores / 2) / cores).unwrap_or(LOAD);
    let reason = format!("load {} on {} processors", Tenths(load), candidate.cpu_cores);
    factor("load", LOAD, points, reason)
}

fn reliability(candidate: &Candidate) -> Factor {
    let parts = candidate.outages_30d.saturating_add(1);
    let points = (RELIABILITY + parts / 2) / parts;
    let reason = match candidate.outages_30d {
        0 => "no outage in 30 days".to_owned(),
        1 => "one outage in 30 days".to_owned(),
        n => format!("{n} outages in 30 days"),
    };
    factor("reliability", RELIABILITY, points, reason)
}

/// A share that came from outside, kept between 0 and 100; what is no number counts as full.
fn percent(value: f64) -> f64 {
    if value.is_nan() { 100.0 } else { value.clamp(0.0, 100.0) }
}

/// A number of processors in thousandths, at most 10^12 of them; what is no number counts as none.
fn thousandths(value: f64) -> u128 {
    (value.max(0.0).min(1e12) * 1000.0).round() as u128
}

/// Thousandths, shown with one decimal.
struct Tenths(u128);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = self.0.saturating_add(50) / 100;
        write!(f, "{}.{}", tenths / 10, tenths % 10)
    }
}
