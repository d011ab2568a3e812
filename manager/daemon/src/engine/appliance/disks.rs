//! The disks of the box: what is plugged in, and making one of them empty.

use super::{BoxMounts, refused};
use crate::{
    engine::{
        Error, Result,
        jobs::{Jobs, Prepared, Wish},
        once::Once,
        saga::format_disk,
    },
    port::disks::Disks,
};
use hearth_model::{
    account::Actor,
    job::{Job, JobKind},
    name::Slug,
    system::{Disk, DiskName},
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
                    .into_iter()
                    .map(|disk| DiskView {
                        kept_because: disk.kept_because(),
                        disk,
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
        let input = serde_json::to_value(&input).map_err(|e| Error::internal("writing what to format", e))?;
        let wish = Wish {
            kind: JobKind::FormatDisk,
            steps: &format_disk::STEPS,
            action: "box.disk.format",
            once,
        };
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
