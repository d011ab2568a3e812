//! A small engine that does what a broken or hostile one could do, reached on this machine.

use crate::conformance::local;
use hearth::{
    adapter::docker::DockerEngines,
    port::containers::{Containers, ContainersError, Engines},
};
use hearth_model::fault::{Cause, Fault};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

/// Says how a path is answered.
type Answers = fn(&str) -> Answer;

enum Answer {
    /// JSON.
    Json(&'static str),
    /// A body that does not end.
    Endless(&'static [u8]),
    /// Nothing.
    Silence,
}

async fn serve(mut stream: UnixStream, answers: Answers) -> std::io::Result<()> {
    let mut request = vec![0; 8192];
    let n = stream.read(&mut request).await?;
    let request = String::from_utf8_lossy(&request[..n]).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    match answers(path) {
        Answer::Json(body) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body.as_bytes()).await
        }
        Answer::Endless(piece) => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                .await?;
            loop {
                stream.write_all(&piece.repeat(10_000)).await?;
            }
        }
        Answer::Silence => std::future::pending().await,
    }
}

async fn open(answers: Answers) -> (TempDir, Result<Arc<dyn Containers>, Fault>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // That the other side goes away is what is wanted.
            tokio::spawn(async move { drop(serve(stream, answers).await) });
        }
    });
    let rig = local::rig().await;
    let opened = DockerEngines.open(rig.session, path.to_str().unwrap()).await;
    (folder, opened)
}

fn good(path: &str) -> Answer {
    match path {
        _ if path.ends_with("/version") => Answer::Json(r#"{"Version": "26.1.5", "ApiVersion": "1.45"}"#),
        _ if path.ends_with("/info") => Answer::Json(r#"{"DockerRootDir": "/var/lib/docker"}"#),
        _ => Answer::Endless(b"[{\"Id\": \"x\"},"),
    }
}

#[tokio::test]
async fn an_old_engine_is_told() {
    let (_folder, opened) = open(|_| Answer::Json(r#"{"Version": "19.03.15", "ApiVersion": "1.40"}"#)).await;
    let fault = opened.map(drop).unwrap_err();
    assert_eq!(fault.cause, Cause::EngineTooOld, "{fault}");
    assert!(fault.detail.contains("19.03.15"), "{fault}");
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_told() {
    let begun = Instant::now();
    let (_folder, opened) = open(|_| Answer::Silence).await;
    assert_eq!(opened.map(drop).unwrap_err().cause, Cause::EngineDown);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn what_is_no_engine_is_told() {
    let (_folder, opened) = open(|_| Answer::Json("null")).await;
    let fault = opened.map(drop).unwrap_err();
    assert!(
        matches!(fault.cause, Cause::EngineDown | Cause::EngineTooOld),
        "{fault}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_answers_are_not_read() {
    let (_folder, opened) = open(good).await;
    let engine = opened.unwrap();
    let error = engine.list(None).await.unwrap_err();
    assert!(matches!(error, ContainersError::Unreachable { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_items_are_not_read() {
    let (_folder, opened) = open(good).await;
    let engine = opened.unwrap();
    let (sender, _events) = tokio::sync::mpsc::channel(10);
    let watching = engine.events(sender);
    let error = tokio::time::timeout(Duration::from_secs(30), watching)
        .await
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, ContainersError::Unreachable { .. }), "{error}");
}
