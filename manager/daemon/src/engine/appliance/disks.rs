//! The disks of the box: what is plugged in, and making one of them empty.

use super::{BoxMounts, refused};
use crate::{
    engine::{
        Error, Result,
        jobs::{Jobs, Prepared, Wish},
        once::Once,
        saga::{format_disk, install_disk},
    },
    port::disks::Disks,
};
use hearth_model::{
    account::Actor,
    job::{Job, JobKind},
    name::Slug,
    system::{Disk, DiskName},
    units::Bytes,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A disk, and whether it may be made empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiskView {
    /// How it is.
    #[serde(flatten)]
    pub disk: Disk,
    /// Why it is not to be written anew; none when it may be.
    pub kept_because: Option<String>,
    /// Whether Hearth can be installed onto it.
    pub installable: bool,
}

/// The disks of the box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiskList {
    /// All that are plugged in, by name.
    pub items: Vec<DiskView>,
    /// Why none can be seen.
    pub unavailable: Option<String>,
}

/// What formatting a disk wants to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormatRequest {
    /// Name under which it is added then.
    pub name: Slug,
    /// The disk's name once more.
    pub confirm: String,
}

/// What installing onto a disk wants to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallOntoRequest {
    /// The disk's name once more.
    pub confirm: String,
}

/// What is left for data at the least on a disk that Hearth is installed onto.
const LEAST_DATA: Bytes = Bytes::gib(2);
/// Where the boot loader is Hearth's to copy; other boards have parts of it outside of the disk, and their disks are written elsewhere.
const INSTALLS: bool = cfg!(target_arch = "x86_64");

/// Why Hearth cannot be installed onto a disk of the box, if there is a reason.
fn not_installable(disk: &Disk, all: &[Disk]) -> Option<String> {
    if !INSTALLS {
        return Some("a box of this kind is not installed from within: write the image to its disk".to_owned());
    }
    if let Some(why) = disk.kept_because() {
        return Some(why);
    }
    let system = all.iter().filter(|disk| disk.own).flat_map(|disk| &disk.volumes);
    let system = system.filter(|volume| volume.label.as_deref() != Some("data"));
    let need = Bytes(system.map(|volume| volume.size.0).sum::<u64>() + LEAST_DATA.0);
    (disk.size < need).then(|| format!("{} is too small: Hearth needs {need}", disk.name))
}

/// The disks of the box.
pub struct BoxDisks {
    port: Arc<dyn Disks>,
    mounts: Arc<BoxMounts>,
    jobs: Arc<Jobs>,
}

impl BoxDisks {
    /// Of the box; what is formatted is added to `mounts`.
    #[must_use]
    pub fn new(port: Arc<dyn Disks>, mounts: Arc<BoxMounts>, jobs: Arc<Jobs>) -> Self {
        Self { port, mounts, jobs }
    }

    /// What is plugged in. That it cannot be seen is no error, and told.
    pub async fn list(&self) -> DiskList {
        match self.port.list().await {
            Ok(disks) => DiskList {
                items: disks
                    .iter()
                    .map(|disk| DiskView {
                        kept_because: disk.kept_because(),
                        installable: not_installable(disk, &disks).is_none(),
                        disk: disk.clone(),
                    })
                    .collect(),
                unavailable: None,
            },
            Err(error) => DiskList {
                items: Vec::new(),
                unavailable: Some(error.to_string()),
            },
        }
    }

    /// A disk by its name.
    ///
    /// # Errors
    /// `NotFound` when there is none; `Conflict` where the box is not Hearth's.
    pub async fn get(&self, name: &DiskName) -> Result<Disk> {
        let disks = self.port.list().await.map_err(refused)?;
        let found = disks.into_iter().find(|disk| disk.name == *name);
        found.ok_or_else(|| Error::not_found("disk", name))
    }

    /// Begins to remove all that is on a disk, and to add it empty.
    ///
    /// # Errors
    /// `NotFound` for a disk that is not there; `Invalid` names the field; `Conflict` for one that is in use or Hearth's own.
    pub async fn format(
        &self,
        name: &DiskName,
        request: FormatRequest,
        key: Option<&str>,
        actor: &Actor,
    ) -> Result<Job> {
        let once = Once::new(key, "box.disk.format", &(name, &request))?;
        if let Some(job) = self.jobs.begun(&once).await? {
            return Ok(job);
        }
        let disk = self.get(name).await?;
        if let Some(why) = disk.kept_because() {
            return Err(Error::Conflict(why));
        }
        if request.confirm != name.as_str() {
            return Err(Error::field("/confirm", format!("type {name} to confirm")));
        }
        self.mounts.free(&request.name).await?;
        let detail = format!("{name} ({}), to be {}", disk.called(), request.name);
        let input = format_disk::Input {
            disk,
            name: request.name,
            actor: actor.clone(),
        };
        let wish = Wish {
            kind: JobKind::FormatDisk,
            steps: &format_disk::STEPS,
            action: "box.disk.format",
            once,
        };
        self.submit(wish, name, &input, detail, actor).await
    }

    /// Begins to put the system that runs onto another disk, as a new box.
    ///
    /// # Errors
    /// `NotFound` for a disk that is not there; `Invalid` names the field; `Conflict` for one that is in use, Hearth's own or too small, and
    /// on boards whose disks are written elsewhere.
    pub async fn install(
        &self,
        name: &DiskName,
        request: InstallOntoRequest,
        key: Option<&str>,
        actor: &Actor,
    ) -> Result<Job> {
        let once = Once::new(key, "box.disk.install", &(name, &request))?;
        if let Some(job) = self.jobs.begun(&once).await? {
            return Ok(job);
        }
        let all = self.port.list().await.map_err(refused)?;
        let found = all.iter().find(|disk| disk.name == *name);
        let disk = found.ok_or_else(|| Error::not_found("disk", name))?;
        if let Some(why) = not_installable(disk, &all) {
            return Err(Error::Conflict(why));
        }
        if request.confirm != name.as_str() {
            return Err(Error::field("/confirm", format!("type {name} to confirm")));
        }
        let detail = format!("{name} ({})", disk.called());
        let wish = Wish {
            kind: JobKind::InstallDisk,
            steps: &install_disk::STEPS,
            action: "box.disk.install",
            once,
        };
        let input = install_disk::Input { disk: disk.clone() };
        self.submit(wish, name, &input, detail, actor).await
    }

    async fn submit(
        &self,
        wish: Wish,
        name: &DiskName,
        input: &impl Serialize,
        detail: String,
        actor: &Actor,
    ) -> Result<Job> {
        let input = serde_json::to_value(input).map_err(|e| Error::internal("writing what to do with a disk", e))?;
        let subject = format!("disk {name}");
        let prepare = move |_: &rusqlite::Transaction<'_>, _| {
            Ok(Prepared {
                subject,
                exclusive: true,
                input,
                detail,
                tell: Vec::new(),
            })
        };
        self.jobs.submit(wish, actor, prepare).await
    }
}
