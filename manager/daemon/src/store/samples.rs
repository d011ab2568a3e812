//! The series of nodes, and of the homelab as a whole: fine points as they come, coarser ones made from them.
//!
//! Points live in real columns, not in JSON, because SQLite itself makes means of them: a day of 15-second points is
//! never brought into memory to be thinned.

use super::{
    column::{from_unix, parse, signed},
    error::{Error, Result, sqlite},
};
use hearth_model::{
    id::NodeId,
    stats::{Resolution, Sample},
    units::Bytes,
};
use rusqlite::{Connection, Row, Transaction, params};

/// How long a bucket is left open after its end, so that points still on their way get into it.
const GRACE_SECS: i64 = 30;
/// How far ahead of the clock a point may lie before it is taken for one made while the clock was wrong.
const AHEAD_SECS: i64 = 86_400;

/// Means of the columns of a point, in the order of [`point`].
const MEANS: &str = "avg(cpu_percent), avg(load1), CAST(round(avg(memory_total)) AS INTEGER),
    CAST(round(avg(memory_used)) AS INTEGER), CAST(round(avg(swap_used)) AS INTEGER),
    CAST(round(avg(disk_total)) AS INTEGER), CAST(round(avg(disk_used)) AS INTEGER),
    avg(net_rx), avg(net_tx), avg(disk_read), avg(disk_written), max(temperature_c)";

/// Keeps the points of one round: each node's, and all added up.
///
/// # Errors
/// [`Error::Sqlite`].
pub fn insert(tx: &Transaction<'_>, samples: &[(NodeId, Sample)], total: Option<&Sample>) -> Result<()> {
    let mut node = tx
        .prepare_cached(
            // A node that was released a moment ago has no row any more: its last point is dropped, not an error.
            "INSERT OR REPLACE INTO samples SELECT ?1, 15, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
             WHERE EXISTS (SELECT 1 FROM nodes WHERE id = ?1)",
        )
        .map_err(sqlite("preparing a sample"))?;
    for (id, s) in samples {
        node.execute(params![
            id.to_string(),
            s.at.as_second(),
            finite(s.cpu_percent),
            finite(s.load1),
            signed(s.memory_total.0),
            signed(s.memory_used.0),
            signed(s.swap_used.0),
            signed(s.disk_total.0),
            signed(s.disk_used.0),
            finite(s.net_rx_bytes_per_sec),
            finite(s.net_tx_bytes_per_sec),
            finite(s.disk_read_bytes_per_sec),
            finite(s.disk_written_bytes_per_sec),
            s.temperature_c.filter(|c| c.is_finite()),
        ])
        .map_err(sqlite("keeping a sample"))?;
    }
    if let Some(s) = total {
        tx.execute(
            "INSERT OR REPLACE INTO homelab_samples VALUES (15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                s.at.as_second(),
                finite(s.cpu_percent),
                finite(s.load1),
                signed(s.memory_total.0),
                signed(s.memory_used.0),
                signed(s.swap_used.0),
                signed(s.disk_total.0),
                signed(s.disk_used.0),
                finite(s.net_rx_bytes_per_sec),
                finite(s.net_tx_bytes_per_sec),
                finite(s.disk_read_bytes_per_sec),
                finite(s.disk_written_bytes_per_sec),
                s.temperature_c.filter(|c| c.is_finite()),
            ],
        )
        .map_err(sqlite("keeping the homelab's sample"))?;
    }
    Ok(())
}

/// Makes the coarser points of all buckets that have ended since the last time. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Sqlite`].
pub fn roll_up(tx: &Transaction<'_>, now: i64) -> Result<()> {
    for pair in Resolution::ALL.windows(2) {
        let [from, into] = pair else { continue };
        let (finer, step) = (from.step_secs(), into.step_secs());
        // The homelab has a point whenever any node has one, so its newest coarse point tells how far all were made.
        let done: Option<i64> = tx
            .query_row(
                "SELECT coalesce((SELECT max(at) + ?2 FROM homelab_samples WHERE resolution = ?2),
                                 (SELECT min(at) FROM homelab_samples WHERE resolution = ?1))",
                [finer, step],
                |row| row.get(0),
            )
            .map_err(sqlite("looking how far the series are"))?;
        let end = (now - GRACE_SECS).div_euclid(step) * step;
        let Some(begin) = done.map(|at| at.div_euclid(step) * step).filter(|begin| *begin < end) else {
            continue;
        };
        tx.execute(
            &format!(
                "INSERT OR REPLACE INTO samples SELECT node_id, ?2, at / ?2 * ?2, {MEANS}
                 FROM nodes JOIN samples ON node_id = id AND resolution = ?1 AND at >= ?3 AND at < ?4
                 GROUP BY node_id, at / ?2"
            ),
            [finer, step, begin, end],
        )
        .map_err(sqlite("making coarser samples"))?;
        tx.execute(
            &format!(
                "INSERT OR REPLACE INTO homelab_samples SELECT ?2, at / ?2 * ?2, {MEANS}
                 FROM homelab_samples WHERE resolution = ?1 AND at >= ?3 AND at < ?4 GROUP BY at / ?2"
            ),
            [finer, step, begin, end],
        )
        .map_err(sqlite("making the homelab's coarser samples"))?;
    }
    Ok(())
}

/// Removes the points that are older than their resolution is kept for, and those that a wrong clock put into the future.
///
/// # Errors
/// [`Error::Sqlite`].
pub fn prune(tx: &Transaction<'_>, now: i64) -> Result<()> {
    for resolution in Resolution::ALL {
        let bounds = [resolution.step_secs(), now - resolution.keep_secs(), now + AHEAD_SECS];
        // By node, so that the primary key is used; an index by age alone would be as large as the table.
        tx.execute(
            "DELETE FROM samples WHERE (node_id, resolution, at) IN (
                 SELECT node_id, resolution, at FROM nodes JOIN samples ON node_id = id AND resolution = ?1 AND at < ?2
                 UNION ALL
                 SELECT node_id, resolution, at FROM nodes JOIN samples ON node_id = id AND resolution = ?1 AND at > ?3)",
            bounds,
        )
        .map_err(sqlite("removing old samples"))?;
        tx.execute(
            "DELETE FROM homelab_samples WHERE resolution = ?1 AND (at < ?2 OR at > ?3)",
            bounds,
        )
        .map_err(sqlite("removing the homelab's old samples"))?;
    }
    Ok(())
}

/// The points of a node since `since`, oldest first, thinned to one each `step` seconds by their means.
///
/// # Errors
/// [`Error::Sqlite`], [`Error::Row`].
pub fn of_node(
    connection: &Connection,
    node: NodeId,
    resolution: Resolution,
    since: i64,
    step: i64,
) -> Result<Vec<Sample>> {
    let sql = format!(
        "SELECT at / ?3 * ?3, {MEANS} FROM samples WHERE node_id = ?4 AND resolution = ?1 AND at >= ?2
         GROUP BY at / ?3 ORDER BY at / ?3"
    );
    points(
        connection,
        &sql,
        params![resolution.step_secs(), since, step, node.to_string()],
    )
}

/// The points of the homelab since `since`, oldest first, thinned to one each `step` seconds by their means.
///
/// # Errors
/// [`Error::Sqlite`], [`Error::Row`].
pub fn of_homelab(connection: &Connection, resolution: Resolution, since: i64, step: i64) -> Result<Vec<Sample>> {
    let sql = format!(
        "SELECT at / ?3 * ?3, {MEANS} FROM homelab_samples WHERE resolution = ?1 AND at >= ?2
         GROUP BY at / ?3 ORDER BY at / ?3"
    );
    points(connection, &sql, params![resolution.step_secs(), since, step])
}

/// The newest fine point of every node, for what is shown before the first poll after a start.
///
/// # Errors
/// [`Error::Sqlite`], [`Error::Row`].
pub fn newest(connection: &Connection, since: i64) -> Result<Vec<(NodeId, Sample)>> {
    let sql = format!(
        "SELECT at, {MEANS}, node_id FROM samples
         WHERE (node_id, resolution, at) IN (
             SELECT id, 15, (SELECT max(at) FROM samples WHERE node_id = id AND resolution = 15) FROM nodes)
           AND at >= ?1
         GROUP BY node_id"
    );
    let mut statement = connection
        .prepare_cached(&sql)
        .map_err(sqlite("preparing the newest samples"))?;
    let rows = statement
        .query_map([since], |row| Ok((row.get::<_, String>(13)?, point(row)?)))
        .map_err(sqlite("reading the newest samples"))?;
    rows.map(|row| {
        let (id, (at, sample)) = row.map_err(sqlite("reading a newest sample"))?;
        Ok((parse("samples", &id)?, timed(at, sample)?))
    })
    .collect()
}

fn points(connection: &Connection, sql: &str, bounds: impl rusqlite::Params) -> Result<Vec<Sample>> {
    let mut statement = connection.prepare_cached(sql).map_err(sqlite("preparing a series"))?;
    let rows = statement.query_map(bounds, point).map_err(sqlite("reading a series"))?;
    rows.map(|row| {
        let (at, sample) = row.map_err(sqlite("reading a sample"))?;
        timed(at, sample)
    })
    .collect()
}

fn timed(at: i64, sample: Sample) -> Result<Sample, Error> {
    Ok(Sample {
        at: from_unix("samples", at)?,
        ..sample
    })
}

fn point(row: &Row<'_>) -> rusqlite::Result<(i64, Sample)> {
    let bytes = |column: usize| row.get::<_, i64>(column).map(|n| Bytes(n.unsigned_abs()));
    let sample = Sample {
        at: jiff::Timestamp::UNIX_EPOCH,
        cpu_percent: row.get(1)?,
        load1: row.get(2)?,
        memory_total: bytes(3)?,
        memory_used: bytes(4)?,
        swap_used: bytes(5)?,
        disk_total: bytes(6)?,
        disk_used: bytes(7)?,
        net_rx_bytes_per_sec: row.get(8)?,
        net_tx_bytes_per_sec: row.get(9)?,
        disk_read_bytes_per_sec: row.get(10)?,
        disk_written_bytes_per_sec: row.get(11)?,
        temperature_c: row.get(12)?,
    };
    Ok((row.get(0)?, sample))
}

/// A number that a NOT NULL column takes: SQLite keeps NaN as NULL.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, nodes};
    use hearth_model::node::{Link, Node, NodeState};
    use jiff::Timestamp;
    use uuid::Uuid;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        (dir, store)
    }

    fn node(number: u128) -> Node {
        Node {
            id: NodeId(Uuid::from_u128(number)),
            name: format!("node-{number}").parse().unwrap(),
            link: Link::Local,
            state: NodeState::Online,
            facts: None,
            labels: Default::default(),
            groups: Default::default(),
            adopted_at: Timestamp::UNIX_EPOCH,
            last_seen_at: None,
            outages_30d: 0,
        }
    }

    fn sample(at: i64, cpu_percent: f64, memory_used: u64) -> Sample {
        Sample {
            at: Timestamp::from_second(at).unwrap(),
            cpu_percent,
            load1: 0.5,
            memory_total: Bytes(1_000),
            memory_used: Bytes(memory_used),
            swap_used: Bytes(0),
            disk_total: Bytes(u64::MAX),
            disk_used: Bytes(10),
            net_rx_bytes_per_sec: f64::NAN,
            net_tx_bytes_per_sec: 1.0,
            disk_read_bytes_per_sec: 0.0,
            disk_written_bytes_per_sec: 0.0,
            temperature_c: (at % 2 == 0).then_some(40.0),
        }
    }

    const START: i64 = 1_800_000_000 / 3_600 * 3_600;

    #[tokio::test]
    async fn coarser_points_are_the_means_and_come_once() {
        let (_dir, store) = store();
        store
            .write(|tx| {
                let (a, b) = (node(1), node(2));
                nodes::insert(tx, &a)?;
                nodes::insert(tx, &b)?;
                for k in 0..240 {
                    let at = START + 15 * k;
                    let cpu = if k < 20 { 10.0 } else { 30.0 };
                    let all = sample(at, cpu, 300);
                    insert(
                        tx,
                        &[(a.id, sample(at, cpu, 100)), (b.id, sample(at, 50.0, 200))],
                        Some(&all),
                    )?;
                    roll_up(tx, at)?;
                }
                roll_up(tx, START + 3_600 + GRACE_SECS)?;
                roll_up(tx, START + 3_600 + GRACE_SECS)?;
                let five = of_node(tx, a.id, Resolution::Medium, 0, 300)?;
                assert_eq!(five.len(), 12);
                assert_eq!(five[0].cpu_percent, 10.0);
                assert_eq!(five[1].cpu_percent, 30.0);
                assert_eq!(five[0].at.as_second(), START);
                assert_eq!(five[0].temperature_c, Some(40.0));
                assert_eq!(five[0].net_rx_bytes_per_sec, 0.0);
                let hour = of_node(tx, a.id, Resolution::Coarse, 0, 3_600)?;
                assert_eq!(hour.len(), 1);
                assert!((hour[0].cpu_percent - (10.0 + 11.0 * 30.0) / 12.0).abs() < 1e-9);
                // The sum of the means is the mean of the sums.
                let total = of_homelab(tx, Resolution::Coarse, 0, 3_600)?;
                let other = of_node(tx, b.id, Resolution::Coarse, 0, 3_600)?;
                assert_eq!(total[0].memory_used, hour[0].memory_used + other[0].memory_used);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_bucket_is_closed_only_after_its_end() {
        let (_dir, store) = store();
        store
            .write(|tx| {
                let a = node(1);
                nodes::insert(tx, &a)?;
                insert(tx, &[(a.id, sample(START, 10.0, 1))], Some(&sample(START, 10.0, 1)))?;
                roll_up(tx, START + 300)?;
                assert!(of_node(tx, a.id, Resolution::Medium, 0, 300)?.is_empty());
                roll_up(tx, START + 300 + GRACE_SECS)?;
                assert_eq!(of_node(tx, a.id, Resolution::Medium, 0, 300)?.len(), 1);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn each_resolution_is_kept_as_long_as_it_should_be() {
        let (_dir, store) = store();
        store
            .write(|tx| {
                let a = node(1);
                nodes::insert(tx, &a)?;
                let old = [START - 86_401, START - 86_399, START + AHEAD_SECS + 1];
                for at in old {
                    insert(tx, &[(a.id, sample(at, 1.0, 1))], Some(&sample(at, 1.0, 1)))?;
                }
                prune(tx, START)?;
                let left = of_node(tx, a.id, Resolution::Fine, 0, 1)?;
                assert_eq!(
                    left.iter().map(|s| s.at.as_second()).collect::<Vec<_>>(),
                    [START - 86_399]
                );
                assert_eq!(of_homelab(tx, Resolution::Fine, 0, 1)?.len(), 1);
                assert_eq!(newest(tx, 0)?.len(), 1);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_released_node_takes_its_series_along_and_gets_none_any_more() {
        let (_dir, store) = store();
        store
            .write(|tx| {
                let a = node(1);
                nodes::insert(tx, &a)?;
                insert(tx, &[(a.id, sample(START, 1.0, 1))], None)?;
                nodes::forget(tx, a.id)?;
                insert(tx, &[(a.id, sample(START, 1.0, 1))], None)?;
                assert!(of_node(tx, a.id, Resolution::Fine, 0, 1)?.is_empty());
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
    }
}
