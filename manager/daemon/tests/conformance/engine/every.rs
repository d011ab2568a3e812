//! What every engine and every Compose keeps to, the fakes too.

use super::{EngineRig, IMAGE};
use hearth::port::{
    compose::{Action, ComposeError},
    containers::ContainersError,
};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How long anything may take that a test waits for.
const LIMIT: Duration = Duration::from_secs(60);

async fn pull(rig: &EngineRig) -> usize {
    let (sender, mut progress) = mpsc::channel(1000);
    rig.containers.pull(IMAGE, sender).await.unwrap();
    let mut told = 0;
    while let Some(step) = progress.recv().await {
        assert_eq!(step.image, IMAGE);
        assert!(step.current_bytes <= step.total_bytes, "{step:?}");
        told += 1;
    }
    told
}

async fn up(rig: &EngineRig) {
    let (sender, mut lines) = mpsc::channel(1000);
    let raised = rig.compose.up(rig.session.as_ref(), &rig.project, sender).await;
    let mut said = Vec::new();
    while let Some(line) = lines.recv().await {
        said.push(line.text);
    }
    raised.unwrap_or_else(|error| panic!("{error}: {said:?}"));
    assert!(said.iter().any(|line| line.contains("Started")), "{said:?}");
}

async fn down(rig: &EngineRig, volumes: bool) {
    let (sender, _lines) = mpsc::channel(1000);
    rig.compose
        .down(rig.session.as_ref(), &rig.project, volumes, sender)
        .await
        .unwrap();
}

/// Waits until the project's one container is in a state.
async fn state(rig: &EngineRig, wanted: &str) {
    let begun = Instant::now();
    loop {
        let containers = rig.containers.list(Some(&rig.project.name)).await.unwrap();
        if matches!(&containers[..], [one] if one.state == wanted) {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "not {wanted}: {containers:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

pub(crate) async fn an_engine_tells_of_itself(rig: &EngineRig) {
    let info = rig.containers.info().await.unwrap();
    assert!(info.version.starts_with(|c: char| c.is_ascii_digit()), "{info:?}");
    assert!(info.root_dir.starts_with('/'), "{info:?}");
    let compose = rig.compose.version(rig.session.as_ref()).await.unwrap().unwrap();
    assert!(compose.starts_with("2."), "{compose}");
}

pub(crate) async fn a_project_from_pull_to_removal(rig: &EngineRig) {
    assert!(pull(rig).await > 0, "no progress was told");
    assert!(rig.containers.has_image(IMAGE).await.unwrap());
    rig.write_files().await;
    rig.compose.check(rig.session.as_ref(), &rig.project).await.unwrap();
    up(rig).await;
    state(rig, "running").await;

    let parts = rig.containers.project(&rig.project.name).await.unwrap();
    let [container] = &parts.containers[..] else {
        panic!("{parts:?}")
    };
    assert_eq!(container.project.as_deref(), Some(rig.project.name.as_str()));
    assert_eq!(container.service.as_deref(), Some("web"));
    assert_eq!(container.image, IMAGE);
    assert_eq!(container.published, [rig.port]);
    assert_eq!(parts.volumes, [format!("{}_data", rig.project.name)]);
    assert_eq!(parts.networks, [format!("{}_default", rig.project.name)]);

    let stats = rig.containers.stats().await.unwrap();
    let own = stats.iter().find(|s| s.name == container.name).unwrap();
    assert!(own.memory_used.0 > 0 && own.memory_used < own.memory_limit, "{own:?}");

    // Doing it again changes nothing.
    let (sender, _lines) = mpsc::channel(1000);
    rig.compose
        .up(rig.session.as_ref(), &rig.project, sender)
        .await
        .unwrap();
    let again = rig.containers.list(Some(&rig.project.name)).await.unwrap();
    assert_eq!(again[0].id, container.id);

    for (action, wanted) in [
        (Action::Stop, "exited"),
        (Action::Start, "running"),
        (Action::Restart, "running"),
    ] {
        let (sender, _lines) = mpsc::channel(1000);
        rig.compose
            .act(rig.session.as_ref(), &rig.project, action, sender)
            .await
            .unwrap();
        state(rig, wanted).await;
    }

    down(rig, false).await;
    let kept = rig.containers.project(&rig.project.name).await.unwrap();
    assert!(kept.containers.is_empty() && kept.networks.is_empty(), "{kept:?}");
    assert_eq!(kept.volumes.len(), 1, "the data went away");
    up(rig).await;
    down(rig, true).await;
    let gone = rig.containers.project(&rig.project.name).await.unwrap();
    assert_eq!(gone, Default::default());
}

pub(crate) async fn an_unknown_image_is_refused(rig: &EngineRig) {
    let (sender, _progress) = mpsc::channel(10);
    let image = "hearth-test/no-such-image:1";
    if let Some(engine) = &rig.fake {
        engine.lack_image(image);
    }
    let error = rig.containers.pull(image, sender).await.unwrap_err();
    assert!(
        matches!(
            error,
            ContainersError::Refused { .. } | ContainersError::NotFound { .. }
        ),
        "{error}"
    );
    assert!(!rig.containers.has_image(image).await.unwrap());
}

pub(crate) async fn nothing_to_remove_is_no_error(rig: &EngineRig) {
    rig.containers
        .remove_image("hearth-test/no-such-image:1")
        .await
        .unwrap();
    rig.containers.remove_volume("no-such-volume").await.unwrap();
    down(rig, true).await;
    assert_eq!(rig.containers.list(Some("no-such-project")).await.unwrap(), []);
}

pub(crate) async fn events_are_told(rig: &EngineRig) {
    pull(rig).await;
    rig.write_files().await;
    let (sender, mut events) = mpsc::channel(1000);
    let watching = rig.containers.events(sender);
    let acting = async {
        // That the watch has begun is told by nothing but its first event.
        tokio::time::sleep(Duration::from_secs(1)).await;
        up(rig).await;
        let begun = Instant::now();
        loop {
            let event = tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap();
            if event.kind == "container" && event.action == "start" && event.project.as_ref() == Some(&rig.project.name)
            {
                assert!(event.name.contains("web"), "{event:?}");
                break;
            }
            assert!(begun.elapsed() < LIMIT);
        }
        drop(events);
    };
    let (watched, ()) = tokio::join!(watching, acting);
    watched.unwrap();
}

pub(crate) async fn a_project_goes_without_its_files(rig: &EngineRig) {
    pull(rig).await;
    rig.write_files().await;
    up(rig).await;
    let remove = hearth::port::session::Exec::new(["rm", "-rf", &rig.project.dir]).as_root();
    assert_eq!(rig.session.exec(remove).await.unwrap().status, 0);
    down(rig, true).await;
    let left = rig.containers.project(&rig.project.name).await.unwrap();
    assert!(left.containers.is_empty() && left.networks.is_empty(), "{left:?}");
}

pub(crate) async fn bad_files_are_refused(rig: &EngineRig) {
    let path = format!("{}/compose.yaml", rig.project.dir);
    rig.session.write_file(&path, b"services: [\n", 0o644).await.unwrap();
    let error = rig.compose.check(rig.session.as_ref(), &rig.project).await.unwrap_err();
    assert!(
        matches!(&error, ComposeError::Failed { reason, .. } if !reason.is_empty()),
        "{error}"
    );
    let remove = hearth::port::session::Exec::new(["rm", "-f", &path]).as_root();
    assert_eq!(rig.session.exec(remove).await.unwrap().status, 0);
}
