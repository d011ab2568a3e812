//! The disks of the box: what is plugged in, and what is on it.

use crate::units::Bytes;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// The kernel's name of a disk or of a partition, such as `sda` or `nvme0n1p1`. It ends in names of files and units, so it is narrower than
/// the kernel's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9]{0,30}$", example = "sda")]
pub struct DiskName(String);

/// Why a text is no [`DiskName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a disk; use one such as sda")]
pub struct DiskNameError(String);

impl DiskName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DiskName {
    type Err = DiskNameError;
    fn from_str(text: &str) -> Result<Self, DiskNameError> {
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if first && text.len() <= 31 && text.bytes().all(inner) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DiskNameError(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for DiskName {
    type Error = DiskNameError;
    fn try_from(text: String) -> Result<Self, DiskNameError> {
        text.parse()
    }
}

impl From<DiskName> for String {
    fn from(name: DiskName) -> Self {
        name.0
    }
}

impl fmt::Display for DiskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The id of a file system, as the kernel's links by id have it: `4f6c…` or `1A2B-3C4D`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9A-Za-z-]{4,64}$", example = "1A2B-3C4D")]
pub struct FsUuid(String);

/// Why a text is no [`FsUuid`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of a file system")]
pub struct FsUuidError(String);

impl FromStr for FsUuid {
    type Err = FsUuidError;
    fn from_str(text: &str) -> Result<Self, FsUuidError> {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if (4..=64).contains(&text.len()) && text.bytes().all(inner) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FsUuidError(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for FsUuid {
    type Error = FsUuidError;
    fn try_from(text: String) -> Result<Self, FsUuidError> {
        text.parse()
    }
}

impl From<FsUuid> for String {
    fn from(uuid: FsUuid) -> Self {
        uuid.0
    }
}

impl fmt::Display for FsUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Kinds of file systems that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum FsKind {
    Ext4,
    Xfs,
    Btrfs,
    Exfat,
    Vfat,
    Ntfs,
}

impl FsKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Ext4, Self::Xfs, Self::Btrfs, Self::Exfat, Self::Vfat, Self::Ntfs];

    /// The word for it, which is blkid's too.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
            Self::Exfat => "exfat",
            Self::Vfat => "vfat",
            Self::Ntfs => "ntfs",
        }
    }

    /// Of blkid's word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What is on a partition, or on a disk without any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Volume {
    /// Its name, which is the disk's when it has no partitions.
    pub name: DiskName,
    /// Size in bytes.
    pub size: Bytes,
    /// What is on it, in blkid's words: `ext4`, `crypto_LUKS`, `swap`.
    pub content: Option<String>,
    /// What kind of file system it is, when it is one that can be used.
    pub file_system: Option<FsKind>,
    /// Its label.
    pub label: Option<String>,
    /// Its id.
    pub uuid: Option<FsUuid>,
    /// Where it is mounted.
    pub mounted_at: Vec<String>,
    /// Free bytes, where it is mounted.
    pub free: Option<Bytes>,
}

/// A disk, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disk {
    /// Name.
    pub name: DiskName,
    /// Which disk had this name since the box was started: another one that takes the name has a greater number.
    pub seq: u64,
    /// What its maker calls it.
    pub model: Option<String>,
    /// The number on it.
    pub serial: Option<String>,
    /// How it is connected: `usb`, `ata`, `nvme`, `mmc`, `virtio`.
    pub bus: Option<String>,
    /// Size in bytes.
    pub size: Bytes,
    /// Whether it is made to be pulled out.
    pub removable: bool,
    /// Whether it cannot be written.
    pub read_only: bool,
    /// Whether Hearth runs from it.
    pub own: bool,
    /// What is on it.
    pub volumes: Vec<Volume>,
}

impl Disk {
    /// What a person calls it: model and size.
    #[must_use]
    pub fn called(&self) -> String {
        let model = self.model.as_deref().unwrap_or("disk");
        format!("{model}, {}", self.size)
    }

    /// Whether both are one disk, by what its maker calls it: names and numbers are given anew at each start of the box, and in another
    /// order. One without a serial number has to have the same of these, too.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let made = |disk: &Self| (disk.model.clone(), disk.serial.clone(), disk.size);
        let called = |disk: &Self| (disk.name.clone(), disk.seq);
        made(self) == made(other) && (self.serial.is_some() || called(self) == called(other))
    }

    /// Why it must not be written anew, if there is a reason.
    #[must_use]
    pub fn kept_because(&self) -> Option<String> {
        if self.own {
            return Some(format!("{} is the disk that Hearth runs from", self.name));
        }
        if self.read_only {
            return Some(format!("{} cannot be written", self.name));
        }
        let mounted = self.volumes.iter().find_map(|volume| volume.mounted_at.first())?;
        Some(format!("{} is in use at {mounted}: remove it there first", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless_in_paths_and_units() {
        for good in ["sda", "nvme0n1", "nvme0n1p12", "mmcblk0", "vdb"] {
            assert_eq!(good.parse::<DiskName>().unwrap().as_str(), good);
        }
        for bad in ["", "1a", "sda/..", "a-b", "sd a", "SDA", "a\n", &"a".repeat(32)] {
            assert!(bad.parse::<DiskName>().is_err(), "{bad}");
        }
        for bad in ["", "abc", "../..", "a b c d", "1234\n", &"a".repeat(65)] {
            assert!(bad.parse::<FsUuid>().is_err(), "{bad}");
        }
    }
}
