//! Time zone of the box, and who sets its clock.

use super::{Records, host_name::RestoreError, refused};
use crate::{
    engine::{Error, Result, setup},
    port::time_settings::TimeSettings,
};
use hearth_model::{
    account::Actor,
    system::{TimeServer, TimeSync},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// How the box keeps time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeState {
    /// What its clock shows.
    pub now: Timestamp,
    /// Its time zone, in which the pages show times too.
    pub time_zone: String,
    /// Whether the clock was set from the network since the start; none where it is not known.
    pub synchronized: Option<bool>,
    /// Whether it is set from the network, and from whom.
    pub sync: Option<TimeSync>,
    /// Why it cannot be changed here.
    pub unavailable: Option<String>,
}

/// What to change; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeChange {
    /// IANA time zone.
    #[schema(example = "Europe/Zurich")]
    pub time_zone: Option<String>,
    /// Whether the clock is set from the network.
    pub sync: Option<bool>,
    /// From these servers, at most 8; none: those of the network, or else of the system.
    pub servers: Option<Vec<TimeServer>>,
}

/// The time of the box.
pub struct Time {
    port: Arc<dyn TimeSettings>,
    records: Records,
    /// Held while system and records do not agree.
    changing: Mutex<()>,
}

impl Time {
    /// Of the box.
    #[must_use]
    pub fn new(port: Arc<dyn TimeSettings>, records: Records) -> Self {
        Self {
            port,
            records,
            changing: Mutex::default(),
        }
    }

    /// How it keeps time.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn state(&self) -> Result<TimeState> {
        let now = self.records.clock.now();
        match self.port.status().await {
            Ok(status) => Ok(TimeState {
                now,
                time_zone: status.time_zone,
                synchronized: Some(status.synchronized),
                sync: Some(status.sync),
                unavailable: None,
            }),
            Err(error) => Ok(TimeState {
                now,
                time_zone: self.records.store.read(setup::time_zone).await?,
                synchronized: None,
                sync: None,
                unavailable: Some(error.to_string()),
            }),
        }
    }

    /// Changes zone and servers.
    ///
    /// # Errors
    /// `Invalid` names the field; `Conflict` when the system refuses, and where it is not Hearth's.
    pub async fn change(&self, change: TimeChange, actor: &Actor) -> Result<TimeState> {
        let _changing = self.changing.lock().await;
        let status = self.port.status().await.map_err(refused)?;
        let zone = change.time_zone.as_deref().map(known).transpose()?;
        let sync = TimeSync {
            on: change.sync.unwrap_or(status.sync.on),
            servers: change.servers.unwrap_or_else(|| status.sync.servers.clone()),
        };
        if sync.servers.len() > TimeSync::MOST {
            let text = format!("name at most {} servers", TimeSync::MOST);
            return Err(Error::field("/servers", text));
        }
        if let Some(zone) = zone.as_ref().filter(|zone| **zone != status.time_zone) {
            self.port.set_zone(zone).await.map_err(refused)?;
        }
        if sync != status.sync {
            self.port.set_sync(&sync).await.map_err(refused)?;
        }
        let detail = format!(
            "time zone {}, {} {}",
            zone.as_deref().unwrap_or(&status.time_zone),
            if sync.on {
                "set from the network"
            } else {
                "not set from the network"
            },
            sync.line()
        );
        let write = self
            .records
            .write(actor, "box.time", detail.trim_end().to_owned(), move |tx| {
                zone.map_or(Ok(()), |zone| setup::set_time_zone(tx, &zone))
            });
        write.await?;
        self.state().await
    }

    /// Gives the system the zone that a person chose, at first boot or before the last restart.
    pub(in crate::engine) async fn restore(&self) -> Result<(), RestoreError> {
        let _changing = self.changing.lock().await;
        let Some(wanted) = self.records.store.read(setup::chosen_time_zone).await? else {
            return Ok(());
        };
        if self.port.status().await?.time_zone != wanted {
            self.port.set_zone(&wanted).await?;
        }
        Ok(())
    }
}

/// A time zone as it is written. Which ones the system lists hangs on a file that a base may not have, and many that it takes are not in it.
fn known(zone: &str) -> Result<String> {
    let text = "is not a time zone that this box knows; use one such as Europe/Zurich";
    setup::spelled(zone).ok_or_else(|| Error::field("/time_zone", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        port::{appliance::ApplianceError, clock::FakeClock, ids::FakeIds, time_settings::FakeTimeSettings},
        store::Store,
    };
    use async_trait::async_trait;
    use hearth_model::system::TimeStatus;
    use std::{
        pin::pin,
        sync::atomic::{AtomicBool, Ordering},
        time::Duration,
    };
    use tokio::{sync::Notify, time::timeout};

    /// Keeps the first who asks for its status waiting.
    #[derive(Default)]
    struct Slow {
        fake: FakeTimeSettings,
        was_asked: AtomicBool,
        asked: Notify,
        leave: Notify,
    }

    #[async_trait]
    impl TimeSettings for Slow {
        async fn status(&self) -> Result<TimeStatus, ApplianceError> {
            if !self.was_asked.swap(true, Ordering::Relaxed) {
                self.asked.notify_one();
                self.leave.notified().await;
            }
            self.fake.status().await
        }

        async fn set_zone(&self, zone: &str) -> Result<(), ApplianceError> {
            self.fake.set_zone(zone).await
        }

        async fn set_sync(&self, sync: &TimeSync) -> Result<(), ApplianceError> {
            self.fake.set_sync(sync).await
        }
    }

    #[tokio::test]
    async fn what_a_person_changes_is_not_overwritten_by_what_was_chosen_before() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let chosen = store.write(|tx| setup::set_time_zone(tx, "Pacific/Auckland"));
        chosen.await.unwrap();
        let records = Records {
            store,
            clock: Arc::new(FakeClock::default()),
            ids: Arc::new(FakeIds::default()),
        };
        let port = Arc::new(Slow::default());
        let (time, actor) = (Time::new(port.clone(), records), Actor::system());
        let change = async {
            port.asked.notified().await;
            let change = TimeChange {
                time_zone: Some("Europe/Zurich".to_owned()),
                ..TimeChange::default()
            };
            let mut change = pin!(time.change(change, &actor));
            let early = timeout(Duration::from_millis(100), &mut change).await;
            port.leave.notify_one();
            match early {
                Ok(changed) => changed,
                Err(_) => change.await,
            }
        };
        let (restored, changed) = tokio::join!(time.restore(), change);
        restored.unwrap();
        changed.unwrap();
        assert_eq!(time.state().await.unwrap().time_zone, "Europe/Zurich");
    }
}
