//! Takes back changes of the network that nobody confirms in time, those of before a restart first.

use crate::{
    engine::appliance::BoxNetwork,
    port::{appliance::ApplianceError, clock::Clock},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Time between two looks while a change waits, and between two tries.
const EVERY: Duration = Duration::from_secs(1);

/// Takes back what nobody confirms.
pub struct KeepNetwork {
    network: Arc<BoxNetwork>,
    clock: Arc<dyn Clock>,
}

impl KeepNetwork {
    /// For this box.
    #[must_use]
    pub fn new(network: Arc<BoxNetwork>, clock: Arc<dyn Clock>) -> Self {
        Self { network, clock }
    }

    /// Looks until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.recover() => {}
        }
        loop {
            let waits = self.network.settle().await.is_some();
            let next = async {
                if waits {
                    self.clock.sleep(EVERY).await;
                } else {
                    self.network.begun().await;
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = next => {}
            }
        }
    }

    async fn recover(&self) {
        let mut told = String::new();
        loop {
            match self.network.recover().await {
                Ok(()) | Err(ApplianceError::NoAppliance) => return,
                Err(error) => {
                    let word = error.to_string();
                    if word != told {
                        tracing::warn!("the network cannot be set as it was: {word}");
                        told = word;
                    }
                }
            }
            self.clock.sleep(EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::appliance::{Records, TO_CONFIRM},
        port::{
            clock::FakeClock,
            ids::FakeIds,
            network::{FakeNetwork, Network as _},
        },
        store::Store,
    };
    use hearth_model::{account::Actor, system::LinkSettings};

    struct Bench {
        port: Arc<FakeNetwork>,
        clock: Arc<FakeClock>,
        network: Arc<BoxNetwork>,
        _dir: tempfile::TempDir,
    }

    fn bench(port: Arc<FakeNetwork>) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FakeClock::default());
        let records = Records {
            store: Store::open(&dir.path().join("hearth.db")).unwrap(),
            clock: clock.clone(),
            ids: Arc::new(FakeIds::default()),
        };
        Bench {
            network: Arc::new(BoxNetwork::new(port.clone(), records)),
            port,
            clock,
            _dir: dir,
        }
    }

    fn fixed() -> LinkSettings {
        LinkSettings::Fixed {
            address: "10.0.2.20/24".parse().unwrap(),
            gateway: None,
            dns: Vec::new(),
        }
    }

    impl Bench {
        async fn settings(&self) -> LinkSettings {
            self.port.links().await.unwrap().remove(0).settings
        }

        async fn set(&self) {
            let link = "enp1s0".parse().unwrap();
            self.network.set(link, fixed(), &Actor::system()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_nobody_confirms_is_taken_back_after_a_minute_and_not_before() {
        let bench = bench(Arc::default());
        bench.set().await;
        bench.clock.advance(TO_CONFIRM - Duration::from_secs(1));
        assert_eq!(bench.network.settle().await, Some(Duration::from_secs(1)));
        assert_eq!(bench.settings().await, fixed());
        bench.clock.advance(Duration::from_secs(1));
        assert_eq!(bench.network.settle().await, None);
        assert_eq!(bench.settings().await, LinkSettings::Dhcp);
        assert!(bench.network.confirm(&Actor::system()).await.is_err());
    }

    #[tokio::test]
    async fn what_is_confirmed_stays() {
        let bench = bench(Arc::default());
        bench.set().await;
        bench.network.confirm(&Actor::system()).await.unwrap();
        bench.clock.advance(TO_CONFIRM * 2);
        assert_eq!(bench.network.settle().await, None);
        bench.network.recover().await.unwrap();
        assert_eq!(bench.settings().await, fixed());
    }

    #[tokio::test]
    async fn a_manager_that_ended_in_that_minute_takes_it_back_when_it_starts() {
        let first = bench(Arc::default());
        first.set().await;
        let second = bench(first.port.clone());
        let keeper = KeepNetwork::new(second.network.clone(), second.clock.clone());
        keeper.recover().await;
        assert_eq!(second.settings().await, LinkSettings::Dhcp);
        assert_eq!(second.network.state().await.unconfirmed, None);
    }

    #[tokio::test]
    async fn the_reconciler_counts_the_minute_by_itself() {
        let bench = bench(Arc::default());
        let (keeper, stop) = (
            KeepNetwork::new(bench.network.clone(), bench.clock.clone()),
            CancellationToken::new(),
        );
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { keeper.run(stop).await }
        });
        bench.set().await;
        // The clock goes on while the reconciler sleeps by it.
        while bench.network.state().await.unconfirmed.is_some() {
            tokio::task::yield_now().await;
        }
        assert_eq!(bench.settings().await, LinkSettings::Dhcp);
        stop.cancel();
        running.await.unwrap();
    }
}
