//! What a machine does at the moment, and how counters become rates.

use crate::units::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Counters as the kernel keeps them: they only ever rise until the machine restarts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Seconds since the machine started; tells a restart from a wrapped counter.
    pub uptime_secs: f64,
    /// Processor time in which something was done, in clock ticks, all processors together.
    pub cpu_busy_ticks: u64,
    /// All processor time, in clock ticks.
    pub cpu_total_ticks: u64,
    /// Bytes received on interfaces that lead out.
    pub net_rx_bytes: u64,
    /// Bytes sent on interfaces that lead out.
    pub net_tx_bytes: u64,
    /// Bytes read from disks.
    pub disk_read_bytes: u64,
    /// Bytes written to disks.
    pub disk_written_bytes: u64,
}

/// One answer of a node to a poll: counters and levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The counters.
    pub counters: Counters,
    /// Load average of the last minute.
    pub load1: f64,
    /// Memory in all.
    pub memory_total: Bytes,
    /// Memory that can be had without swapping (`MemAvailable`).
    pub memory_available: Bytes,
    /// Swap in use.
    pub swap_used: Bytes,
    /// Total and free space by mount point.
    pub disks: BTreeMap<String, DiskSpace>,
    /// Highest temperature that a sensor tells, in degrees Celsius.
    pub temperature_c: Option<f64>,
}

/// Space of a file system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiskSpace {
    /// Size.
    pub total: Bytes,
    /// What an ordinary user can still write.
    pub free: Bytes,
}

/// A point of a node's series: what the pages plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// When it was taken.
    pub at: Timestamp,
    /// Processor use, 0 to 100, all processors together.
    pub cpu_percent: f64,
    /// Load average of the last minute.
    pub load1: f64,
    /// Memory in all.
    pub memory_total: Bytes,
    /// Memory in use (total less available).
    pub memory_used: Bytes,
    /// Swap in use.
    pub swap_used: Bytes,
    /// Space of all disks together.
    pub disk_total: Bytes,
    /// Used space of all disks together.
    pub disk_used: Bytes,
    /// Bytes a second received.
    pub net_rx_bytes_per_sec: f64,
    /// Bytes a second sent.
    pub net_tx_bytes_per_sec: f64,
    /// Bytes a second read from disks.
    pub disk_read_bytes_per_sec: f64,
    /// Bytes a second written to disks.
    pub disk_written_bytes_per_sec: f64,
    /// Highest temperature in degrees Celsius.
    pub temperature_c: Option<f64>,
}

impl Sample {
    /// The sample that `now` gives, with rates against `before`: zero for the first reading and after a restart.
    #[must_use]
    pub fn between(at: Timestamp, before: Option<&Counters>, now: &Reading) -> Self {
        let c = &now.counters;
        let before = before.filter(|b| b.uptime_secs < c.uptime_secs);
        let secs = before.map_or(0.0, |b| c.uptime_secs - b.uptime_secs);
        let rate =
            |counter: fn(&Counters) -> u64| before.map_or(0.0, |b| counter(c).saturating_sub(counter(b)) as f64 / secs);
        let cpu_percent = before.map_or(0.0, |b| {
            let total = c.cpu_total_ticks.saturating_sub(b.cpu_total_ticks);
            let busy = c.cpu_busy_ticks.saturating_sub(b.cpu_busy_ticks);
            if total == 0 {
                0.0
            } else {
                (busy as f64 * 100.0 / total as f64).clamp(0.0, 100.0)
            }
        });
        let disk_total = now.disks.values().map(|d| d.total).sum::<Bytes>();
        let disk_free = now.disks.values().map(|d| d.free).sum::<Bytes>();
        Self {
            at,
            cpu_percent,
            load1: now.load1,
            memory_total: now.memory_total,
            memory_used: now.memory_total.minus(now.memory_available),
            swap_used: now.swap_used,
            disk_total,
            disk_used: disk_total.minus(disk_free),
            net_rx_bytes_per_sec: rate(|c| c.net_rx_bytes),
            net_tx_bytes_per_sec: rate(|c| c.net_tx_bytes),
            disk_read_bytes_per_sec: rate(|c| c.disk_read_bytes),
            disk_written_bytes_per_sec: rate(|c| c.disk_written_bytes),
            temperature_c: now.temperature_c,
        }
    }
}

/// How fine a series is. Each is kept for as long as one can make sense of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// Every 15 s, for a day.
    Fine,
    /// Every 5 min, for a month (31 days).
    Medium,
    /// Every hour, for a year (366 days).
    Coarse,
}

impl Resolution {
    /// All of them, finest first.
    pub const ALL: [Self; 3] = [Self::Fine, Self::Medium, Self::Coarse];

    /// Seconds between two points.
    #[must_use]
    pub const fn step_secs(self) -> i64 {
        match self {
            Self::Fine => 15,
            Self::Medium => 300,
            Self::Coarse => 3_600,
        }
    }

    /// Seconds for which a point is kept.
    #[must_use]
    pub const fn keep_secs(self) -> i64 {
        match self {
            Self::Fine => 86_400,
            Self::Medium => 31 * 86_400,
            Self::Coarse => 366 * 86_400,
        }
    }

    /// The finest resolution that still reaches back `range_secs`.
    #[must_use]
    pub fn for_range(range_secs: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|r| range_secs <= r.keep_secs())
            .unwrap_or(Self::Coarse)
    }
}

/// Use of one container at the moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContainerStats {
    /// Name of the container.
    pub name: String,
    /// Compose project it belongs to.
    pub project: Option<String>,
    /// Compose service it runs.
    pub service: Option<String>,
    /// Processor use in percent of one processor.
    pub cpu_percent: f64,
    /// Memory in use, without the page cache.
    pub memory_used: Bytes,
    /// Memory it may use.
    pub memory_limit: Bytes,
}
