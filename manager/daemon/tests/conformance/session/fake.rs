//! The fake machine, playing the few programs that the suite runs.

use crate::conformance::rig::Rig;
use hearth::port::session::{Connector, Credentials, FakeConnector, FakeMachine, Output, Target};
use std::sync::Arc;

fn said(status: i32, stdout: String) -> Output {
    Output {
        status,
        stdout: stdout.into_bytes(),
        stderr: Vec::new(),
    }
}

/// A session on a fake machine.
pub(crate) async fn rig() -> Rig {
    let machine = FakeMachine::new("fake");
    machine.on(|machine, exec| {
        let argv: Vec<&str> = exec.argv.iter().map(String::as_str).collect();
        match argv[..] {
            ["sh", "-c", "exit 3"] => Some(said(3, String::new())),
            ["seq", n] => Some(said(0, (1..=n.parse().ok()?).map(|n: u32| format!("{n}\n")).collect())),
            ["sh", "-s", "--", _] => {
                machine.fill_disk();
                Some(said(0, String::new()))
            }
            ["ls", ..] | ["umount", ..] => Some(said(0, String::new())),
            _ => None,
        }
    });
    let connector = Arc::new(FakeConnector::default());
    connector.put_local(&machine);
    let session = connector.connect(&Target::Local, &Credentials::OwnKey).await.unwrap();
    Rig {
        session,
        connector,
        target: Target::Local,
        credentials: Credentials::OwnKey,
        folder: "/var/tmp/test".to_owned(),
        _keep: Vec::new(),
    }
}
