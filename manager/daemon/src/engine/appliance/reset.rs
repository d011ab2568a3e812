//! Making the box as it was when it was new.

use super::{HostName, Records, refused};
use crate::{
    engine::{Error, Result},
    port::{machine::Machine, reset::Reset},
};
use hearth_model::account::Actor;
use std::sync::Arc;

/// Makes the box as it was when it was new.
pub struct FactoryReset {
    port: Arc<dyn Reset>,
    machine: Arc<dyn Machine>,
    name: Arc<HostName>,
    records: Records,
}

impl FactoryReset {
    /// Of the box, which has this name.
    #[must_use]
    pub fn new(port: Arc<dyn Reset>, machine: Arc<dyn Machine>, name: Arc<HostName>, records: Records) -> Self {
        Self {
            port,
            machine,
            name,
            records,
        }
    }

    /// Restarts the box, which then removes all its data before anything else. `name` is that of the box, typed by who wants it.
    ///
    /// # Errors
    /// `Invalid` for another name; `Conflict` when the system refuses, and where the box is not Hearth's.
    pub async fn begin(&self, name: &str, actor: &Actor) -> Result<()> {
        let own = self.name.state().await?.name;
        if name != own {
            return Err(Error::field("/confirm", format!("type {own} to confirm")));
        }
        self.port.request().await.map_err(refused)?;
        self.records
            .write(actor, "box.reset", String::new(), |_| Ok(()))
            .await?;
        let restarted = self.machine.restart().await;
        restarted.map_err(|error| Error::Conflict(format!("{error}; it is reset when it starts the next time")))
    }
}
