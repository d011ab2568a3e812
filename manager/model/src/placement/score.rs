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

/// What a node gives, in tenths of a point.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Points {
    memory: u32,
    storage: u32,
    cpu: u32,
    load: u32,
    reliability: u32,
}

impl Points {
    /// The points of a node on which the app fits.
    pub(super) fn of(request: &Request, candidate: &Candidate) -> Self {
        let memory_left = candidate.memory_free.minus(request.memory);
        let storage_left = candidate.storage_free.minus(request.storage);
        let space = headroom(SPACE, storage_left.0.into(), first_year(request).0.into());
        let need = cpu_need(request);
        let cores = u128::from(candidate.cpu_cores.max(1)) * 1000;
        let unloaded = cores.saturating_sub(thousandths(candidate.load1));
        let parts = candidate.outages_30d.saturating_add(1);
        Self {
            memory: headroom(MEMORY, memory_left.0.into(), request.memory.0.into()),
            storage: space + medium(request.prefer, candidate.storage_kind),
            cpu: headroom(CPU, idle(candidate).saturating_sub(need), need),
            load: u32::try_from((u128::from(LOAD) * unloaded + cores / 2) / cores).unwrap_or(LOAD),
            reliability: (RELIABILITY + parts / 2) / parts,
        }
    }

    /// The score, in tenths of a point.
    pub(super) const fn total(&self) -> u32 {
        self.memory + self.storage + self.cpu + self.load + self.reliability
    }
}

/// `weight` times `left / (left + 4 × need)`, rounded: none when nothing is left, all when infinitely much is.
fn headroom(weight: u32, left: u128, need: u128) -> u32 {
    let whole = left + HALF * need.max(1);
    let points = (u128::from(weight) * left + whole / 2) / whole;
    u32::try_from(points).unwrap_or(weight)
}

/// Storage at the end of the first year.
fn first_year(request: &Request) -> Bytes {
    let growth = request.storage_monthly.0.saturating_mul(MONTHS);
    Bytes(request.storage.0.saturating_add(growth))
}

/// Processors that the app keeps busy, in thousandths.
fn cpu_need(request: &Request) -> u128 {
    thousandths(request.cpu_cores).max(LEAST_CPU)
}

/// Processors that were idle of late, in thousandths.
fn idle(candidate: &Candidate) -> u128 {
    thousandths(f64::from(candidate.cpu_cores) * (100.0 - percent(candidate.cpu_percent)) / 100.0)
}

/// Puts points into words. What is the same for all nodes is put together once.
pub(super) struct Words<'a> {
    request: &'a Request,
    memory: String,
    storage: String,
    cpu: String,
}

impl<'a> Words<'a> {
    /// The words for one app.
    pub(super) fn new(request: &'a Request) -> Self {
        Self {
            request,
            memory: request.memory.to_string(),
            storage: format!("; it needs {} in the first year", first_year(request)),
            cpu: format!(" processors idle, it keeps {} busy", Tenths(cpu_need(request))),
        }
    }

    /// The factors in their order of weight, each with its reason.
    pub(super) fn factors(&self, candidate: &Candidate, points: &Points) -> Vec<Factor> {
        vec![
            factor("memory", MEMORY, points.memory, self.memory(candidate)),
            factor("storage", SPACE + MEDIUM, points.storage, self.storage(candidate)),
            factor("cpu", CPU, points.cpu, self.cpu(candidate)),
            factor("load", LOAD, points.load, load(candidate)),
            factor("reliability", RELIABILITY, points.reliability, reliability(candidate)),
        ]
    }

    fn memory(&self, candidate: &Candidate) -> String {
        let need = self.request.memory;
        if candidate.memory_free < need {
            let lacking = need.minus(candidate.memory_free);
            sentence(lacking, &[" short of its everyday ", &self.memory])
        } else {
            sentence(
                candidate.memory_free.minus(need),
                &[" stay free beside its ", &self.memory],
            )
        }
    }

    fn storage(&self, candidate: &Candidate) -> String {
        let left = candidate.storage_free.minus(self.request.storage);
        let wish = match self.request.prefer {
            None | Some(DiskKind::Unknown) => "",
            Some(wish) if wish == candidate.storage_kind => ", as it prefers",
            Some(DiskKind::Ssd) => ", it prefers an SSD",
            Some(DiskKind::Hdd) => ", it prefers a hard disk",
            Some(DiskKind::SdCard) => ", it prefers an SD card",
        };
        sentence(
            left,
            &[" stay free on ", kind_name(candidate.storage_kind), wish, &self.storage],
        )
    }

    fn cpu(&self, candidate: &Candidate) -> String {
        sentence(
            Tenths(idle(candidate)),
            &[" of ", &candidate.cpu_cores.to_string(), &self.cpu],
        )
    }
}

/// A figure and what follows it, in one piece of memory.
fn sentence(figure: impl std::fmt::Display, rest: &[&str]) -> String {
    let mut text = String::with_capacity(24 + rest.iter().map(|part| part.len()).sum::<usize>());
    // Writing to a String cannot fail.
    let _ = write!(text, "{figure}");
    for part in rest {
        text.push_str(part);
    }
    text
}

fn factor(name: &'static str, weight: u32, tenths: u32, reason: String) -> Factor {
    Factor {
        name: Cow::Borrowed(name),
        weight: f64::from(weight) / 10.0,
        points: f64::from(tenths) / 10.0,
        reason,
    }
}

fn load(candidate: &Candidate) -> String {
    format!(
        "load {} on {} processors",
        Tenths(thousandths(candidate.load1)),
        candidate.cpu_cores
    )
}

fn reliability(candidate: &Candidate) -> String {
    match candidate.outages_30d {
        0 => "no outage in 30 days".to_owned(),
        1 => "one outage in 30 days".to_owned(),
        n => format!("{n} outages in 30 days"),
    }
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

/// A share that came from outside, kept between 0 and 100; what is no number counts as full.
fn percent(value: f64) -> f64 {
    if value.is_nan() { 100.0 } else { value.clamp(0.0, 100.0) }
}

/// A number of processors in thousandths, at most 10^12 of them; what is no number counts as none.
fn thousandths(value: f64) -> u128 {
    // A cast makes 0 of NaN.
    (value.clamp(0.0, 1e12) * 1000.0).round() as u128
}

/// Thousandths, shown with one decimal.
struct Tenths(u128);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = self.0.saturating_add(50) / 100;
        write!(f, "{}.{}", tenths / 10, tenths % 10)
    }
}
