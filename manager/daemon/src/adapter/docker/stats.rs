//! Use of containers: one-shot readings, rates from the reading before.

use super::DockerEngine;
use crate::port::containers::{Containers, ContainersError};
use bollard::{
    models::{ContainerMemoryStats, ContainerStatsResponse},
    query_parameters::StatsOptions,
};
use futures::StreamExt;
use hearth_model::{app::Container, stats::ContainerStats, units::Bytes};
use std::{collections::HashMap, sync::PoisonError, time::Duration};

/// How many containers are read at the same time.
const AT_ONCE: usize = 8;

/// How long one reading may take: a container that does not answer is left out.
const LIMIT: Duration = Duration::from_secs(10);

/// Processor counters of a container, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct CpuCounters {
    container: u64,
    system: u64,
    processors: f64,
}

/// Reads all running containers; one that ends meanwhile is left out.
pub(super) async fn all_running(engine: &DockerEngine) -> Result<Vec<ContainerStats>, ContainersError> {
    let running: Vec<Container> = engine
        .list(None)
        .await?
        .into_iter()
        .filter(|c| c.state == "running")
        .collect();
    let readings: Vec<(Container, Option<ContainerStatsResponse>)> = futures::stream::iter(running)
        .map(|container| async move {
            let options = StatsOptions {
                stream: false,
                one_shot: true,
            };
            let mut reading = Box::pin(engine.docker.stats(&container.id, Some(options)));
            let reading = tokio::time::timeout(LIMIT, reading.next()).await;
            (container, reading.ok().flatten().and_then(Result::ok))
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut before = engine.cpu_before.lock().unwrap_or_else(PoisonError::into_inner);
    let mut now = HashMap::with_capacity(readings.len());
    let mut answers = Vec::with_capacity(readings.len());
    for (container, reading) in readings {
        let Some(reading) = reading else { continue };
        let counters = counters(&reading);
        let cpu_percent = match (before.get(&container.id), counters) {
            (Some(before), Some(now)) => percent(*before, now),
            _ => 0.0,
        };
        if let Some(counters) = counters {
            now.insert(container.id.clone(), counters);
        }
        let memory = reading.memory_stats.unwrap_or_default();
        answers.push(ContainerStats {
            name: container.name,
            project: container.project,
            service: container.service,
            cpu_percent,
            memory_used: memory_used(&memory),
            memory_limit: Bytes(memory.limit.unwrap_or(0)),
        });
    }
    *before = now;
    Ok(answers)
}

fn counters(reading: &ContainerStatsResponse) -> Option<CpuCounters> {
    let cpu = reading.cpu_stats.as_ref()?;
    Some(CpuCounters {
        container: cpu.cpu_usage.as_ref()?.total_usage?,
        system: cpu.system_cpu_usage?,
        processors: f64::from(cpu.online_cpus.unwrap_or(1).max(1)),
    })
}

/// In percent of one processor. Source: `calculateCPUPercentUnix` as documented with Docker's `ContainerStats`.
fn percent(before: CpuCounters, now: CpuCounters) -> f64 {
    let container = now.container.saturating_sub(before.container) as f64;
    let system = now.system.saturating_sub(before.system) as f64;
    if system > 0.0 {
        container / system * now.processors * 100.0
    } else {
        0.0
    }
}

/// Without the page cache that the kernel gives back when asked: `inactive_file` (cgroup v2) or `total_inactive_file`
/// (v1). Source: `docker stats`, documentation of its MEM USAGE column.
fn memory_used(memory: &ContainerMemoryStats) -> Bytes {
    let stats = memory.stats.as_ref();
    let cache = |name: &str| stats.and_then(|stats| stats.get(name).copied());
    let cache = cache("total_inactive_file")
        .or_else(|| cache("inactive_file"))
        .unwrap_or(0);
    Bytes(memory.usage.unwrap_or(0).saturating_sub(cache))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_one_of_four_processors() {
        let before = CpuCounters {
            container: 0,
            system: 0,
            processors: 4.0,
        };
        let now = CpuCounters {
            container: 500,
            system: 4_000,
            processors: 4.0,
        };
        assert!((percent(before, now) - 50.0).abs() < 1e-9);
        assert!(
            percent(now, before).abs() < 1e-9,
            "a restarted container has lower counters"
        );
    }
}
