//! A box with two slots in memory.

use super::{Progress, Updater, UpdaterError};
use async_trait::async_trait;
use hearth_model::{
    units::Bytes,
    update::{Boot, BundleInfo, Health, Slot, Slots},
};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Reads a bundle as a line `COMPATIBLE VERSION`; anything else is not trusted. Keeps what is done to it.
#[derive(Debug)]
pub struct FakeUpdater(Mutex<Slots>);

impl Default for FakeUpdater {
    fn default() -> Self {
        let slot = |name: &str, bootname: &str, boot| Slot {
            name: name.to_owned(),
            bootname: bootname.to_owned(),
            boot,
            health: Health::Good,
            version: None,
            installed_at: None,
        };
        Self(Mutex::new(Slots {
            compatible: "hearth-fake".to_owned(),
            slots: vec![
                slot("rootfs.0", "A", Boot::Booted),
                slot("rootfs.1", "B", Boot::Inactive),
            ],
            next: Some("A".to_owned()),
        }))
    }
}

impl FakeUpdater {
    fn state(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Restarts the box: the slot that is next runs, or stays when `falls_back`.
    pub fn restart(&self, falls_back: bool) {
        let mut state = self.state();
        let next = state.next.clone();
        for slot in &mut state.slots {
            let chosen = Some(&slot.bootname) == next.as_ref();
            slot.health = if chosen && falls_back { Health::Bad } else { slot.health };
            if !falls_back {
                slot.boot = if chosen { Boot::Booted } else { Boot::Inactive };
            }
        }
        if falls_back {
            state.next = state.booted().map(|slot| slot.bootname.clone());
        }
    }
}

#[async_trait]
impl Updater for FakeUpdater {
    async fn slots(&self) -> Result<Slots, UpdaterError> {
        Ok(self.state().clone())
    }

    async fn inspect(&self, bundle: &Path) -> Result<BundleInfo, UpdaterError> {
        let text = std::fs::read_to_string(bundle).map_err(|error| UpdaterError::Untrusted(error.to_string()))?;
        let (compatible, version) = text
            .trim()
            .split_once(' ')
            .ok_or_else(|| UpdaterError::Untrusted("signature verification failed".to_owned()))?;
        Ok(BundleInfo {
            compatible: compatible.to_owned(),
            version: version.to_owned(),
            description: String::new(),
            size: Bytes(text.len() as u64),
        })
    }

    async fn install(&self, bundle: &Path, progress: &watch::Sender<Progress>) -> Result<(), UpdaterError> {
        let info = self.inspect(bundle).await?;
        let mut state = self.state();
        let other = state.slots.iter_mut().find(|slot| slot.boot == Boot::Inactive);
        let Some(other) = other else {
            return Err(UpdaterError::NoAppliance("no second slot".to_owned()));
        };
        other.version = Some(info.version);
        other.health = Health::Good;
        let next = other.bootname.clone();
        state.next = Some(next);
        progress.send_replace(Progress {
            percent: 100,
            message: "Installing done.".to_owned(),
        });
        Ok(())
    }

    async fn settled(&self, _: &watch::Sender<Progress>) -> Result<Option<String>, UpdaterError> {
        Ok(None)
    }

    async fn choose(&self, slot: Boot) -> Result<(), UpdaterError> {
        let mut state = self.state();
        let chosen = state.slots.iter().find(|known| known.boot == slot);
        state.next = chosen.map(|slot| slot.bootname.clone());
        Ok(())
    }
}
