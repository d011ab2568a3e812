//! The disks of the box: one suite, on the fake and on the adapter with tables of our own making.

use super::bus::{Jobs, Manager, SYSTEMD, bus};
use async_trait::async_trait;
use hearth::{
    adapter::disks::{DiskTables, KernelDisks},
    port::{
        appliance::ApplianceError,
        clock::{Clock as _, FakeClock},
        disks::{Disks, FakeDisks, InstallProgress},
        journal::FakeJournal,
    },
};
use hearth_model::{
    system::{Disk, FsKind, JournalLine, Priority},
    units::Bytes,
};
use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc, time::Duration};
use tokio::sync::{Mutex, watch};

/// Hearth's own `vda`, a USB disk `sda` of 64 GiB with one exFAT file system, and an empty `sdb`.
async fn conforms(disks: &dyn Disks) {
    let all = disks.list().await.unwrap();
    let names: Vec<&str> = all.iter().map(|disk| disk.name.as_str()).collect();
    assert_eq!(names, ["sda", "sdb", "vda"]);
    let [usb, empty, own] = all.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!((own.own, usb.own, empty.own), (true, false, false));
    assert_eq!(
        (usb.bus.as_deref(), usb.size, usb.removable),
        (Some("usb"), Bytes::gib(64), true)
    );
    let volume = &usb.volumes[0];
    assert_eq!(
        (volume.name.as_str(), volume.file_system, volume.label.as_deref()),
        ("sda1", Some(FsKind::Exfat), Some("PHOTOS"))
    );
    assert_eq!(volume.uuid.as_ref().unwrap().to_string(), "1A2B-3C4D");
    assert!(empty.volumes.is_empty());
    assert!(own.kept_because().is_some() && usb.kept_because().is_none());

    assert!(disks.format(own).await.is_err());
    let mut gone = empty.clone();
    gone.seq += 100;
    assert!(disks.format(&gone).await.is_err());
    // After a restart of the box names and numbers begin anew.
    let renamed = Disk {
        name: "sdx".parse().unwrap(),
        seq: 77,
        ..usb.clone()
    };
    assert_eq!(&disks.meant(&renamed).await.unwrap(), usb);
    let swapped = Disk {
        serial: Some("another one".to_owned()),
        ..usb.clone()
    };
    let refused = disks.meant(&swapped).await;
    assert!(matches!(&refused, Err(ApplianceError::NotYet { .. })), "{refused:?}");
    // Without a serial number nothing else tells.
    let nameless = Disk { serial: None, ..gone };
    assert!(disks.meant(&nameless).await.is_err());
    let (progress, told) = watch::channel(InstallProgress::default());
    assert!(disks.install(own, &progress).await.is_err());
    disks.stop_install(empty).await.unwrap();
    disks.install(usb, &progress).await.unwrap();
    let percent = told.borrow().percent;
    assert!((1..=100).contains(&percent), "{percent}");
    disks.format(empty).await.unwrap();
    let made = &disks.list().await.unwrap()[1].volumes[0];
    assert_eq!((made.name.as_str(), made.file_system), ("sdb1", Some(FsKind::Ext4)));
}

#[tokio::test]
async fn the_fake() {
    conforms(&FakeDisks::default()).await;
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn block(sys: &Path, path: &str, files: &[(&str, &str)]) {
    for (file, text) in files {
        put(&sys.join("block").join(path).join(file), &format!("{text}\n"));
    }
}

fn tables(root: &Path) -> DiskTables {
    let (sys, udev) = (root.join("sys"), root.join("udev"));
    let gib = |n: u64| (n * 2_097_152).to_string();
    for (name, number, seq, size) in [
        ("vda", "253:0", "1", gib(8)),
        ("sda", "8:0", "2", gib(64)),
        ("sdb", "8:16", "3", gib(16)),
        ("loop0", "7:0", "4", gib(1)),
        ("sr0", "11:0", "5", gib(1)),
        ("sdc", "8:32", "6", "0".to_owned()),
    ] {
        block(
            &sys,
            name,
            &[
                ("dev", number),
                ("size", &size),
                ("ro", "0"),
                ("removable", "0"),
                ("diskseq", seq),
            ],
        );
    }
    block(&sys, "sda", &[("device/model", "Elements 25A3   ")]);
    block(
        &sys,
        "sda/sda1",
        &[("dev", "8:1"), ("size", &gib(64)), ("partition", "1")],
    );
    block(
        &sys,
        "vda/vda2",
        &[("dev", "253:2"), ("size", &gib(1)), ("partition", "2")],
    );
    put(
        &udev.join("b8:0"),
        "S:disk/by-id/x\nE:ID_BUS=usb\nE:ID_SERIAL_SHORT=4711\n",
    );
    put(
        &udev.join("b8:1"),
        "E:ID_FS_TYPE=exfat\nE:ID_FS_LABEL=PHOTOS\nE:ID_FS_UUID=1A2B-3C4D\n",
    );
    put(
        &udev.join("b253:2"),
        "E:ID_FS_TYPE=squashfs\nE:ID_PART_ENTRY_NAME=rootfs-a\n",
    );
    fs::create_dir_all(sys.join("dev/block")).unwrap();
    symlink("../../block/vda/vda2", sys.join("dev/block/253:2")).unwrap();
    put(&root.join("mountinfo"), "1 1 253:2 / / ro - squashfs /dev/root ro\n");
    DiskTables {
        sys,
        udev,
        mounts: root.join("mountinfo"),
        progress: root.join("progress"),
    }
}

struct Units(Arc<Mutex<DiskTables>>, Arc<FakeJournal>);

#[async_trait]
impl Jobs for Units {
    /// The unit looks itself whether it is the disk that is meant.
    async fn job(&self, verb: &'static str, unit: &str) -> Option<&'static str> {
        if verb == "stop" {
            return Some("done");
        }
        let result = if unit == "hearth-install@sda-2.service" {
            // Long enough for whoever looks how far it is.
            put(&self.0.lock().await.progress, "40 copying\n");
            tokio::time::sleep(Duration::from_millis(1500)).await;
            "done"
        } else if unit == "hearth-format@sdb-3.service" {
            let tables = self.0.lock().await;
            block(
                &tables.sys,
                "sdb/sdb1",
                &[("dev", "8:17"), ("size", "1000"), ("partition", "1")],
            );
            put(
                &tables.udev.join("b8:17"),
                "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=6c1e6f0a-0d4b\n",
            );
            "done"
        } else {
            let line = |from: &str, text: &str| JournalLine {
                at: FakeClock::default().now(),
                from: from.to_owned(),
                priority: Priority::Error,
                text: text.to_owned(),
            };
            self.1.write(line(unit, "vda is the disk that Hearth runs from"));
            "failed"
        };
        Some(result)
    }
}

#[tokio::test]
async fn of_the_kernel() {
    let dir = tempfile::tempdir().unwrap();
    let tables = tables(dir.path());
    let served = Arc::new(Mutex::new(tables.clone()));
    let journal: Arc<FakeJournal> = Arc::default();
    let written = journal.clone();
    let (bus, _server) = bus(|server| server.serve_at(SYSTEMD, Manager(Units(served, written)))).await;
    let disks = KernelDisks::new(bus, journal, Arc::new(FakeClock::default()), tables);
    conforms(&disks).await;
    let refused = disks.format(&disks.list().await.unwrap()[2]).await;
    assert!(
        matches!(&refused, Err(ApplianceError::Refused { reason, .. }) if reason.contains("runs from")),
        "{refused:?}"
    );
    let all = disks.list().await.unwrap();
    assert_eq!(
        (all[0].model.as_deref(), all[0].serial.as_deref()),
        (Some("Elements 25A3"), Some("4711"))
    );
    let root = &all[2].volumes[0];
    assert_eq!((root.label.as_deref(), root.file_system), (Some("rootfs-a"), None));
    assert_eq!(root.mounted_at, ["/"]);
}
