//! Disks and shares that a person has added to the box. What was added is kept in the settings; the system is told of it, and it is tried
//! again and again until it is there: a disk may be plugged in later, a server may be switched on later.

mod request;
#[cfg(test)]
mod tests;

pub use request::{MountKind, NewMount};

use super::{Records, refused};
use crate::{
    engine::{Error, Result, saga::app::context_of},
    port::{
        appliance::ApplianceError,
        disks::Disks,
        mounts::{MountError, Mounts},
        vault::{Plaintext, Vault},
    },
    store::{self, secrets, settings},
};
use futures::future::join_all;
use hearth_model::{
    account::Actor,
    id::SecretId,
    name::Slug,
    system::{Disk, Mount, MountSource, MountState},
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use utoipa::ToSchema;

/// Key of the setting.
const SETTING: &str = "box.mounts";
/// The name of the one secret that a mount has.
const PASSWORD: &str = "password";
/// Most disks and shares.
const MOST: usize = 50;
/// Longest wait between two tries.
const LONGEST_WAIT_SECS: u64 = 60;
/// Wait after the first failed try, which doubles.
const FIRST_WAIT_SECS: u64 = 5;

/// A disk or share, and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MountView {
    /// What was added.
    #[serde(flatten)]
    pub mount: Mount,
    /// The folder with its contents.
    pub path: String,
    /// How it is.
    pub status: MountState,
}

/// The disks and shares that were added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MountList {
    /// All of them, by name.
    pub items: Vec<MountView>,
    /// Why none can be added here.
    pub unavailable: Option<String>,
}

/// How trying to mount something goes.
#[derive(Debug, Clone, Default)]
struct Tried {
    failures: u32,
    cause: Option<String>,
    /// When it is tried again, by the monotonic clock.
    next: Duration,
}

/// What the disks and shares are made of.
pub struct BoxMountsParts {
    /// Mounts.
    pub port: Arc<dyn Mounts>,
    /// What is plugged in.
    pub disks: Arc<dyn Disks>,
    /// Seals passwords.
    pub vault: Arc<dyn Vault>,
    /// Store, time, ids.
    pub records: Records,
}

/// The disks and shares that were added to the box.
pub struct BoxMounts {
    parts: BoxMountsParts,
    tried: Mutex<BTreeMap<Slug, Tried>>,
    /// One change at a time.
    turn: tokio::sync::Mutex<()>,
}

fn owner(name: &Slug) -> String {
    format!("mount:{name}")
}

fn read(connection: &Connection) -> store::Result<Vec<Mount>> {
    let text = settings::get(connection, SETTING)?;
    // Written here alone; one that cannot be read is from a later Hearth, and no reason not to start.
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn is_missing(mount: &Mount, disks: &[Disk]) -> bool {
    let MountSource::Disk { uuid, .. } = &mount.source else {
        return false;
    };
    let mut volumes = disks.iter().flat_map(|disk| &disk.volumes);
    !volumes.any(|volume| volume.uuid.as_ref() == Some(uuid))
}

impl BoxMounts {
    /// Of the box.
    #[must_use]
    pub fn new(parts: BoxMountsParts) -> Self {
        Self {
            parts,
            tried: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn tried(&self) -> MutexGuard<'_, BTreeMap<Slug, Tried>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn all(&self) -> Result<Vec<Mount>> {
        Ok(self.parts.records.store.read(read).await?)
    }

    async fn find(&self, name: &Slug) -> Result<Mount> {
        let found = self.all().await?.into_iter().find(|mount| mount.name == *name);
        found.ok_or_else(|| Error::not_found("added disk or share", name))
    }

    /// All that was added, and how it is. That nothing can be added here is no error, and told.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self) -> Result<MountList> {
        let disks = match self.parts.disks.list().await {
            Ok(disks) => disks,
            Err(error) => {
                return Ok(MountList {
                    items: Vec::new(),
                    unavailable: Some(error.to_string()),
                });
            }
        };
        let mounts = self.all().await?;
        let views = mounts.into_iter().map(|mount| self.view(mount, &disks));
        Ok(MountList {
            items: join_all(views).await,
            unavailable: None,
        })
    }

    async fn view(&self, mount: Mount, disks: &[Disk]) -> MountView {
        let status = match self.parts.port.mounted(&mount).await {
            Ok(Some(space)) => MountState::Mounted {
                size: space.map(|space| space.total),
                free: space.map(|space| space.free),
            },
            Ok(None) if is_missing(&mount, disks) => MountState::Missing,
            Ok(None) => match self.tried().get(&mount.name).and_then(|tried| tried.cause.clone()) {
                Some(cause) => MountState::Failed { cause },
                None => MountState::Waiting,
            },
            Err(error) => MountState::Failed {
                cause: error.to_string(),
            },
        };
        MountView {
            path: mount.path(),
            mount,
            status,
        }
    }

    /// That nothing has this name yet.
    ///
    /// # Errors
    /// `Invalid` when something has.
    pub(in crate::engine) async fn free(&self, name: &Slug) -> Result<()> {
        let all = self.all().await?;
        if all.len() >= MOST {
            return Err(Error::field(
                "/name",
                format!("there are {MOST} already: remove one first"),
            ));
        }
        match all.iter().any(|mount| mount.name == *name) {
            true => Err(Error::field(
                "/name",
                format!("{name} is the name of another disk or share"),
            )),
            false => Ok(()),
        }
    }

    /// Adds a disk or share. It is mounted at once, and nothing is added when that does not work.
    ///
    /// # Errors
    /// `Invalid` names the field that is wrong, also by what the server says; `Conflict` when the system refuses, and where the box is not
    /// Hearth's.
    pub async fn add(&self, new: NewMount, actor: &Actor) -> Result<MountView> {
        let disks = self.parts.disks.list().await.map_err(refused)?;
        let _turn = self.turn.lock().await;
        self.free(&new.name).await?;
        let mount = Mount {
            name: new.name.clone(),
            source: new.source(&disks)?,
        };
        let before = self.all().await?;
        let mut mounts = before.clone();
        mounts.push(mount.clone());
        mounts.sort_by(|a, b| a.name.cmp(&b.name));
        self.parts.port.keep(&mounts).await.map_err(refused)?;
        let password = new.password.map(Plaintext::new);
        if let Err(error) = self.parts.port.mount(&mount, password.as_ref()).await {
            // Its folder was made before it was tried.
            let undone = match self.parts.port.unmount(&mount.name).await {
                Ok(()) => self.parts.port.keep(&before).await,
                Err(error) => self.parts.port.keep(&before).await.and(Err(error)),
            };
            if let Err(error) = undone {
                tracing::warn!(%error, "something is left of a disk or share that was not added");
            }
            return Err(not_mounted(&mount.source, error));
        }
        let secret = password.map(|password| {
            let id: SecretId = self.parts.records.ids.make();
            secrets::Secret {
                id,
                owner: owner(&mount.name),
                name: PASSWORD.to_owned(),
                sealed: self.parts.vault.seal(&context_of(id), &password),
            }
        });
        let detail = format!("{}: {}", mount.name, mount.source);
        let text = written(&mounts)?;
        let write = self.parts.records.write(actor, "box.mount.add", detail, move |tx| {
            settings::set(tx, SETTING, &text)?;
            secret.map_or(Ok(()), |secret| secrets::put(tx, &secret))
        });
        write.await?;
        Ok(self.view(mount, &disks).await)
    }

    /// Tries once more to mount one, and answers how it is then.
    ///
    /// # Errors
    /// `NotFound` for one that was not added; `Conflict` says why it does not work.
    pub async fn mount(&self, name: &Slug) -> Result<MountView> {
        let mount = self.find(name).await?;
        let _turn = self.turn.lock().await;
        if let Err(error) = self.try_one(&mount).await {
            return Err(Error::Conflict(format!("{name}: {error}")));
        }
        let disks = self.parts.disks.list().await.map_err(refused)?;
        Ok(self.view(mount, &disks).await)
    }

    /// Unmounts one and forgets it. What is on it stays as it is.
    ///
    /// # Errors
    /// `NotFound` for one that was not added; `Conflict` while something uses it.
    pub async fn remove(&self, name: &Slug, actor: &Actor) -> Result<()> {
        let mount = self.find(name).await?;
        let _turn = self.turn.lock().await;
        self.parts.port.unmount(name).await.map_err(refused)?;
        let mut mounts = self.all().await?;
        mounts.retain(|mount| mount.name != *name);
        self.parts.port.keep(&mounts).await.map_err(refused)?;
        let (text, owner) = (written(&mounts)?, owner(name));
        let detail = format!("{}: {}", mount.name, mount.source);
        let write = self.parts.records.write(actor, "box.mount.remove", detail, move |tx| {
            settings::set(tx, SETTING, &text)?;
            secrets::remove_of_owner(tx, &owner)
        });
        write.await?;
        self.tried().remove(name);
        Ok(())
    }

    async fn password(&self, name: &Slug) -> Result<Option<Plaintext>> {
        let owner = owner(name);
        let found = self
            .parts
            .records
            .store
            .read(move |c| secrets::find(c, &owner, PASSWORD))
            .await?;
        let unseal = |secret: secrets::Secret| self.parts.vault.unseal(&context_of(secret.id), &secret.sealed);
        let plain = found.map(unseal).transpose();
        plain.map_err(|error| Error::internal("unsealing the password of a share", error))
    }

    /// Tries to mount one, and keeps what came of it.
    async fn try_one(&self, mount: &Mount) -> Result<(), String> {
        let tried = match self.password(&mount.name).await {
            Ok(password) => self
                .parts
                .port
                .mount(mount, password.as_ref())
                .await
                .map_err(|error| match error {
                    MountError::Failed { fault, said } => request::meaning(&mount.source, fault, &said).1,
                    MountError::Appliance(error) => error.to_string(),
                }),
            Err(error) => Err(error.to_string()),
        };
        let now = self.parts.records.clock.monotonic();
        let mut all = self.tried();
        let kept = all.entry(mount.name.clone()).or_default();
        match &tried {
            Ok(()) => *kept = Tried::default(),
            Err(cause) => {
                if kept.cause.as_ref() != Some(cause) {
                    tracing::warn!(name = %mount.name, "a disk or share cannot be mounted: {cause}");
                }
                let wait = (FIRST_WAIT_SECS << kept.failures.min(4)).min(LONGEST_WAIT_SECS);
                kept.failures += 1;
                kept.cause = Some(cause.clone());
                kept.next = now + Duration::from_secs(wait);
            }
        }
        tried
    }

    /// Tells the system what there is, as after a start with another disk or from a backup.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(in crate::engine) async fn restore(&self) -> Result<(), ApplianceError> {
        let _turn = self.turn.lock().await;
        let mounts = self.all().await;
        let mounts = mounts.map_err(|error| ApplianceError::refused("know what is to be mounted", error))?;
        self.parts.port.keep(&mounts).await
    }

    /// Tries what is not there and whose turn it is.
    pub(in crate::engine) async fn settle(&self) {
        let Ok(mounts) = self.all().await else { return };
        if mounts.is_empty() {
            return;
        }
        let Ok(disks) = self.parts.disks.list().await else {
            return;
        };
        let _turn = self.turn.lock().await;
        let now = self.parts.records.clock.monotonic();
        let due = |mount: &&Mount| {
            let next = self.tried().get(&mount.name).map_or(Duration::ZERO, |tried| tried.next);
            next <= now && !is_missing(mount, &disks)
        };
        let tries = mounts.iter().filter(due).map(|mount| async {
            if let Ok(None) = self.parts.port.mounted(mount).await {
                // What came of it is kept, and shown with the mount.
                let _ = self.try_one(mount).await;
            }
        });
        join_all(tries).await;
    }
}

fn written(mounts: &[Mount]) -> Result<String> {
    serde_json::to_string(mounts).map_err(|error| Error::internal("writing what is to be mounted", error))
}

fn not_mounted(source: &MountSource, error: MountError) -> Error {
    match error {
        MountError::Failed { fault, said } => match request::meaning(source, fault, &said) {
            (Some(field), text) => Error::field(field, text),
            (None, text) => Error::Conflict(text),
        },
        MountError::Appliance(error) => refused(error),
    }
}
