//! Container engine and Compose together, as an app uses them: on the fakes and on a test node. What an
//! engine may do wrong is played by a small hostile one.

mod every;
mod hostile;
mod node;

use hearth::port::{
    compose::{Compose, Project},
    containers::{Containers, FakeEngine, FakeEngines},
    session::{FakeMachine, FakeSession, Session},
};
use std::sync::Arc;

/// A small image with a web server and a health check; `tests/fleet` makes it.
pub(crate) const IMAGE: &str = "hearth-test/web:1";

/// An engine and a Compose to test.
pub(crate) struct EngineRig {
    /// The machine.
    pub(crate) session: Arc<dyn Session>,
    /// Its engine.
    pub(crate) containers: Arc<dyn Containers>,
    /// Its Compose.
    pub(crate) compose: Arc<dyn Compose>,
    /// A project that is nobody else's.
    pub(crate) project: Project,
    /// The port that it publishes, likewise.
    pub(crate) port: u16,
    /// The engine itself, when it is a fake.
    pub(crate) fake: Option<Arc<FakeEngine>>,
}

impl EngineRig {
    /// A rig with a project of its own.
    pub(crate) fn new(session: Arc<dyn Session>, containers: Arc<dyn Containers>, compose: Arc<dyn Compose>) -> Self {
        let id = uuid::Uuid::now_v7();
        let name = format!("conformance-{}", &id.simple().to_string()[20..]);
        let [.., high, low] = id.into_bytes();
        let project = Project {
            dir: format!("/var/lib/hearth/apps/{name}"),
            name,
        };
        Self {
            session,
            containers,
            compose,
            project,
            port: 20_000 + u16::from_be_bytes([high, low]) % 10_000,
            fake: None,
        }
    }

    /// Writes the project's files: a service with a volume, and a secret in `.env`.
    pub(crate) async fn write_files(&self) {
        let compose = format!(
            "services:\n  web:\n    image: {IMAGE}\n    ports: ['{}:8080']\n    environment:\n      WORD: ${{WORD}}\n    \
             volumes:\n      - data:/data\nvolumes:\n  data: {{}}\n",
            self.port
        );
        let (dir, session) = (&self.project.dir, &self.session);
        session
            .write_file(&format!("{dir}/compose.yaml"), compose.as_bytes(), 0o644)
            .await
            .unwrap();
        session
            .write_file(&format!("{dir}/.env"), b"WORD='a secret'\n", 0o600)
            .await
            .unwrap();
    }

    /// Takes everything of the project away.
    pub(crate) async fn clean(&self) {
        let (sender, _lines) = tokio::sync::mpsc::channel(100);
        self.compose
            .down(self.session.as_ref(), &self.project, true, sender)
            .await
            .unwrap();
        for volume in self.containers.project(&self.project.name).await.unwrap().volumes {
            self.containers.remove_volume(&volume).await.unwrap();
        }
        let remove = hearth::port::session::Exec::new(["rm", "-rf", &self.project.dir]).as_root();
        assert_eq!(self.session.exec(remove).await.unwrap().status, 0);
    }
}

async fn fake() -> EngineRig {
    use hearth::port::{
        compose::FakeCompose,
        containers::{DEFAULT_SOCKET, Engines},
    };
    let machine = FakeMachine::new("fake");
    let session: Arc<dyn Session> = FakeSession::new(&machine, "root");
    let engines = Arc::new(FakeEngines::default());
    let engine = engines.install("fake");
    let containers = engines.open(Arc::clone(&session), DEFAULT_SOCKET).await.unwrap();
    let compose = Arc::new(FakeCompose::new(engines, true));
    EngineRig {
        fake: Some(engine),
        ..EngineRig::new(session, containers, compose)
    }
}

macro_rules! engine_suite {
    ($name:ident, $rig:expr $(, $needs:literal)?; $($test:ident),+ $(,)?) => {
        mod $name {
            engine_suite!(@tests $rig, ($($needs)?), $($test),+);
        }
    };
    (@tests $rig:expr, (), $($test:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let rig = $rig;
                super::every::$test(&rig).await;
                rig.clean().await;
            }
        )+
    };
    (@tests $rig:expr, ($needs:literal), $($test:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            #[ignore = $needs]
            async fn $test() {
                let rig = $rig;
                super::every::$test(&rig).await;
                rig.clean().await;
            }
        )+
    };
}

engine_suite!(on_fakes, super::fake().await;
    an_engine_tells_of_itself, a_project_from_pull_to_removal, an_unknown_image_is_refused, nothing_to_remove_is_no_error,
    events_are_told, a_project_goes_without_its_files, bad_files_are_refused);
engine_suite!(on_node_as_root, super::node::rig("root").await, "needs a test node: HEARTH_TEST_NODE";
    an_engine_tells_of_itself, a_project_from_pull_to_removal, an_unknown_image_is_refused, nothing_to_remove_is_no_error,
    events_are_told, a_project_goes_without_its_files, bad_files_are_refused);
engine_suite!(on_node_with_sudo, super::node::rig("ada").await, "needs a test node: HEARTH_TEST_NODE";
    an_engine_tells_of_itself, a_project_from_pull_to_removal, events_are_told, a_project_goes_without_its_files);
