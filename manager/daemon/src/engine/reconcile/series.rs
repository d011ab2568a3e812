//! The homelab's series: samples of all nodes added up, and how fine a series a plot gets.

use hearth_model::stats::{Resolution, Sample};
use hearth_model::units::Bytes;
use jiff::Timestamp;

/// Most points of a plot.
pub const MOST_POINTS: i64 = 300;
/// Shortest range that can be asked for: a quarter of an hour.
pub const LEAST_RANGE_SECS: i64 = 900;
/// Longest range that can be asked for: a leap year.
pub const MOST_RANGE_SECS: i64 = 366 * 86_400;

/// Which series to read for a range, and the seconds between the points of the plot.
#[must_use]
pub fn thinned(range_secs: i64) -> (Resolution, i64) {
    let step = (range_secs + MOST_POINTS - 1) / MOST_POINTS;
    let whole = |resolution: Resolution| {
        let least = resolution.step_secs();
        ((step + least - 1) / least).max(1) * least
    };
    // The coarsest series that is fine enough: reading 288 points beats making means of 5,760.
    let fine_enough =
        |resolution: &Resolution| range_secs <= resolution.keep_secs() && whole(*resolution) <= step.max(15) + step / 4;
    let resolution = Resolution::ALL
        .into_iter()
        .rev()
        .find(fine_enough)
        .unwrap_or_else(|| Resolution::for_range(range_secs));
    (resolution, whole(resolution))
}

/// Samples added up, each with its machine's number of processors; none when there are none.
#[must_use]
pub fn total(at: Timestamp, samples: &[(u32, Sample)]) -> Option<Sample> {
    if samples.is_empty() {
        return None;
    }
    let bytes = |of: fn(&Sample) -> Bytes| samples.iter().map(|(_, sample)| of(sample)).sum::<Bytes>();
    let sum = |of: fn(&Sample) -> f64| samples.iter().map(|(_, sample)| of(sample)).sum::<f64>();
    let cores: f64 = samples.iter().map(|(cores, _)| f64::from(*cores)).sum();
    let busy: f64 = samples
        .iter()
        .map(|(cores, sample)| f64::from(*cores) * sample.cpu_percent)
        .sum();
    Some(Sample {
        at,
        cpu_percent: if cores > 0.0 { busy / cores } else { 0.0 },
        load1: sum(|s| s.load1),
        memory_total: bytes(|s| s.memory_total),
        memory_used: bytes(|s| s.memory_used),
        swap_used: bytes(|s| s.swap_used),
        disk_total: bytes(|s| s.disk_total),
        disk_used: bytes(|s| s.disk_used),
        net_rx_bytes_per_sec: sum(|s| s.net_rx_bytes_per_sec),
        net_tx_bytes_per_sec: sum(|s| s.net_tx_bytes_per_sec),
        disk_read_bytes_per_sec: sum(|s| s.disk_read_bytes_per_sec),
        disk_written_bytes_per_sec: sum(|s| s.disk_written_bytes_per_sec),
        temperature_c: samples
            .iter()
            .filter_map(|(_, sample)| sample.temperature_c)
            .reduce(f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_at_most_300_points_and_reads_the_coarsest_series_that_will_do() {
        for (range, expected) in [
            (900, (Resolution::Fine, 15)),
            (3_600, (Resolution::Fine, 15)),
            (6 * 3_600, (Resolution::Fine, 75)),
            (86_400, (Resolution::Medium, 300)),
            (7 * 86_400, (Resolution::Medium, 2_100)),
            (31 * 86_400, (Resolution::Coarse, 10_800)),
            (366 * 86_400, (Resolution::Coarse, 108_000)),
        ] {
            assert_eq!(thinned(range), expected, "{range}");
        }
        for range in (LEAST_RANGE_SECS..=MOST_RANGE_SECS).step_by(997) {
            let (resolution, step) = thinned(range);
            assert!(range / step <= MOST_POINTS, "{range}");
            assert_eq!(step % resolution.step_secs(), 0, "{range}");
            assert!(range <= resolution.keep_secs(), "{range}");
        }
    }

    #[test]
    fn processors_count_by_their_number() {
        let sample = |cpu_percent, used| Sample {
            at: Timestamp::UNIX_EPOCH,
            cpu_percent,
            load1: 1.0,
            memory_total: Bytes(10),
            memory_used: Bytes(used),
            swap_used: Bytes(0),
            disk_total: Bytes(10),
            disk_used: Bytes(1),
            net_rx_bytes_per_sec: 1.0,
            net_tx_bytes_per_sec: 1.0,
            disk_read_bytes_per_sec: 1.0,
            disk_written_bytes_per_sec: 1.0,
            temperature_c: Some(cpu_percent),
        };
        let sum = total(Timestamp::UNIX_EPOCH, &[(1, sample(100.0, 4)), (3, sample(20.0, 5))]).unwrap();
        assert_eq!(sum.cpu_percent, 40.0);
        assert_eq!(sum.memory_used, Bytes(9));
        assert_eq!(sum.temperature_c, Some(100.0));
        assert_eq!(total(Timestamp::UNIX_EPOCH, &[]), None);
    }
}
