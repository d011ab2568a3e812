//! The engine of a test node, and what only a real one can show.

use super::{EngineRig, IMAGE};
use crate::conformance::{
    proxy::Proxy,
    rig::{self, node, test_node},
};
use hearth::{
    adapter::{compose::NodeCompose, docker::DockerEngines},
    port::{
        containers::{Containers, ContainersError, DEFAULT_SOCKET, Engines},
        session::{Connector, Session},
    },
};
use hearth_model::fault::Cause;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Within this a broken link has to be noticed.
const NOTICED: Duration = Duration::from_secs(20);

/// The engine of the test node, as a user sees it.
pub(crate) async fn rig(user: &str) -> EngineRig {
    let session = node(user).await.session;
    let containers = DockerEngines.open(Arc::clone(&session), DEFAULT_SOCKET).await.unwrap();
    EngineRig::new(session, containers, Arc::new(NodeCompose))
}

/// The same through a proxy that can be cut.
async fn through_proxy() -> (Arc<dyn Session>, Arc<dyn Containers>, Proxy) {
    let proxy = Proxy::start(format!("{}:22", test_node())).await;
    let (connector, _data) = rig::connector();
    let target = rig::target(connector.as_ref(), "127.0.0.1", proxy.port, "root").await;
    let session = connector.connect(&target, &rig::password("hearth-root")).await.unwrap();
    let containers = DockerEngines.open(Arc::clone(&session), DEFAULT_SOCKET).await.unwrap();
    (session, containers, proxy)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a test node: HEARTH_TEST_NODE"]
async fn rights_on_the_socket_are_needed() {
    let session = node("bob").await.session;
    let fault = DockerEngines.open(session, DEFAULT_SOCKET).await.map(drop).unwrap_err();
    assert_eq!(fault.cause, Cause::NoSocketRights, "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a test node: HEARTH_TEST_NODE"]
async fn logs_are_told_and_followed() {
    let rig = rig("root").await;
    let (sender, _progress) = mpsc::channel(1000);
    rig.containers.pull(IMAGE, sender).await.unwrap();
    rig.write_files().await;
    let (sender, _lines) = mpsc::channel(1000);
    rig.compose
        .up(rig.session.as_ref(), &rig.project, sender)
        .await
        .unwrap();

    let (sender, mut lines) = mpsc::channel(1000);
    let following = rig.containers.logs(&rig.project.name, 100, true, sender);
    let reading = async {
        loop {
            let line = tokio::time::timeout(Duration::from_secs(60), lines.recv())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(line.service, "web");
            assert!(line.at.parse::<jiff::Timestamp>().is_ok(), "{line:?}");
            if line.text == "ready" {
                break;
            }
        }
        drop(lines);
    };
    let (followed, ()) = tokio::join!(following, reading);
    followed.unwrap();

    let (sender, mut lines) = mpsc::channel(1000);
    rig.containers.logs(&rig.project.name, 1, false, sender).await.unwrap();
    assert!(lines.recv().await.is_some());
    assert_eq!(lines.recv().await, None, "more than the last line was told");
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a test node: HEARTH_TEST_NODE"]
async fn a_cut_ends_what_is_watched() {
    let (session, containers, proxy) = through_proxy().await;
    let (sender, _events) = mpsc::channel(10);
    let watching = containers.events(sender);
    let cutting = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        proxy.cut();
        Instant::now()
    };
    let (watched, cut) = tokio::join!(watching, cutting);
    let error = watched.unwrap_err();
    assert!(
        matches!(&error, ContainersError::Unreachable { fault, .. } if fault.cause == Cause::Disconnected),
        "{error}"
    );
    assert!(cut.elapsed() < NOTICED);
    assert!(!session.is_open());
    let error = containers.list(None).await.unwrap_err();
    assert!(matches!(error, ContainersError::Unreachable { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a test node: HEARTH_TEST_NODE"]
async fn many_requests_at_once() {
    let rig = rig("root").await;
    let asking = (0..60).map(|_| rig.containers.list(None));
    for answer in futures::future::join_all(asking).await {
        answer.unwrap();
    }
}
