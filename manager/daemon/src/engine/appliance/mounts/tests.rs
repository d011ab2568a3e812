//! Disks and shares over a store and fakes.

use super::*;
use crate::{
    port::{
        clock::FakeClock,
        disks::FakeDisks,
        ids::FakeIds,
        mounts::{FakeMounts, MountFault},
        vault::FakeVault,
    },
    store::Store,
};

struct Bench {
    mounts: BoxMounts,
    port: Arc<FakeMounts>,
    disks: Arc<FakeDisks>,
    clock: Arc<FakeClock>,
    dir: Arc<tempfile::TempDir>,
}

impl Bench {
    fn over(port: Arc<FakeMounts>, dir: Arc<tempfile::TempDir>) -> Self {
        let (clock, disks) = (Arc::new(FakeClock::default()), Arc::new(FakeDisks::default()));
        let mounts = BoxMounts::new(BoxMountsParts {
            port: port.clone(),
            disks: disks.clone(),
            vault: Arc::new(FakeVault),
            records: Records {
                store: Store::open(&dir.path().join("hearth.db")).unwrap(),
                clock: clock.clone(),
                ids: Arc::new(FakeIds::default()),
            },
        });
        Self {
            mounts,
            port,
            disks,
            clock,
            dir,
        }
    }

    fn new() -> Self {
        Self::over(Arc::default(), Arc::new(tempfile::tempdir().unwrap()))
    }

    async fn add(&self, json: &str) {
        let new = serde_json::from_str(json).unwrap();
        self.mounts.add(new, &Actor::system()).await.unwrap();
    }

    async fn state(&self, at: usize) -> MountState {
        self.mounts.list().await.unwrap().items[at].status.clone()
    }
}

const STICK: &str = r#"{"name":"photos","kind":"disk","uuid":"1A2B-3C4D"}"#;
const SHARE: &str = r#"{"name":"nas","kind":"smb","host":"nas","path":"media","user":"anna","password":"a long one"}"#;

#[tokio::test]
async fn after_a_restart_all_is_mounted_again_with_its_password() {
    let first = Bench::new();
    first.add(STICK).await;
    first.add(SHARE).await;
    let after = Bench::over(Arc::default(), first.dir.clone());
    after.mounts.restore().await.unwrap();
    assert_eq!(after.port.state().kept.len(), 2);
    assert_eq!(after.state(0).await, MountState::Waiting);
    after.mounts.settle().await;
    assert_eq!(after.port.state().mounted.len(), 2);
    let last = after.port.state().password.clone();
    assert!(last.is_none_or(|password| password.expose_str() == Some("a long one")));
}

#[tokio::test]
async fn of_what_cannot_be_mounted_nothing_is_left() {
    let bench = Bench::new();
    bench.port.state().faults.insert("nas".to_owned(), MountFault::Login);
    let new = serde_json::from_str(SHARE).unwrap();
    assert!(bench.mounts.add(new, &Actor::system()).await.is_err());
    let state = bench.port.state();
    assert!(state.kept.is_empty() && state.folders.is_empty(), "{state:?}");
}

#[tokio::test]
async fn a_disk_that_was_pulled_is_missing_and_comes_back_by_itself() {
    let bench = Bench::new();
    bench.add(STICK).await;
    let stick = bench.disks.all().remove(0);
    bench.port.state().mounted.clear();
    bench.mounts.settle().await;
    assert_eq!(bench.state(0).await, MountState::Missing);
    bench.disks.all().push(stick);
    bench.mounts.settle().await;
    assert!(matches!(bench.state(0).await, MountState::Mounted { .. }));
}

#[tokio::test]
async fn a_server_that_is_gone_is_asked_more_and_more_seldom() {
    let bench = Bench::new();
    bench.add(SHARE).await;
    bench.port.state().mounted.clear();
    bench
        .port
        .state()
        .faults
        .insert("nas".to_owned(), MountFault::Unreachable);
    bench.mounts.settle().await;
    let MountState::Failed { cause } = bench.state(0).await else {
        panic!("it is there");
    };
    assert!(cause.contains("does not answer"), "{cause}");
    bench.port.state().faults.clear();
    bench.mounts.settle().await;
    assert!(bench.port.state().mounted.is_empty(), "its turn is later");
    bench.clock.advance(Duration::from_secs(FIRST_WAIT_SECS));
    bench.mounts.settle().await;
    assert!(matches!(bench.state(0).await, MountState::Mounted { .. }));
}

#[tokio::test]
async fn a_person_need_not_wait_for_the_next_try() {
    let bench = Bench::new();
    bench.add(SHARE).await;
    bench.port.state().mounted.clear();
    bench.port.state().faults.insert("nas".to_owned(), MountFault::Login);
    let name: Slug = "nas".parse().unwrap();
    let refused = bench.mounts.mount(&name).await;
    assert!(matches!(refused, Err(Error::Conflict(why)) if why.contains("does not take")));
    bench.port.state().faults.clear();
    let view = bench.mounts.mount(&name).await.unwrap();
    assert!(matches!(view.status, MountState::Mounted { .. }));
}

#[tokio::test]
async fn the_password_goes_with_the_share() {
    let bench = Bench::new();
    bench.add(SHARE).await;
    let name: Slug = "nas".parse().unwrap();
    assert!(bench.mounts.password(&name).await.unwrap().is_some());
    bench.mounts.remove(&name, &Actor::system()).await.unwrap();
    assert!(bench.mounts.password(&name).await.unwrap().is_none());
    assert!(bench.mounts.list().await.unwrap().items.is_empty());
}
