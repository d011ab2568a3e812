//! What a person asks for when adding a disk or share, and what is wrong with it.

use crate::{
    engine::{Error, Result},
    port::mounts::MountFault,
};
use hearth_model::{
    name::Slug,
    system::{Disk, FsUuid, MountSource, NfsVersion, ShareHost, SharePath, SmbUser},
};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Longest password.
const LONGEST: usize = 512;

/// What kind of thing is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MountKind {
    /// A disk of the box.
    Disk,
    /// A share of an NFS server.
    Nfs,
    /// A share of an SMB server.
    Smb,
}

/// A disk or share to add.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMount {
    /// Its name, and that of its folder.
    pub name: Slug,
    /// What it is.
    #[schema(inline)]
    pub kind: MountKind,
    /// Id of a disk's file system.
    #[serde(default)]
    pub uuid: Option<FsUuid>,
    /// A share's server.
    #[serde(default)]
    pub host: Option<ShareHost>,
    /// What it is called there: `/export/media` for NFS, `media` for SMB.
    #[serde(default)]
    pub path: Option<SharePath>,
    /// Version of NFS: 4 unless said.
    #[serde(default)]
    pub version: Option<NfsVersion>,
    /// Who logs in to SMB; without, a guest does.
    #[serde(default)]
    pub user: Option<SmbUser>,
    /// With which password. It is kept sealed, and never shown.
    #[serde(default)]
    pub password: Option<String>,
}

impl fmt::Debug for NewMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewMount({}, {:?})", self.name, self.kind)
    }
}

impl NewMount {
    /// The source that it means; `disks` are those that are plugged in.
    ///
    /// # Errors
    /// `Invalid` names the field that is missing, does not belong to the kind, or names nothing.
    pub(super) fn source(&self, disks: &[Disk]) -> Result<MountSource> {
        self.check_fields()?;
        let need = |pointer: &str| Error::field(pointer, "is needed for this kind");
        match self.kind {
            MountKind::Disk => {
                let uuid = self.uuid.clone().ok_or_else(|| need("/uuid"))?;
                disk_source(uuid, disks)
            }
            MountKind::Nfs => {
                let path = self.path.clone().ok_or_else(|| need("/path"))?;
                if !path.as_str().starts_with('/') {
                    return Err(Error::field("/path", "begins with / for NFS, such as /export/media"));
                }
                Ok(MountSource::Nfs {
                    host: self.host.clone().ok_or_else(|| need("/host"))?,
                    path,
                    version: self.version.unwrap_or_default(),
                })
            }
            MountKind::Smb => {
                let path = self.path.clone().ok_or_else(|| need("/path"))?;
                if path.as_str().starts_with('/') {
                    return Err(Error::field(
                        "/path",
                        "is the share's name without slashes before it, such as media",
                    ));
                }
                let host = self.host.clone().ok_or_else(|| need("/host"))?;
                if host.as_str().contains(':') {
                    return Err(Error::field("/host", "use the name or the IPv4 address for SMB"));
                }
                Ok(MountSource::Smb {
                    host,
                    path,
                    user: self.user.clone(),
                })
            }
        }
    }

    /// That nothing is given that the kind has no use for.
    fn check_fields(&self) -> Result<()> {
        use MountKind::{Disk, Nfs, Smb};
        let given = [
            ("/uuid", self.uuid.is_some(), &[Disk][..]),
            ("/host", self.host.is_some(), &[Nfs, Smb]),
            ("/path", self.path.is_some(), &[Nfs, Smb]),
            ("/version", self.version.is_some(), &[Nfs]),
            ("/user", self.user.is_some(), &[Smb]),
            ("/password", self.password.is_some(), &[Smb]),
        ];
        for (pointer, given, kinds) in given {
            if given && !kinds.contains(&self.kind) {
                return Err(Error::field(pointer, "does not belong to this kind"));
            }
        }
        let password = self.password.as_deref().unwrap_or_default();
        if password.len() > LONGEST || password.chars().any(char::is_control) {
            return Err(Error::field("/password", "is one line of at most 512 bytes"));
        }
        if self.user.is_none() && !password.is_empty() {
            return Err(Error::field("/user", "is needed with a password"));
        }
        Ok(())
    }
}

fn disk_source(uuid: FsUuid, disks: &[Disk]) -> Result<MountSource> {
    let volumes = disks
        .iter()
        .flat_map(|disk| disk.volumes.iter().map(move |volume| (disk, volume)));
    let mut found = volumes.filter(|(_, volume)| volume.uuid.as_ref() == Some(&uuid));
    let Some((disk, volume)) = found.next() else {
        return Err(Error::field("/uuid", "no disk with this file system is plugged in"));
    };
    if found.next().is_some() {
        return Err(Error::field(
            "/uuid",
            "two disks have this file system: unplug the copy",
        ));
    }
    if disk.own {
        return Err(Error::field("/uuid", "is on the disk that Hearth runs from"));
    }
    if let Some(place) = volume.mounted_at.first() {
        return Err(Error::field("/uuid", format!("is in use at {place} already")));
    }
    let Some(file_system) = volume.file_system else {
        let what = volume.content.as_deref().unwrap_or("nothing");
        let text = format!("has {what} on it, which this box cannot use: ext4, xfs, btrfs, exfat, vfat or ntfs it can");
        return Err(Error::field("/uuid", text));
    };
    Ok(MountSource::Disk { uuid, file_system })
}

/// What a fault means for a person, and in which field it is to be mended.
pub(super) fn meaning(source: &MountSource, fault: MountFault, said: &str) -> (Option<&'static str>, String) {
    let is_disk = matches!(source, MountSource::Disk { .. });
    let guest = matches!(source, MountSource::Smb { user: None, .. });
    let (field, text) = match fault {
        MountFault::Login if guest => ("/user", "the server wants a login"),
        MountFault::Login => ("/password", "the server does not take this name and password"),
        MountFault::Denied => (
            "/path",
            "the server does not let this box have it: allow the address of this box there",
        ),
        MountFault::Unreachable if is_disk => return (None, format!("the disk does not answer: {said}")),
        MountFault::Unreachable => (
            "/host",
            "the machine does not answer: look whether its name is right and it is on",
        ),
        MountFault::NoServer => ("/host", "the machine answers, but offers no shares of this kind"),
        MountFault::NoShare => ("/path", "the server has no such share"),
        MountFault::Protocol => (
            "/version",
            "the server does not speak a version of the protocol that this box does",
        ),
        MountFault::FileSystem => (
            "/uuid",
            "the file system is damaged, or of a kind that this box cannot read",
        ),
        MountFault::Gone => ("/uuid", "the disk is not there any more"),
        MountFault::Other => return (None, format!("it could not be mounted: {said}")),
    };
    let known = !matches!(fault, MountFault::Gone);
    let text = if known && !said.is_empty() {
        format!("{text} ({said})")
    } else {
        text.to_owned()
    };
    (Some(field), text)
}
