//! What every session keeps to, the fake one too. Programs are plain ones, which the fake plays.

use crate::conformance::rig::Rig;
use hearth::port::session::{Exec, SessionError};
use hearth_model::fault::Cause;
use tokio::sync::mpsc;

pub(crate) async fn a_status_is_an_answer(rig: &Rig) {
    let output = rig.session.exec(Exec::new(["sh", "-c", "exit 3"])).await.unwrap();
    assert_eq!(output.status, 3);
}

pub(crate) async fn output_is_bounded(rig: &Rig) {
    let exec = Exec {
        max_output: 1000,
        ..Exec::new(["seq", "100000"])
    };
    let error = rig.session.exec(exec).await.unwrap_err();
    assert!(
        matches!(error, SessionError::TooMuch { max_bytes: 1000, .. }),
        "{error}"
    );
}

pub(crate) async fn files_come_back_as_they_were(rig: &Rig) {
    let contents: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let path = rig.path("new folder/it's a file");
    for contents in [&contents[..], b"", b"shorter"] {
        rig.session.write_file(&path, contents, 0o600).await.unwrap();
        assert_eq!(
            rig.session.read_file(&path, 1 << 20).await.unwrap().as_deref(),
            Some(contents)
        );
    }
}

pub(crate) async fn a_missing_file_is_none(rig: &Rig) {
    let path = rig.path("nothing/here");
    assert_eq!(rig.session.read_file(&path, 100).await.unwrap(), None);
}

pub(crate) async fn a_long_file_is_too_much(rig: &Rig) {
    let path = rig.path("long");
    rig.session.write_file(&path, b"0123456789", 0o600).await.unwrap();
    assert!(rig.session.read_file(&path, 10).await.unwrap().is_some());
    let error = rig.session.read_file(&path, 9).await.unwrap_err();
    assert!(matches!(error, SessionError::TooMuch { max_bytes: 9, .. }), "{error}");
}

pub(crate) async fn a_full_disk_is_told(rig: &Rig) {
    let folder = rig.path("small");
    let mounted = rig.session.exec(
        Exec::script(
            "mkdir -p \"$1\" && mount -t tmpfs -o size=64k hearth-test \"$1\"",
            [folder.clone()],
        )
        .as_root(),
    );
    assert_eq!(
        mounted.await.unwrap().status,
        0,
        "a small file system could not be mounted"
    );
    let path = format!("{folder}/big");
    let result = rig.session.write_file(&path, &[1; 200_000], 0o600).await;
    let left = rig.session.exec(Exec::new(["ls", "-A", &folder]).as_root()).await;
    let unmounted = rig.session.exec(Exec::new(["umount", &folder]).as_root()).await;

    match result.unwrap_err() {
        SessionError::Failed { reason, .. } => assert!(reason.contains("No space left on device"), "{reason}"),
        error => panic!("{error}"),
    }
    assert_eq!(left.unwrap().text(), "", "a temporary file stayed behind");
    assert_eq!(unmounted.unwrap().status, 0);
}

pub(crate) async fn no_socket_is_told(rig: &Rig) {
    let error = match rig.session.socket(&rig.path("no.sock")).await {
        Ok(_) => panic!("a socket that is not there was connected to"),
        Err(error) => error,
    };
    let SessionError::Refused { fault, .. } = error else {
        panic!("{error}")
    };
    assert!(matches!(fault.cause, Cause::NoEngine | Cause::EngineDown), "{fault}");
}

pub(crate) async fn lines_come_in_order(rig: &Rig) {
    let (sender, mut lines) = mpsc::channel(2000);
    let status = rig.session.stream(Exec::new(["seq", "1000"]), sender).await.unwrap();
    assert_eq!(status, 0);
    for n in 1..=1000 {
        let line = lines.recv().await.unwrap();
        assert!(!line.stderr && line.text == n.to_string(), "{line:?}");
    }
    assert_eq!(lines.recv().await, None);
}
