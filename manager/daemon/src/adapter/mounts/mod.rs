//! Mounting by systemd: files that say what is to be mounted, a generator of the image that makes units of them
//! (`overlays/rootfs/usr/lib/systemd/system-generators/hearth-mounts`), and the bus to start them.

mod files;
mod words;

use super::{
    bus::{Bus, refused},
    mount_table,
    unit_job::UnitJob,
    unit_log,
};
use crate::port::{
    appliance::ApplianceError,
    clock::Clock,
    journal::Journal,
    mounts::{MountError, MountFault, Mounts},
    vault::Plaintext,
};
use async_trait::async_trait;
use hearth_model::{
    name::Slug,
    stats::DiskSpace,
    system::{Mount, MountSource, UnitVerb},
    units::Bytes,
};
use nix::sys::statvfs::statvfs;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use zbus::proxy::CacheProperties;
use zbus_systemd::systemd1::{ManagerProxy, MountProxy};

/// Longer than any of the units may take.
const LIMIT: Duration = Duration::from_secs(75);
/// How long a mounted server may take to tell its space.
const SPACE: Duration = Duration::from_secs(3);

/// Where things are on a box.
#[derive(Debug, Clone)]
pub struct MountPlaces {
    /// What is to be mounted, a file each.
    pub folder: PathBuf,
    /// Passwords, while mounting takes its time: in memory, for the manager and root alone.
    pub secrets: PathBuf,
    /// What is mounted, as the kernel says.
    pub table: PathBuf,
}

impl MountPlaces {
    /// Those of Hearth's own image, with the settings of the box in `folder`.
    #[must_use]
    pub fn on_appliance(folder: &Path) -> Self {
        Self {
            folder: folder.join("mounts"),
            secrets: "/run/hearth-mounts".into(),
            table: "/proc/self/mountinfo".into(),
        }
    }
}

/// Mounts by systemd.
pub struct MountUnits {
    bus: Bus,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    places: MountPlaces,
}

/// For this user and root alone, whatever was there before.
fn write_private(path: &Path, secret: &Plaintext) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file?.write_all(secret.expose())
}

fn unit(name: &Slug) -> String {
    format!("data-media-{}.mount", name.as_str().replace('-', "\\x2d"))
}

impl MountUnits {
    /// Of the machine on this bus; its journal has what the programs that mount say.
    #[must_use]
    pub fn new(bus: Bus, journal: Arc<dyn Journal>, clock: Arc<dyn Clock>, places: MountPlaces) -> Self {
        Self {
            bus,
            journal,
            clock,
            places,
        }
    }

    fn is_mounted(&self, path: &str) -> Result<bool, ApplianceError> {
        let table = fs::read_to_string(&self.places.table);
        let table = table.map_err(|error| ApplianceError::refused("see what is mounted", error))?;
        Ok(mount_table::mounts(&table).any(|mount| mount.place == path))
    }

    /// Whether a unit that has failed took too long: its job only says that it failed.
    async fn timed_out(&self, unit: &str) -> bool {
        let result = async {
            let connection = self.bus.connection().await?;
            let path = ManagerProxy::new(&connection).await?.get_unit(unit.to_owned()).await?;
            let mount = MountProxy::builder(&connection).path(&path);
            let mount = mount.cache_properties(CacheProperties::No).build().await?;
            mount.result().await
        };
        result.await.is_ok_and(|result| result == "timeout")
    }

    /// One that could not be mounted would stand among what has failed until the next start. Mostly there is nothing to forget.
    async fn forget_failures(&self, name: &Slug) {
        let result = async {
            let connection = self.bus.connection().await?;
            let manager = ManagerProxy::new(&connection).await?;
            manager.reset_failed_unit(unit(name)).await
        };
        if let Err(error) = result.await {
            tracing::debug!(%name, %error, "systemd has nothing to forget of this");
        }
    }

    async fn try_mount(&self, mount: &Mount) -> Result<(), MountError> {
        let (unit, since) = (unit(&mount.name), self.clock.now());
        let job = UnitJob::begin(&self.bus, "mount it", &unit, UnitVerb::Start).await?;
        let (fault, said) = match job.result(LIMIT).await?.as_str() {
            "done" | "skipped" => return Ok(()),
            "timeout" => (
                MountFault::Unreachable,
                "no answer within the time it may take".to_owned(),
            ),
            "dependency" if matches!(mount.source, MountSource::Disk { .. }) => {
                (MountFault::Gone, "the disk is not there".to_owned())
            }
            "dependency" => (MountFault::Other, "there is no folder to mount it in".to_owned()),
            _ if self.timed_out(&unit).await => {
                let said = "no answer within the time it may take";
                (MountFault::Unreachable, said.to_owned())
            }
            _ => {
                let known = |lines: &[String]| words::meaning(&mount.source, lines).0 != MountFault::Other;
                let lines = unit_log::said(self.journal.as_ref(), &unit, since, known).await;
                words::meaning(&mount.source, &lines)
            }
        };
        Err(MountError::Failed { fault, said })
    }
}

#[async_trait]
impl Mounts for MountUnits {
    async fn keep(&self, mounts: &[Mount]) -> Result<(), ApplianceError> {
        let changed = files::keep(&self.places.folder, mounts);
        let changed = changed.map_err(|error| ApplianceError::refused("keep what is to be mounted", error))?;
        if changed {
            let refused = refused("have systemd know what is to be mounted");
            let connection = self.bus.connection().await.map_err(&refused)?;
            let manager = ManagerProxy::new(&connection).await.map_err(&refused)?;
            manager.reload().await.map_err(&refused)?;
        }
        Ok(())
    }

    async fn mount(&self, mount: &Mount, password: Option<&Plaintext>) -> Result<(), MountError> {
        if self.is_mounted(&mount.path())? {
            return Ok(());
        }
        let login = files::login(mount, password);
        let secret = self.places.secrets.join(mount.name.as_str());
        if let Some(login) = &login {
            write_private(&secret, login).map_err(|error| ApplianceError::refused("hand over the password", error))?;
        }
        let tried = self.try_mount(mount).await;
        if login.is_some() {
            // The kernel has it now, or it was of no use.
            let _ = fs::remove_file(&secret);
        }
        tried
    }

    async fn unmount(&self, name: &Slug) -> Result<(), ApplianceError> {
        let (attempt, since) = ("unmount it", self.clock.now());
        let unit = format!("hearth-unmount@{name}.service");
        let job = UnitJob::begin(&self.bus, attempt, &unit, UnitVerb::Start).await?;
        if job.result(LIMIT).await? == "done" {
            self.forget_failures(name).await;
            return Ok(());
        }
        let tells = |line: &String| line.contains("in use") || line.contains("busy");
        let told = |lines: &[String]| lines.iter().any(tells);
        let lines = unit_log::said(self.journal.as_ref(), &unit, since, told).await;
        let said = lines.iter().find(|line| tells(line)).cloned();
        Err(ApplianceError::refused(
            attempt,
            said.unwrap_or_else(|| format!("{unit} failed; see its log")),
        ))
    }

    async fn mounted(&self, mount: &Mount) -> Result<Option<Option<DiskSpace>>, ApplianceError> {
        let path = mount.path();
        if !self.is_mounted(&path)? {
            return Ok(None);
        }
        // A server that is gone may keep whoever asks it for a minute.
        let asked = tokio::task::spawn_blocking(move || statvfs(path.as_str()));
        let space = match tokio::time::timeout(SPACE, asked).await {
            Ok(Ok(Ok(fs))) => Some(DiskSpace {
                total: Bytes(fs.blocks() * fs.fragment_size()),
                free: Bytes(fs.blocks_available() * fs.fragment_size()),
            }),
            _ => None,
        };
        Ok(Some(space))
    }
}
