//! The box that Hearth runs on, where that is Hearth's own image: its name, its time, and what else a person sets of it.

mod disks;
mod host_name;
mod logs;
mod mounts;
mod network;
mod reset;
mod services;
mod ssh;
mod time;

pub use disks::{BoxDisks, DiskList, DiskView, FormatRequest, InstallOntoRequest};
pub(super) use host_name::RestoreError;
pub use host_name::{HostName, HostNameState};
pub use logs::{Logs, MOST_LINES};
pub use mounts::{BoxMounts, BoxMountsParts, MountKind, MountList, MountView, NewMount};
pub use network::{BoxNetwork, LinkChange, LinkMode, NetworkState, TO_CONFIRM, Unconfirmed};
pub use reset::FactoryReset;
pub use services::{BoxServices, Service, ServiceList};
pub use ssh::{BoxSsh, SshChange, SshState};
pub use time::{Time, TimeChange, TimeState};

use super::{Error, Result, audit::Note};
use crate::{
    port::{appliance::ApplianceError, clock::Clock, ids::Ids},
    store::{self, Store},
};
use hearth_model::account::Actor;
use rusqlite::Transaction;
use std::sync::Arc;

/// What the audit log calls this machine.
const SUBJECT: &str = "this box";

/// Where it is written down what was done to the box.
#[derive(Clone)]
pub struct Records {
    /// Settings and audit.
    pub store: Store,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids of audit rows.
    pub ids: Arc<dyn Ids>,
}

impl Records {
    /// Writes an audit row, and what belongs to it.
    async fn write(
        &self,
        actor: &Actor,
        action: &'static str,
        detail: String,
        more: impl FnOnce(&Transaction<'_>) -> store::Result<()> + Send + 'static,
    ) -> Result<()> {
        let note = Note::new(self.clock.as_ref(), self.ids.as_ref(), actor, action);
        let note = note.on(SUBJECT).detail(detail);
        let written = self.store.write(move |tx| {
            more(tx)?;
            Ok::<_, Error>(note.write(tx)?)
        });
        written.await
    }
}

/// What the system will not do is a conflict with how things stand.
fn refused(error: ApplianceError) -> Error {
    Error::Conflict(error.to_string())
}
