//! Mounting: one suite, on the fake and on the adapter with a systemd of our own making, which mounts nothing but says it did.

use super::bus::{Jobs, Manager, SYSTEMD, bus};
use async_trait::async_trait;
use hearth::{
    adapter::mounts::{MountPlaces, MountUnits},
    port::{
        appliance::ApplianceError,
        clock::{Clock as _, FakeClock},
        journal::FakeJournal,
        mounts::{FakeMounts, MountError, MountFault, Mounts},
        vault::Plaintext,
    },
};
use hearth_model::system::{JournalLine, Mount, Priority};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::{Arc, Mutex},
};

fn mount(name: &str, source: &str) -> Mount {
    Mount {
        name: name.parse().unwrap(),
        source: serde_json::from_str(source).unwrap(),
    }
}

fn stick() -> Mount {
    mount(
        "usb-stick",
        r#"{"kind":"disk","uuid":"1A2B-3C4D","file_system":"vfat"}"#,
    )
}

fn share(host: &str) -> Mount {
    let source = format!(r#"{{"kind":"smb","host":"{host}","path":"media","user":"anna"}}"#);
    mount("nas", &source)
}

/// `wrong` has the host whose password is never right; `busy` makes a mount used.
async fn conforms(mounts: &dyn Mounts, busy: impl Fn(&Mount, bool)) {
    let (stick, nas, wrong) = (stick(), share("nas"), share("wrong"));
    let password = Plaintext::new("a long one");
    mounts.keep(&[stick.clone(), nas.clone()]).await.unwrap();
    assert_eq!(mounts.mounted(&stick).await.unwrap(), None);
    for _ in 0..2 {
        mounts.mount(&stick, None).await.unwrap();
    }
    assert!(mounts.mounted(&stick).await.unwrap().is_some());
    mounts.mount(&nas, Some(&password)).await.unwrap();
    busy(&nas, true);
    let refused = mounts.unmount(&nas.name).await;
    assert!(
        matches!(&refused, Err(ApplianceError::Refused { reason, .. }) if reason.contains("in use")),
        "{refused:?}"
    );
    busy(&nas, false);
    for _ in 0..2 {
        mounts.unmount(&nas.name).await.unwrap();
    }
    assert_eq!(mounts.mounted(&nas).await.unwrap(), None);
    mounts.keep(std::slice::from_ref(&wrong)).await.unwrap();
    let failed = mounts.mount(&wrong, Some(&password)).await;
    let Err(MountError::Failed { fault, said }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(
        (fault, said.as_str()),
        (MountFault::Login, "mount error(13): Permission denied")
    );
    let unknown = mounts.mount(&nas_under("other"), None).await;
    assert!(
        matches!(unknown, Err(MountError::Appliance(ApplianceError::Refused { .. }))),
        "{unknown:?}"
    );
}

fn nas_under(name: &str) -> Mount {
    Mount {
        name: name.parse().unwrap(),
        ..share("nas")
    }
}

#[tokio::test]
async fn the_fake() {
    let fake = FakeMounts::default();
    fake.state().faults.insert("wrong".to_owned(), MountFault::Login);
    conforms(&fake, |mount, on| {
        let mut state = fake.state();
        if on {
            state.busy.insert(mount.name.clone());
        } else {
            state.busy.remove(&mount.name);
        }
    })
    .await;
}

/// What the systemd of our own making looks at and leaves behind.
struct Stage {
    dir: PathBuf,
    journal: Arc<FakeJournal>,
    clock: Arc<FakeClock>,
    busy: Mutex<bool>,
    reloads: Mutex<u32>,
}

impl Stage {
    fn say(&self, unit: &str, text: &str) {
        self.journal.write(JournalLine {
            at: self.clock.now(),
            from: unit.to_owned(),
            priority: Priority::Info,
            text: text.to_owned(),
        });
    }

    /// Does what the unit would do; answers systemd's word for what came of it, or that there is no such unit.
    fn start(&self, unit: &str) -> Option<&'static str> {
        let table = self.dir.join("mountinfo");
        let known = |name: &str| self.dir.join("mounts").join(name).exists();
        if let Some(name) = unit
            .strip_prefix("hearth-unmount@")
            .and_then(|rest| rest.strip_suffix(".service"))
        {
            if *self.busy.lock().unwrap() {
                self.say(unit, "it is in use by an app: jellyfin");
                return Some("failed");
            }
            let place = format!(" /data/media/{name} ");
            let lines = fs::read_to_string(&table).unwrap();
            let kept: String = lines
                .lines()
                .filter(|line| !line.contains(&place))
                .map(|line| format!("{line}\n"))
                .collect();
            fs::write(table, kept).unwrap();
            return Some("done");
        }
        let name = unit
            .strip_prefix("data-media-")?
            .strip_suffix(".mount")?
            .replace("\\x2d", "-");
        if !known(&name) {
            return None;
        }
        let what = fs::read_to_string(self.dir.join("mounts").join(&name)).unwrap();
        if what.contains("user yes") {
            let secret = self.dir.join("secrets").join(&name);
            assert_eq!(
                fs::read_to_string(&secret).unwrap(),
                "username=anna\npassword=a long one\n"
            );
            assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
        }
        if what.contains("host wrong") {
            self.say(unit, "mount error(13): Permission denied");
            self.say(unit, "Refer to the mount.cifs(8) manual page (e.g. man mount.cifs)");
            return Some("failed");
        }
        let line = format!("1 1 8:1 / /data/media/{name} rw - vfat /dev/sda1 rw\n");
        fs::write(&table, fs::read_to_string(&table).unwrap() + &line).unwrap();
        Some("done")
    }
}

#[async_trait]
impl Jobs for Arc<Stage> {
    async fn job(&self, verb: &'static str, unit: &str) -> Option<&'static str> {
        assert_eq!(verb, "start");
        self.start(unit)
    }

    fn reloaded(&self) {
        *self.reloads.lock().unwrap() += 1;
    }
}

#[tokio::test]
async fn by_systemd() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["mounts", "secrets"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
    }
    fs::write(dir.path().join("mountinfo"), "1 1 8:2 / / rw - ext4 /dev/sda2 rw\n").unwrap();
    let stage = Arc::new(Stage {
        dir: dir.path().to_owned(),
        journal: Arc::default(),
        clock: Arc::default(),
        busy: Mutex::default(),
        reloads: Mutex::default(),
    });
    let served = Arc::clone(&stage);
    let (bus, _server) = bus(|server| server.serve_at(SYSTEMD, Manager(served))).await;
    let places = MountPlaces {
        folder: dir.path().join("mounts"),
        secrets: dir.path().join("secrets"),
        table: dir.path().join("mountinfo"),
    };
    let mounts = MountUnits::new(bus, stage.journal.clone(), stage.clock.clone(), places);
    conforms(&mounts, |_, on| *stage.busy.lock().unwrap() = on).await;
    assert_eq!(*stage.reloads.lock().unwrap(), 2);
    mounts.keep(&[share("wrong")]).await.unwrap();
    assert_eq!(*stage.reloads.lock().unwrap(), 2, "nothing is other than before");
    assert_eq!(
        fs::read_dir(dir.path().join("secrets")).unwrap().count(),
        0,
        "no password is left"
    );
}
