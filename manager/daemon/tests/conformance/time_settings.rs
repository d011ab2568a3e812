//! Time of the box: one suite, on the fake and on the adapter with a timedated and a systemd of our own making.

use super::bus::{Asked, Manager, SYSTEMD, bus};
use hearth::{
    adapter::timedated::Timedated,
    port::{
        appliance::ApplianceError,
        time_settings::{FakeTimeSettings, TimeSettings},
    },
};
use hearth_model::system::TimeSync;
use std::{fs, os::unix::fs::PermissionsExt as _};
use zbus::{fdo, interface};

const ZONES: [&str; 3] = ["Europe/Zurich", "Pacific/Auckland", "UTC"];

struct Timedate(String);

#[interface(name = "org.freedesktop.timedate1")]
impl Timedate {
    fn set_timezone(&mut self, timezone: String, interactive: bool) -> fdo::Result<()> {
        assert!(!interactive);
        if !ZONES.contains(&timezone.as_str()) {
            return Err(fdo::Error::InvalidArgs("Invalid time zone".to_owned()));
        }
        self.0 = timezone;
        Ok(())
    }

    #[zbus(property)]
    fn timezone(&self) -> String {
        self.0.clone()
    }

    #[zbus(property, name = "NTPSynchronized")]
    fn synchronized(&self) -> bool {
        true
    }
}

async fn conforms(time: &dyn TimeSettings) {
    let status = time.status().await.unwrap();
    assert_eq!((status.time_zone.as_str(), status.synchronized), ("UTC", true));
    assert!(status.sync.on && status.sync.servers.is_empty());
    for zone in ZONES {
        time.set_zone(zone).await.unwrap();
        assert_eq!(time.status().await.unwrap().time_zone, zone);
    }
    let refused = time.set_zone("Mars/Olympus").await;
    assert!(matches!(refused, Err(ApplianceError::Refused { reason, .. }) if reason == "Invalid time zone"));
    let servers = ["ntp.example.org", "192.0.2.1"].map(|name| name.parse().unwrap());
    for sync in [
        TimeSync {
            on: true,
            servers: servers.to_vec(),
        },
        TimeSync {
            on: false,
            servers: servers.to_vec(),
        },
        TimeSync {
            on: true,
            servers: Vec::new(),
        },
    ] {
        time.set_sync(&sync).await.unwrap();
        assert_eq!(time.status().await.unwrap().sync, sync);
    }
}

#[tokio::test]
async fn the_fake() {
    conforms(&FakeTimeSettings::default()).await;
}

#[tokio::test]
async fn timedated() {
    let (dir, systemd) = (tempfile::tempdir().unwrap(), Asked::default());
    let served = systemd.clone();
    let (bus, _server) = bus(|server| {
        let server = server.serve_at("/org/freedesktop/timedate1", Timedate("UTC".to_owned()));
        server.serve_at(SYSTEMD, Manager(served))
    })
    .await;
    let time = Timedated::new(bus, dir.path().to_owned());
    conforms(&time).await;
    assert_eq!(
        systemd.asked(),
        ["restart", "stop", "restart"].map(|verb| format!("{verb} systemd-timesyncd.service"))
    );
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        0,
        "nothing chosen, nothing there"
    );

    let sync = TimeSync {
        on: false,
        servers: vec!["192.0.2.1".parse().unwrap()],
    };
    time.set_sync(&sync).await.unwrap();
    let file = dir.path().join("hearth.conf");
    assert_eq!(fs::read_to_string(&file).unwrap(), "[Time]\nNTP=192.0.2.1\n");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "timesyncd reads it under a user of its own");
    assert!(dir.path().join("off").exists());
}
