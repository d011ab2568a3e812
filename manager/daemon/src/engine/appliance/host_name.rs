//! What the box is called.

use super::{Records, refused};
use crate::{
    engine::{Result, setup},
    port::{appliance::ApplianceError, host_names::HostNames},
};
use hearth_model::{account::Actor, name::Slug};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::{Mutex, Notify};
use utoipa::ToSchema;

/// What the box is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HostNameState {
    /// Its name.
    pub name: String,
    /// The name under which it answers in the local network; not `<name>.local` when another machine there has that already.
    #[schema(example = "hearth.local")]
    pub address: String,
    /// Why it cannot be changed here.
    pub unavailable: Option<String>,
}

/// The name of the box.
pub struct HostName {
    port: Arc<dyn HostNames>,
    records: Records,
    fallback: Slug,
    changed: Notify,
    /// Held while system and records do not agree.
    changing: Mutex<()>,
}

impl HostName {
    /// Of the box; `fallback` is what it is called until a person names it.
    #[must_use]
    pub fn new(port: Arc<dyn HostNames>, records: Records, fallback: Slug) -> Self {
        Self {
            port,
            records,
            fallback,
            changed: Notify::new(),
            changing: Mutex::default(),
        }
    }

    /// What it is called.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn state(&self) -> Result<HostNameState> {
        let wanted = self.records.store.read(setup::name).await?;
        let fallback = || wanted.unwrap_or_else(|| self.fallback.to_string());
        let (name, unavailable) = match self.port.get().await {
            Ok(name) => (name, None),
            Err(error) => (fallback(), Some(error.to_string())),
        };
        Ok(HostNameState {
            address: self.announced().await.unwrap_or_else(|| format!("{name}.local")),
            name,
            unavailable,
        })
    }

    /// The name by which it is found in the local network; none until that is settled, and where nobody announces it.
    pub async fn announced(&self) -> Option<String> {
        self.port.announced().await.ok()
    }

    /// Calls it so. It answers at `<name>.local` within seconds, with a certificate for that.
    ///
    /// # Errors
    /// `Conflict` when the system refuses, and where it is not Hearth's.
    pub async fn set(&self, name: Slug, actor: &Actor) -> Result<HostNameState> {
        let _changing = self.changing.lock().await;
        // The system first: what is kept is put to it again at the next start, and must be something that it took.
        self.port.set(&name).await.map_err(refused)?;
        let kept = name.clone();
        let write = self.records.write(actor, "box.name", name.to_string(), move |tx| {
            setup::set_name(tx, kept.as_str())
        });
        write.await?;
        self.changed.notify_one();
        self.state().await
    }

    /// Gives the system the name that a person chose, at first boot or before the last restart.
    pub(in crate::engine) async fn restore(&self) -> Result<(), RestoreError> {
        let _changing = self.changing.lock().await;
        let wanted = self.records.store.read(setup::name).await?;
        let Some(Ok(wanted)) = wanted.map(|name| name.parse::<Slug>()) else {
            return Ok(());
        };
        if self.port.get().await? != wanted.as_str() {
            self.port.set(&wanted).await?;
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Waits until it has another name.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// Why the system was not given back what a person chose.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum RestoreError {
    /// The system.
    #[error(transparent)]
    Appliance(#[from] ApplianceError),
    /// The database.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}
