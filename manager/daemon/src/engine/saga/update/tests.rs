//! Updates over a fake box: a feed signed by a key of our own, two slots in memory, a disk that is a temporary folder.

use super::*;
use crate::{
    engine::{
        Error,
        events::Events,
        jobs::Jobs,
        saga::{Runner, Saga, check_update},
        updates::{FeedKey, InstallRequest, RestartAt, UpdateSettings, Updates, UpdatesParts},
    },
    port::{
        clock::FakeClock, crash::NoCrash, fetcher::FakeFetcher, host::FakeHost, ids::FakeIds, machine::FakeMachine,
        units::FakeUnits, updater::FakeUpdater, vault::FakeVault,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hearth_model::{
    account::Actor,
    id::JobId,
    job::{Job, JobState, StepState},
    units::Bytes,
    update::Outcome,
};
use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PKCS_ED25519};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const FEED: &str = "http://updates.test/hearth/stable.json";

/// A box, with everything around it.
struct Bench {
    updates: Arc<Updates>,
    jobs: Arc<Jobs>,
    updater: Arc<FakeUpdater>,
    units: Arc<FakeUnits>,
    fetcher: Arc<FakeFetcher>,
    machine: Arc<FakeMachine>,
    clock: Arc<FakeClock>,
    host: FakeHost,
    store: Store,
    key: KeyPair,
    dir: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let (clock, ids) = (Arc::new(FakeClock::default()), Arc::new(FakeIds::default()));
        let jobs = Arc::new(Jobs::new(
            store.clone(),
            Arc::new(Events::default()),
            clock.clone(),
            ids.clone(),
            Arc::new(FakeVault),
        ));
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let (updater, fetcher) = (Arc::new(FakeUpdater::default()), Arc::new(FakeFetcher::default()));
        let machine = Arc::new(FakeMachine::default());
        let updates = Arc::new(Updates::new(UpdatesParts {
            store: store.clone(),
            jobs: jobs.clone(),
            updater: updater.clone(),
            fetcher: fetcher.clone(),
            machine: machine.clone(),
            clock: clock.clone(),
            ids,
            key: Some(FeedKey::from_pem(key.public_key_pem().as_bytes()).unwrap()),
            folder: dir.path().join("updates"),
            version: Version::new(0, 1, 0),
        }));
        let settings = UpdateSettings {
            feed: UpdateSettings::parse_feed("http://updates.test/hearth").unwrap(),
            ..UpdateSettings::default()
        };
        updates.set(settings, &Actor::system()).await.unwrap();
        Self {
            updates,
            jobs,
            updater,
            units: Arc::default(),
            fetcher,
            machine,
            clock,
            host: FakeHost::default(),
            store,
            key,
            dir,
        }
    }

    fn serve(&self, url: &str, file: impl Into<Vec<u8>>) {
        self.fetcher.files.lock().unwrap().insert(url.to_owned(), file.into());
    }

    /// Puts a bundle and a feed that offers it on the net.
    fn offer(&self, version: &str, serial: u64) {
        let bundle = format!("hearth-fake {version}");
        let hash: String = Sha256::digest(&bundle)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.serve(&format!("http://updates.test/hearth/{version}.raucb"), bundle.clone());
        let feed = json!({"schema": 1, "channel": "stable", "serial": serial, "releases": [{
            "version": version, "released_at": "2026-11-01T00:00:00Z", "notes": "calmer",
            "bundles": [{"compatible": "hearth-fake", "url": format!("{version}.raucb"), "size": bundle.len(), "sha256": hash}],
        }]});
        self.serve(FEED, sign(&self.key, &feed));
    }

    fn runner(&self) -> Runner {
        let parts = Parts {
            store: self.store.clone(),
            fetcher: self.fetcher.clone(),
            updater: self.updater.clone(),
            units: self.units.clone(),
            machine: self.machine.clone(),
            host: Arc::new(self.host.clone()),
            clock: self.clock.clone(),
            folder: self.dir.path().join("updates"),
            version: Version::new(0, 1, 0),
        };
        let sagas: Vec<Arc<dyn Saga>> = vec![
            Arc::new(saga(parts)),
            Arc::new(check_update::saga(self.updates.clone())),
        ];
        Runner::new(self.jobs.clone(), Arc::new(NoCrash), sagas)
    }

    /// Runs jobs until this one is as it should be.
    async fn run_until(&self, id: JobId, is: impl Fn(&Job) -> bool) -> Job {
        let (stop, runner) = (CancellationToken::new(), self.runner());
        let work = runner.run(stop.clone());
        let look = async {
            loop {
                let job = self.jobs.get(id).await.unwrap();
                if is(&job) {
                    stop.cancel();
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let both = async { tokio::join!(work, look).1 };
        tokio::time::timeout(Duration::from_secs(20), both)
            .await
            .expect("the job is as it should be")
    }

    async fn run(&self, id: JobId) -> Job {
        self.run_until(id, |job| job.state.is_final()).await
    }

    /// Begins to install what is offered.
    async fn begin(&self) -> JobId {
        let job = self
            .updates
            .install(InstallRequest::default(), None, &Actor::system())
            .await;
        job.unwrap().id
    }

    /// Installs what is offered, up to the wait for the restart.
    async fn installed(&self) -> JobId {
        self.offer("0.2.0", 1);
        self.updates.check().await.unwrap();
        let id = self.begin().await;
        self.run_until(id, waits).await;
        id
    }

    async fn upload(&self, content: &str, downgrade: bool) -> Job {
        let path = self.updates.upload_path("mine.raucb").unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        let request = InstallRequest {
            upload: Some("mine.raucb".to_owned()),
            downgrade,
            restart: None,
        };
        let id = self.updates.install(request, None, &Actor::system()).await.unwrap().id;
        self.run_until(id, |job| job.state.is_final() || waits(job)).await
    }

    async fn next(&self) -> Option<String> {
        self.updater.slots().await.unwrap().next
    }
}

/// A feed as the release tools sign it.
fn sign(key: &KeyPair, feed: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (protected, payload) = (part(&json!({"alg": "EdDSA"})), part(feed));
    let secret = EncodingKey::from_ed_pem(key.serialize_pem().as_bytes()).unwrap();
    let message = format!("{protected}.{payload}");
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::EdDSA).unwrap();
    json!({"protected": protected, "payload": payload, "signature": signature}).to_string()
}

fn waits(job: &Job) -> bool {
    job.steps[3].message.starts_with("waits")
}

#[tokio::test]
async fn from_the_feed_through_the_restart() {
    let bench = Bench::new().await;
    let id = bench.installed().await;
    assert_eq!(bench.next().await.as_deref(), Some("B"));
    let state = bench.updates.state().await.unwrap();
    assert_eq!(state.last.map(|last| last.outcome), Some(Outcome::WaitsForRestart));

    bench.machine.start();
    bench.updater.restart(false);
    let job = bench.run(id).await;
    assert_eq!((job.state, job.error), (JobState::Succeeded, None));
    assert_eq!(job.steps[4].message, "0.2.0 runs from slot B and is found good");
    let last = bench.updates.state().await.unwrap().last.unwrap();
    assert_eq!((last.outcome, last.reason), (Outcome::Updated, None));
    let left = std::fs::read_dir(bench.dir.path().join("updates")).unwrap().count();
    assert_eq!(left, 0, "the bundle is not kept");
}

#[tokio::test]
async fn a_system_that_does_not_come_up_is_told_with_its_reason() {
    let bench = Bench::new().await;
    let id = bench.installed().await;
    bench.machine.start();
    bench.updater.restart(true);
    *bench.machine.failed_start.lock().unwrap() = Some("0.2.0: the health check failed".to_owned());
    let job = bench.run(id).await;
    assert_eq!(job.state, JobState::RolledBack);
    let error = job.error.unwrap();
    assert!(
        error.contains("fell back to 0.1.0") && error.contains("the health check failed"),
        "{error}"
    );
    assert_eq!(bench.next().await.as_deref(), Some("A"));
    let last = bench.updates.state().await.unwrap().last.unwrap();
    assert_eq!(last.outcome, Outcome::FellBack);
    assert_eq!(last.reason.as_deref(), Some("the health check failed"));
}

#[tokio::test]
async fn cancelled_before_the_restart_the_old_system_stays() {
    let bench = Bench::new().await;
    let id = bench.installed().await;
    bench.jobs.cancel(id, &Actor::system()).await.unwrap();
    assert_eq!(bench.run(id).await.state, JobState::Cancelled);
    assert_eq!(bench.next().await.as_deref(), Some("A"));
}

#[tokio::test]
async fn a_system_on_trial_does_not_write_over_the_one_to_fall_back_to() {
    for (asks, waited) in [(0, 0), (3, 15), (u32::MAX, 300)] {
        let bench = Bench::new().await;
        bench.offer("0.2.0", 1);
        bench.updates.check().await.unwrap();
        let id = bench.begin().await;
        bench.units.on_trial(asks);
        let begun = bench.clock.monotonic();
        // Whatever RAUC thinks of the slot. One that never is found good may be mended by the update.
        let job = bench.run_until(id, waits).await;
        assert_eq!(job.steps[2].message, "0.2.0 is in slot B and starts next");
        assert_eq!((bench.clock.monotonic() - begun).as_secs(), waited);
    }
}

#[tokio::test]
async fn a_download_goes_on_where_it_was_cut() {
    let bench = Bench::new().await;
    *bench.fetcher.cut_after.lock().unwrap() = Some(3);
    bench.installed().await;
}

#[tokio::test]
async fn in_a_window_it_restarts_by_itself() {
    let bench = Bench::new().await;
    bench.offer("0.2.0", 1);
    bench.updates.check().await.unwrap();
    let window = crate::engine::updates::Window {
        from: jiff::civil::time(3, 0, 0, 0),
        until: jiff::civil::time(5, 0, 0, 0),
    };
    let request = InstallRequest {
        restart: Some(RestartAt::Window(window)),
        ..InstallRequest::default()
    };
    let id = bench.updates.install(request, None, &Actor::system()).await.unwrap().id;
    let asked = |_: &Job| *bench.machine.asked.lock().unwrap() == ["restart"];
    bench.run_until(id, asked).await;
    // The fake machine does not go down, and its clock ran on meanwhile by the time that it was given for that.
    let hour = bench.clock.now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    assert!((3..5).contains(&hour), "{hour}");
}

#[tokio::test]
async fn what_must_not_be_installed_is_refused_before_anything_is_written() {
    for (content, downgrade, why) in [
        (
            "signed by nobody I know".split(' ').next().unwrap(),
            false,
            "not trusted",
        ),
        ("hearth-other 0.2.0", false, "this box is hearth-fake"),
        ("hearth-fake 0.0.9", false, "older than 0.1.0"),
        ("hearth-fake 0.1.0", true, "runs already"),
        ("hearth-fake latest", true, "not one of Hearth's"),
    ] {
        let bench = Bench::new().await;
        let job = bench.upload(content, downgrade).await;
        assert_eq!(
            (job.state, job.steps[2].state),
            (JobState::Failed, StepState::Pending),
            "{content}"
        );
        let error = job.error.unwrap();
        assert!(error.contains(why), "{content}: {error}");
        assert_eq!(bench.next().await.as_deref(), Some("A"));
    }
    let bench = Bench::new().await;
    assert!(waits(&bench.upload("hearth-fake 0.0.9", true).await), "asked for");
}

#[tokio::test]
async fn a_full_disk_and_a_swapped_file_are_told() {
    let mut bench = Bench::new().await;
    bench.offer("0.2.0", 1);
    bench.updates.check().await.unwrap();
    bench.host.space.free = Bytes::mib(8);
    let job = bench.run(bench.begin().await).await;
    assert!(job.error.unwrap().contains("8 MiB is free"), "names what is free");

    bench.host.space.free = Bytes::gib(8);
    bench.serve("http://updates.test/hearth/0.2.0.raucb", "hearth-fake 6.6.6");
    let job = bench.run(bench.begin().await).await;
    assert!(job.error.unwrap().contains("not what the feed names"));
}

#[tokio::test]
async fn only_feeds_that_our_key_signed_are_believed() {
    let bench = Bench::new().await;
    bench.offer("0.2.0", 5);
    assert_eq!(
        bench.updates.check().await.unwrap().unwrap().version,
        Version::new(0, 2, 0)
    );

    let foreign = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    bench.serve(
        FEED,
        sign(
            &foreign,
            &json!({"schema": 1, "channel": "stable", "serial": 9, "releases": []}),
        ),
    );
    let refused = |error: Error| matches!(error, Error::NotReady(text) if text.contains("signature"));
    assert!(refused(bench.updates.check().await.unwrap_err()));
    let state = bench.updates.state().await.unwrap();
    assert_eq!(
        state.offer.unwrap().version,
        Version::new(0, 2, 0),
        "what was offered before stays"
    );
    assert!(state.checked.unwrap().error.unwrap().contains("signature"));

    bench.offer("0.3.0", 4);
    let error = bench.updates.check().await.unwrap_err().to_string();
    assert!(error.contains("serial 4"), "{error}");
    bench.serve(FEED, "<html>");
    assert!(
        bench
            .updates
            .check()
            .await
            .unwrap_err()
            .to_string()
            .contains("not a signed feed")
    );
}

#[tokio::test]
async fn nothing_goes_back_to_a_slot_that_never_was_good() {
    let bench = Bench::new().await;
    let id = bench.installed().await;
    bench.machine.start();
    bench.updater.restart(true);
    bench.run(id).await;
    let refused = bench.updates.roll_back(None, None, &Actor::system()).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
}
