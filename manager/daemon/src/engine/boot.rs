//! How the box is at first boot: network, clock, storage, engine, each with its fix. Never fails: what cannot be
//! found out is told as such, as this is the page that shows when something is wrong.

use crate::port::{clock::Clock, host::Host};
use hearth_model::{fault::Check, units::Bytes};
use jiff::{Timestamp, civil::date, tz::TimeZone};
use std::{io, sync::Arc};

/// Below this, the database and the logs have no room to grow.
const LEAST_FREE: Bytes = Bytes::gib(1);

/// Looks at the box.
pub struct Boot {
    host: Arc<dyn Host>,
    clock: Arc<dyn Clock>,
}

impl Boot {
    /// Over the machine and its clock.
    #[must_use]
    pub fn new(host: Arc<dyn Host>, clock: Arc<dyn Clock>) -> Self {
        Self { host, clock }
    }

    /// The time on the box's clock, which is the time on its pages.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Each thing that was looked at, with its fix where it is not right.
    pub async fn checks(&self) -> Vec<Check> {
        let host = Arc::clone(&self.host);
        let now = self.clock.now();
        // The kernel may have to wait for a disk.
        let looked = tokio::task::spawn_blocking(move || look(host.as_ref(), now)).await;
        looked.unwrap_or_else(|error| {
            vec![check(
                "box",
                format!("it could not be looked at: {error}"),
                Some("Load the page again."),
            )]
        })
    }
}

fn check(name: &str, found: String, mend: Option<&str>) -> Check {
    Check {
        name: name.to_owned(),
        found,
        fault: None,
        mend: mend.map(ToOwned::to_owned),
        bootstrap: false,
    }
}

fn look(host: &dyn Host, now: Timestamp) -> Vec<Check> {
    vec![network(host), clock(now), storage(host), engine(host)]
}

fn network(host: &dyn Host) -> Check {
    let mend = "Plug in a network cable, or set up the wireless network, and check that a router gives it an address.";
    match host.addresses() {
        Ok(addresses) if addresses.is_empty() => check("network", "no address".to_owned(), Some(mend)),
        Ok(addresses) => {
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            check("network", format!("reached at {}", list.join(", ")), None)
        }
        Err(error) => check("network", format!("cannot be asked: {error}"), Some(mend)),
    }
}

/// A box without a clock battery begins in the past, where no certificate is valid yet.
fn clock(now: Timestamp) -> Check {
    let found = now.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let first = date(2026, 1, 1).to_zoned(TimeZone::UTC).map(|day| day.timestamp());
    let sane = first.is_ok_and(|first| now >= first);
    let mend = "Connect it to the internet for a moment, or set it by hand (timedatectl set-time).";
    check("clock", found, (!sane).then_some(mend))
}

fn storage(host: &dyn Host) -> Check {
    match host.space() {
        Ok(space) => check(
            "storage",
            format!("{} of {} free", space.free, space.total),
            (space.free < LEAST_FREE).then_some("Free some space, or put Hearth's data on a larger disk (--data)."),
        ),
        Err(error) => check(
            "storage",
            format!("cannot be asked: {error}"),
            Some("Check that the disk with Hearth's data is mounted."),
        ),
    }
}

fn engine(host: &dyn Host) -> Check {
    let (found, mend) = match host.engine() {
        Ok(()) => ("Docker answers: this box can run apps itself".to_owned(), None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (
            "none here; apps run on the machines you adopt".to_owned(),
            Some(
                "Nothing, if this box shall only manage others. To run apps on it too, install the package docker.io.",
            ),
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => (
            "Docker is here, but Hearth may not use it".to_owned(),
            Some("Add Hearth's user to the group docker (usermod -aG docker USER) and restart Hearth."),
        ),
        Err(error) => (
            format!("Docker does not answer: {error}"),
            Some("Start it (systemctl start docker) and look at journalctl -u docker."),
        ),
    };
    check("container engine", found, mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{clock::FakeClock, host::FakeHost};
    use hearth_model::stats::DiskSpace;

    async fn mends(host: FakeHost, now: &str) -> Vec<bool> {
        let at: Timestamp = now.parse().unwrap_or_default();
        let boot = Boot::new(Arc::new(host), Arc::new(FakeClock::starting_at(at)));
        boot.checks().await.iter().map(|check| check.mend.is_some()).collect()
    }

    #[tokio::test]
    async fn a_good_box_needs_no_mend() {
        assert_eq!(mends(FakeHost::default(), "2026-11-20T12:00:00Z").await, [false; 4]);
    }

    #[tokio::test]
    async fn whatever_is_wrong_has_its_mend() {
        let host = FakeHost {
            addresses: Vec::new(),
            space: DiskSpace {
                total: Bytes::gib(8),
                free: Bytes::mib(100),
            },
            engine: Some(io::ErrorKind::PermissionDenied),
        };
        assert_eq!(mends(host, "1970-01-01T00:00:30Z").await, [true; 4]);
    }
}
