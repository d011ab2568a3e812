//! Having systemd start or stop a unit, and waiting for what comes of it.
//!
//! Source: org.freedesktop.systemd1(5), `JobRemoved`.

use super::bus::{Bus, refused, words};
use crate::port::appliance::ApplianceError;
use futures::StreamExt as _;
use hearth_model::system::UnitVerb;
use std::time::Duration;
use zbus_systemd::systemd1::{JobRemovedStream, ManagerProxy};

/// A job of systemd that is under way.
pub(super) struct UnitJob {
    attempt: &'static str,
    unit: String,
    job: zbus::OwnedObjectPath,
    ended: JobRemovedStream,
}

impl UnitJob {
    /// Begins to start or stop a unit.
    ///
    /// # Errors
    /// When there is no bus (`NotYet`); when systemd refuses.
    pub(super) async fn begin(
        bus: &Bus,
        attempt: &'static str,
        unit: &str,
        verb: UnitVerb,
    ) -> Result<Self, ApplianceError> {
        let refused = refused(attempt);
        let connection = bus.connection().await;
        let connection = connection.map_err(|error| ApplianceError::not_yet(attempt, words(error)))?;
        let manager = ManagerProxy::new(&connection).await.map_err(&refused)?;
        // Both before it is begun, or its end may be missed.
        manager.subscribe().await.map_err(&refused)?;
        let ended = manager.receive_job_removed().await.map_err(&refused)?;
        let (name, mode) = (unit.to_owned(), "replace".to_owned());
        let job = match verb {
            UnitVerb::Start => manager.start_unit(name, mode).await,
            UnitVerb::Stop => manager.stop_unit(name, mode).await,
            UnitVerb::Restart => manager.restart_unit(name, mode).await,
        };
        Ok(Self {
            attempt,
            unit: unit.to_owned(),
            job: job.map_err(&refused)?,
            ended,
        })
    }

    /// Waits until it has ended, at most `limit`; it goes on after that. Answers systemd's word for what came of it: `done`, `failed`,
    /// `timeout`, `dependency`, ….
    ///
    /// # Errors
    /// When systemd goes away, or it takes longer.
    pub(super) async fn result(mut self, limit: Duration) -> Result<String, ApplianceError> {
        let attempt = self.attempt;
        let refused = refused(attempt);
        let result = async {
            while let Some(signal) = self.ended.next().await {
                let told = signal.args().map_err(&refused)?;
                if told.job == self.job {
                    return Ok(told.result.clone());
                }
            }
            Err(ApplianceError::refused(attempt, "systemd went away"))
        };
        match tokio::time::timeout(limit, result).await {
            Ok(result) => result,
            Err(_) => {
                let text = format!("{} takes longer than {} s and goes on", self.unit, limit.as_secs());
                Err(ApplianceError::refused(attempt, text))
            }
        }
    }

    /// The same, and anything but success is a refusal.
    ///
    /// # Errors
    /// See [`Self::result`]; also when it was begun and failed.
    pub(super) async fn success(self, limit: Duration) -> Result<(), ApplianceError> {
        let (attempt, unit) = (self.attempt, self.unit.clone());
        match self.result(limit).await?.as_str() {
            "done" | "skipped" => Ok(()),
            result => {
                let text = format!("{unit}: {result}; see its log");
                Err(ApplianceError::refused(attempt, text))
            }
        }
    }
}
