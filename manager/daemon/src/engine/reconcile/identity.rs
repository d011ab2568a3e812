//! Gives the system the name and the time zone that a person chose: after first boot, which the system may not be up for yet, and
//! after a start with another image. Later changes go to the system directly.

use crate::{
    engine::{
        accounts::Accounts,
        appliance::{HostName, RestoreError, Time},
    },
    port::{appliance::ApplianceError, clock::Clock},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Time between two looks until it is done.
const EVERY: Duration = Duration::from_secs(2);

/// Makes name and time zone so.
pub struct KeepIdentity {
    accounts: Arc<Accounts>,
    host_name: Arc<HostName>,
    time: Arc<Time>,
    clock: Arc<dyn Clock>,
}

impl KeepIdentity {
    /// For this box; `accounts` know whether a person has set it up.
    #[must_use]
    pub fn new(accounts: Arc<Accounts>, host_name: Arc<HostName>, time: Arc<Time>, clock: Arc<dyn Clock>) -> Self {
        Self {
            accounts,
            host_name,
            time,
            clock,
        }
    }

    /// Tries until it is done, or `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let mut told = String::new();
        loop {
            if self.accounts.is_set_up().await.unwrap_or(false) {
                match self.restore().await {
                    // Somebody's own system is left as it is.
                    Ok(()) | Err(RestoreError::Appliance(ApplianceError::NoAppliance)) => return,
                    Err(error) => {
                        let word = error.to_string();
                        if word != told {
                            tracing::warn!("the box has not got its name and time zone yet: {word}");
                            told = word;
                        }
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(EVERY) => {}
            }
        }
    }

    async fn restore(&self) -> Result<(), RestoreError> {
        self.host_name.restore().await?;
        self.time.restore().await
    }
}
