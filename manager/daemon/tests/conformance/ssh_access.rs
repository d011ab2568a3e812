//! SSH on the box: one suite, on the fake and on the adapter with a systemd of our own making.

use super::bus::{Asked, Manager, SYSTEMD, bus};
use hearth::{
    adapter::ssh_access::SshServer,
    port::ssh_access::{FakeSshAccess, SshAccess},
};
use hearth_model::system::SshSettings;
use std::fs;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS anna@laptop";

async fn conforms(ssh: &dyn SshAccess) {
    assert_eq!(ssh.get().await.unwrap(), SshSettings::default());
    let keys = vec![KEY.parse().unwrap(), KEY.replace("anna", "berta").parse().unwrap()];
    for settings in [
        SshSettings {
            on: true,
            keys: keys.clone(),
        },
        SshSettings {
            on: true,
            keys: keys[1..].to_vec(),
        },
        SshSettings {
            on: false,
            keys: keys.clone(),
        },
        SshSettings {
            on: false,
            keys: Vec::new(),
        },
    ] {
        ssh.set(&settings).await.unwrap();
        assert_eq!(ssh.get().await.unwrap(), settings);
    }
}

#[tokio::test]
async fn the_fake() {
    conforms(&FakeSshAccess::default()).await;
}

#[tokio::test]
async fn the_server() {
    let (dir, systemd) = (tempfile::tempdir().unwrap(), Asked::default());
    let served = systemd.clone();
    let (bus, _server) = bus(|server| server.serve_at(SYSTEMD, Manager(served))).await;
    let ssh = SshServer::new(bus, dir.path().to_owned());
    conforms(&ssh).await;
    assert_eq!(
        systemd.asked(),
        ["restart hearth-ssh.service", "stop hearth-ssh.service"],
        "other keys need no restart"
    );
    let settings = SshSettings {
        on: true,
        keys: vec![KEY.parse().unwrap()],
    };
    ssh.set(&settings).await.unwrap();
    assert_eq!(
        fs::read_to_string(dir.path().join("authorized_keys")).unwrap(),
        format!("{KEY}\n")
    );
    assert!(dir.path().join("on").exists());
}
