//! What SSH has of its own: logins, host keys, links that break, servers that forbid.

use crate::conformance::{
    proxy::Proxy,
    rig::{Rig, connector, node, password, target},
    sshd,
};
use hearth::port::session::{Connector, Credentials, Exec, ExpectedKey, Session, SessionError, Target};
use hearth_model::{
    fault::{Cause, Fault},
    node::{Host, Login},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Within this a broken link has to be noticed.
const NOTICED: Duration = Duration::from_secs(20);

async fn fault(connector: &dyn Connector, target: &Target, credentials: &Credentials) -> Fault {
    match connector.connect(target, credentials).await {
        Ok(_) => panic!("that login should not work"),
        Err(fault) => fault,
    }
}

fn with_key(target: &Target, key: ExpectedKey) -> Target {
    let Target::Ssh { host, port, user, .. } = target else {
        panic!("not SSH")
    };
    Target::Ssh {
        host: host.clone(),
        port: *port,
        user: user.clone(),
        expected: key,
    }
}

fn pinned(target: &Target) -> hearth_model::node::HostKey {
    match target {
        Target::Ssh {
            expected: ExpectedKey::Pinned(key),
            ..
        } => key.clone(),
        _ => panic!("no pinned key"),
    }
}

/// A session through a proxy that can be cut.
async fn through_proxy(rig: &Rig) -> (Arc<dyn Session>, Proxy) {
    let Target::Ssh { host, port, user, .. } = &rig.target else {
        panic!("not SSH")
    };
    let proxy = Proxy::start(format!("{host}:{port}")).await;
    let target = target(rig.connector.as_ref(), "127.0.0.1", proxy.port, user).await;
    let session = rig.connector.connect(&target, &rig.credentials).await.unwrap();
    (session, proxy)
}

#[tokio::test]
async fn what_does_not_answer_is_named() {
    let (connector, _data) = connector();
    let key = async |host: &str, port: u16| {
        let host: Host = host.parse().unwrap();
        connector.host_key(&host, port).await.unwrap_err()
    };
    // A port that was free a moment ago.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    assert_eq!(key("127.0.0.1", port).await.cause, Cause::Refused);
    assert_eq!(key("no-such-name.invalid", 22).await.cause, Cause::UnknownHost);
}

#[tokio::test]
async fn what_is_no_ssh_server_is_named() {
    let (connector, _data) = connector();
    let greetings: [&'static [u8]; 3] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
        b"SSH-2.0-\xff\xff\r\n\x00\x01",
    ];
    for (greeting, cause) in greetings
        .into_iter()
        .zip([Cause::NotSsh, Cause::Refused, Cause::Disconnected])
    {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let serving = tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            while let Ok((mut stream, _)) = server.accept().await {
                let _ = stream.write_all(greeting).await;
            }
        });
        let fault = connector
            .host_key(&"127.0.0.1".parse().unwrap(), port)
            .await
            .unwrap_err();
        assert_eq!(fault.cause, cause, "{fault}");
        serving.abort();
    }
}

#[tokio::test]
async fn silence_is_no_ssh_server() {
    let (connector, _data) = connector();
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let fault = connector
        .host_key(&"127.0.0.1".parse().unwrap(), port)
        .await
        .unwrap_err();
    assert_eq!(fault.cause, Cause::NotSsh, "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn a_wrong_password_is_refused() {
    let rig = sshd::rig().await;
    let fault = fault(rig.connector.as_ref(), &rig.target, &password("wrong")).await;
    assert_eq!(fault.cause, Cause::WrongPassword, "{fault}");
    assert!(!format!("{fault:?}").contains("wrong"), "a fault shows the password");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn keys_with_and_without_passphrase_log_in() {
    for (kind, passphrase) in [("ed25519", ""), ("ed25519", "open sesame"), ("rsa", ""), ("ecdsa", "x")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = std::process::Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", passphrase, "-f"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let public = std::fs::read_to_string(path.with_extension("pub")).unwrap();
        let server = sshd::Sshd::start(&public, "");
        let (connector, _data) = connector();
        let target = target(connector.as_ref(), "127.0.0.1", server.port, "root").await;
        let login = |passphrase: Option<&str>| {
            Credentials::Once(Login::Key {
                private: std::fs::read_to_string(&path).unwrap(),
                passphrase: passphrase.map(String::from),
            })
        };
        let given = (!passphrase.is_empty()).then_some(passphrase);
        let session = connector.connect(&target, &login(given)).await.unwrap();
        assert_eq!(session.exec(Exec::new(["true"])).await.unwrap().status, 0, "{kind}");
        if given.is_some() {
            for wrong in [None, Some("another")] {
                let fault = fault(connector.as_ref(), &target, &login(wrong)).await;
                assert_eq!(fault.cause, Cause::WrongPassword, "{fault}");
                assert!(fault.detail.contains("passphrase"), "{fault}");
            }
        }
        let fault = fault(connector.as_ref(), &target, &Credentials::OwnKey).await;
        assert_eq!(fault.cause, Cause::WrongPassword, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn another_host_key_is_refused() {
    let (rig, server) = sshd::rig_with("").await;
    let key = pinned(&rig.target);
    let confirmed = with_key(&rig.target, ExpectedKey::Fingerprint(key.fingerprint.clone()));
    rig.connector.connect(&confirmed, &Credentials::OwnKey).await.unwrap();
    let other = with_key(&rig.target, ExpectedKey::Fingerprint("SHA256:other".to_owned()));
    let mismatch = fault(rig.connector.as_ref(), &other, &Credentials::OwnKey).await;
    assert_eq!(mismatch.cause, Cause::HostKeyMismatch, "{mismatch}");
    assert!(mismatch.detail.contains(&key.fingerprint), "{mismatch}");

    server.lock().unwrap().change_host_key();
    let changed = fault(rig.connector.as_ref(), &rig.target, &Credentials::OwnKey).await;
    assert_eq!(changed.cause, Cause::HostKeyChanged, "{changed}");
    assert!(changed.detail.contains(&key.fingerprint), "{changed}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn few_sessions_are_enough() {
    let (rig, _server) = sshd::rig_with("MaxSessions 2").await;
    super::shell::a_hundred_at_once(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn forbidden_forwarding_is_told() {
    for settings in ["DisableForwarding yes", "AllowStreamLocalForwarding no"] {
        let (rig, _server) = sshd::rig_with(settings).await;
        let path = rig.path("here.sock");
        let _listener = tokio::net::UnixListener::bind(&path).unwrap();
        let error = rig.session.socket(&path).await.map(drop).unwrap_err();
        let SessionError::Refused { fault, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(fault.cause, Cause::ForwardingForbidden, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn a_socket_that_nobody_serves_is_told() {
    let rig = sshd::rig().await;
    let path = rig.path("dead.sock");
    drop(tokio::net::UnixListener::bind(&path).unwrap());
    let error = rig.session.socket(&path).await.map(drop).unwrap_err();
    let SessionError::Refused { fault, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(fault.cause, Cause::EngineDown, "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn start_up_files_that_talk_change_nothing() {
    // SetEnv runs no program, but bash reads the file that it names for every command it is given.
    let folder = tempfile::tempdir().unwrap();
    let noisy = folder.path().join("noisy");
    std::fs::write(&noisy, "echo Welcome; echo to the machine >&2\n").unwrap();
    let (rig, _server) = sshd::rig_with(&format!("SetEnv BASH_ENV={}", noisy.display())).await;
    let output = rig.session.exec(Exec::new(["printf", "%s", "mine"])).await.unwrap();
    assert_eq!((output.text().as_str(), output.error_text().as_str()), ("mine", ""));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn a_closed_session_is_lost() {
    let rig = sshd::rig().await;
    assert!(rig.session.is_open());
    rig.session.close().await;
    let error = rig.session.exec(Exec::new(["true"])).await.unwrap_err();
    assert!(matches!(error, SessionError::Lost { .. }), "{error}");
    assert!(!rig.session.is_open());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn a_cut_is_noticed_at_rest() {
    let rig = sshd::rig().await;
    let (session, proxy) = through_proxy(&rig).await;
    session.exec(Exec::new(["true"])).await.unwrap();
    proxy.cut();
    let begun = Instant::now();
    while session.is_open() {
        assert!(begun.elapsed() < NOTICED, "the cut was not noticed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn a_cut_is_noticed_by_a_program() {
    let rig = sshd::rig().await;
    let (session, proxy) = through_proxy(&rig).await;
    let waiting = session.exec(Exec::new(["sleep", "100"]).within(Duration::from_secs(100)));
    let cutting = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        proxy.cut();
        Instant::now()
    };
    let (result, cut) = tokio::join!(waiting, cutting);
    let error = result.unwrap_err();
    assert!(matches!(error, SessionError::Lost { .. }), "{error}");
    assert!(cut.elapsed() < NOTICED);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn a_cut_upload_leaves_no_file() {
    let rig = sshd::rig().await;
    let (session, proxy) = through_proxy(&rig).await;
    let path = rig.path("cut/file");
    rig.session.write_file(&path, b"before", 0o600).await.unwrap();
    let contents = vec![7; 200_000_000];
    let writing = session.write_file(&path, &contents, 0o600);
    let cutting = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        proxy.cut();
        Instant::now()
    };
    let (result, cut) = tokio::join!(writing, cutting);
    let error = result.unwrap_err();
    assert!(matches!(error, SessionError::Lost { .. }), "{error}");
    assert!(cut.elapsed() < NOTICED, "noticed after {:?}", cut.elapsed());

    // The proxy's going away is what the machine notices.
    drop(proxy);
    let begun = Instant::now();
    loop {
        let listed = rig
            .session
            .exec(Exec::new(["ls", "-A", &rig.path("cut")]))
            .await
            .unwrap();
        if listed.text() == "file\n" {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "left behind: {}",
            listed.text()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let kept = rig.session.read_file(&path, 100).await.unwrap();
    assert_eq!(kept.as_deref(), Some(&b"before"[..]));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and OpenSSH's server"]
async fn an_unread_socket_holds_nothing_up() {
    use tokio::io::AsyncWriteExt;
    let rig = sshd::rig().await;
    let path = rig.path("flood.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let flooding = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move { while stream.write_all(&[0; 65536]).await.is_ok() {} });
        }
    });
    let _unread = rig.session.socket(&path).await.unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(8) {
        let asked = Instant::now();
        rig.session.exec(Exec::new(["true"])).await.unwrap();
        assert!(
            asked.elapsed() < Duration::from_secs(7),
            "held up for {:?}",
            asked.elapsed()
        );
    }
    flooding.abort();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a test node: HEARTH_TEST_NODE"]
async fn a_user_without_rights_is_told() {
    let rig = node("bob").await;
    let error = rig.session.exec(Exec::new(["id"]).as_root()).await.unwrap_err();
    let SessionError::Refused { fault, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(fault.cause, Cause::NoSudo, "{fault}");
    let error = rig.session.socket("/var/run/docker.sock").await.map(drop).unwrap_err();
    let SessionError::Refused { fault, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(fault.cause, Cause::NoSocketRights, "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a test node: HEARTH_TEST_NODE"]
async fn a_wrong_password_is_refused_by_a_node() {
    let rig = node("root").await;
    let fault = fault(rig.connector.as_ref(), &rig.target, &password("wrong")).await;
    assert_eq!(fault.cause, Cause::WrongPassword, "{fault}");
}
