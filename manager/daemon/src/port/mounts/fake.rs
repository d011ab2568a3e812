//! Mounts in memory.

use super::{ApplianceError, MountError, MountFault, Mounts, Plaintext};
use async_trait::async_trait;
use hearth_model::{
    name::Slug,
    stats::DiskSpace,
    system::{Mount, MountSource},
    units::Bytes,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What it is like.
#[derive(Debug, Default)]
pub struct State {
    /// What is known.
    pub kept: Vec<Mount>,
    /// What is mounted.
    pub mounted: BTreeSet<Slug>,
    /// What has a folder to be mounted in.
    pub folders: BTreeSet<Slug>,
    /// What cannot be mounted, by host or id.
    pub faults: BTreeMap<String, MountFault>,
    /// What is in use.
    pub busy: BTreeSet<Slug>,
    /// The password that was last given.
    pub password: Option<Plaintext>,
}

/// Mounts whatever it is told to, unless it is to fail.
#[derive(Debug, Default)]
pub struct FakeMounts(Mutex<State>);

impl FakeMounts {
    /// What it is like, to be changed.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mounts for FakeMounts {
    async fn keep(&self, mounts: &[Mount]) -> Result<(), ApplianceError> {
        self.state().kept = mounts.to_vec();
        Ok(())
    }

    async fn mount(&self, mount: &Mount, password: Option<&Plaintext>) -> Result<(), MountError> {
        let mut state = self.state();
        state.password = password.cloned();
        if !state.kept.iter().any(|kept| kept.name == mount.name) {
            return Err(ApplianceError::refused("mount", format!("Unit {} not found.", mount.name)).into());
        }
        state.folders.insert(mount.name.clone());
        let place = match &mount.source {
            MountSource::Disk { uuid, .. } => uuid.to_string(),
            MountSource::Nfs { host, .. } | MountSource::Smb { host, .. } => host.to_string(),
        };
        if let Some(fault) = state.faults.get(&place) {
            let said = "mount error(13): Permission denied".to_owned();
            return Err(MountError::Failed { fault: *fault, said });
        }
        state.mounted.insert(mount.name.clone());
        Ok(())
    }

    async fn unmount(&self, name: &Slug) -> Result<(), ApplianceError> {
        let mut state = self.state();
        if state.busy.contains(name) {
            return Err(ApplianceError::refused(
                "unmount it",
                "it is in use by an app: jellyfin",
            ));
        }
        state.mounted.remove(name);
        state.folders.remove(name);
        Ok(())
    }

    async fn mounted(&self, mount: &Mount) -> Result<Option<Option<DiskSpace>>, ApplianceError> {
        let space = DiskSpace {
            total: Bytes::gib(64),
            free: Bytes::gib(16),
        };
        Ok(self.state().mounted.contains(&mount.name).then_some(Some(space)))
    }
}
