//! Restarting this box, and turning it off.

use super::{Error, Result, audit::Note};
use crate::{
    port::{
        clock::Clock,
        ids::Ids,
        machine::{Machine, MachineError},
    },
    store::Store,
};
use hearth_model::account::Actor;
use std::sync::Arc;

/// What the audit log calls this machine.
const SUBJECT: &str = "this box";

/// Restarts the box and turns it off.
pub struct Power {
    machine: Arc<dyn Machine>,
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Power {
    /// Of this machine.
    #[must_use]
    pub fn new(machine: Arc<dyn Machine>, store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self {
            machine,
            store,
            clock,
            ids,
        }
    }

    /// Restarts it.
    ///
    /// # Errors
    /// `Conflict` when the system refuses, in its words.
    pub async fn restart(&self, actor: &Actor) -> Result<()> {
        self.note(actor, "box.restart").await?;
        self.machine.restart().await.map_err(refused)
    }

    /// Turns it off.
    ///
    /// # Errors
    /// `Conflict` when the system refuses, in its words.
    pub async fn off(&self, actor: &Actor) -> Result<()> {
        self.note(actor, "box.off").await?;
        self.machine.power_off().await.map_err(refused)
    }

    /// Before it is done: afterwards there may be no time.
    async fn note(&self, actor: &Actor, action: &'static str) -> Result<()> {
        let note = Note::new(self.clock.as_ref(), self.ids.as_ref(), actor, action).on(SUBJECT);
        self.store.write(move |tx| Ok(note.write(tx)?)).await
    }
}

fn refused(error: MachineError) -> Error {
    Error::Conflict(error.to_string())
}
