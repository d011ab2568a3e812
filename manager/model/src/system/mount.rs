//! Disks and shares that a person has added to the box, each under a name of its own in one folder.

use super::disk::{FsKind, FsUuid};
use crate::{name::Slug, units::Bytes};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};
use utoipa::ToSchema;

/// The folder that all of them are mounted in.
pub const MEDIA: &str = "/data/media";

/// The machine that offers a share: a name or an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "nas.local")]
pub struct ShareHost(String);

/// What is offered there: an NFS path, or a share of SMB with or without folders behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "/export/media")]
pub struct SharePath(String);

/// Why a text is no [`ShareHost`] or no [`SharePath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// No name, no address.
    #[error("{0:?} is neither the name of a machine nor its address")]
    Host(String),
    /// Signs in it that none has.
    #[error(
        "{0:?} cannot be the name of a share: it is empty, longer than 1,000 bytes, or has a quote, a backslash or a control character in it"
    )]
    Path(String),
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

impl FromStr for ShareHost {
    type Err = ShareError;
    fn from_str(text: &str) -> Result<Self, ShareError> {
        let address = text.parse::<IpAddr>().is_ok();
        let label = |label: &str| {
            let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-')
        };
        if address || (text.len() <= 253 && text.split('.').all(label)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ShareError::Host(cut(text)))
        }
    }
}

impl FromStr for SharePath {
    type Err = ShareError;
    fn from_str(text: &str) -> Result<Self, ShareError> {
        let strange = |c: char| c.is_control() || matches!(c, '\\' | '"' | '\'');
        let dots = text.split('/').any(|part| part == "..");
        let blank = text.trim() != text;
        if text.is_empty() || text.len() > 1_000 || dots || blank || text.chars().any(strange) {
            return Err(ShareError::Path(cut(text)));
        }
        Ok(Self(text.to_owned()))
    }
}

macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// As text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = ShareError;
            fn try_from(text: String) -> Result<Self, ShareError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}
text!(ShareHost);
text!(SharePath);

/// Version of the NFS protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum NfsVersion {
    /// 4 and whatever of it both sides know.
    #[default]
    #[serde(rename = "4")]
    V4,
    /// 3, for older servers.
    #[serde(rename = "3")]
    V3,
}

impl NfsVersion {
    /// The number.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::V4 => "4",
            Self::V3 => "3",
        }
    }
}

/// Where a mount has its contents from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum MountSource {
    /// A file system on a disk of the box, wherever it is plugged in.
    Disk {
        /// Its id.
        uuid: FsUuid,
        /// What it is.
        file_system: FsKind,
    },
    /// A share of an NFS server.
    Nfs {
        /// The server.
        host: ShareHost,
        /// What it exports, from `/` on.
        path: SharePath,
        /// Which protocol.
        #[serde(default)]
        version: NfsVersion,
    },
    /// A share of an SMB (Windows, Samba) server.
    Smb {
        /// The server.
        host: ShareHost,
        /// The share, with or without folders behind it.
        path: SharePath,
        /// Who logs in; nobody is a guest.
        #[serde(default)]
        user: Option<SmbUser>,
    },
}

impl fmt::Display for MountSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk { uuid, file_system } => write!(f, "{} {uuid}", file_system.word()),
            Self::Nfs { host, path, version } => write!(f, "NFS {} {host}:{path}", version.word()),
            Self::Smb { host, path, user } => {
                write!(f, "SMB //{host}/{path}")?;
                user.as_ref().map_or(Ok(()), |user| write!(f, " as {user}"))
            }
        }
    }
}

/// Who logs in to an SMB server: one line, with or without its domain before a backslash or slash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "anna")]
pub struct SmbUser(String);

/// Why a text is no [`SmbUser`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a name to log in with: 1 to 200 characters in one line")]
pub struct SmbUserError;

impl FromStr for SmbUser {
    type Err = SmbUserError;
    fn from_str(text: &str) -> Result<Self, SmbUserError> {
        let good = (1..=200).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control);
        good.then(|| Self(text.to_owned())).ok_or(SmbUserError)
    }
}

impl TryFrom<String> for SmbUser {
    type Error = SmbUserError;
    fn try_from(text: String) -> Result<Self, SmbUserError> {
        text.parse()
    }
}

impl From<SmbUser> for String {
    fn from(user: SmbUser) -> Self {
        user.0
    }
}

impl fmt::Display for SmbUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A disk or share that a person has added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mount {
    /// Its name, and that of its folder.
    pub name: Slug,
    /// Where its contents are.
    pub source: MountSource,
}

impl Mount {
    /// Where its contents are seen.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{MEDIA}/{}", self.name)
    }

    /// Whether it is the file system with this id.
    #[must_use]
    pub fn has(&self, id: &FsUuid) -> bool {
        matches!(&self.source, MountSource::Disk { uuid, .. } if uuid == id)
    }
}

/// How a mount is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum MountState {
    /// Its contents are there.
    Mounted {
        /// Size in bytes; not known of a server that does not answer.
        size: Option<Bytes>,
        /// Free bytes.
        free: Option<Bytes>,
    },
    /// The disk is not plugged in.
    Missing,
    /// It has not been tried yet.
    Waiting,
    /// It could not be mounted, and is tried again and again.
    Failed {
        /// Why.
        cause: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_in_a_unit_is_narrow() {
        for good in ["nas", "nas.local", "10.0.0.2", "fe80::1", "my_nas"] {
            assert!(good.parse::<ShareHost>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "-o", "a,b", "nas:", "a/b", "nas\n", "a..b"] {
            assert!(bad.parse::<ShareHost>().is_err(), "{bad}");
        }
        for good in ["/", "/export/My films", "media/Über uns", "100%"] {
            assert!(good.parse::<SharePath>().is_ok(), "{good}");
        }
        for bad in ["", "a\\b", "a\nb", "a\"b", "../etc", "a/../b", " a", "a "] {
            assert!(bad.parse::<SharePath>().is_err(), "{bad}");
        }
        assert!("DOMAIN\\anna".parse::<SmbUser>().is_ok() && "a\nb".parse::<SmbUser>().is_err());
    }

    #[test]
    fn a_source_is_read_back_as_it_was_kept() {
        let text = r#"{"kind":"smb","host":"nas","path":"media","user":"anna"}"#;
        let source: MountSource = serde_json::from_str(text).unwrap();
        assert_eq!(source.to_string(), "SMB //nas/media as anna");
        assert_eq!(serde_json::to_string(&source).unwrap(), text);
        let nfs: MountSource =
            serde_json::from_str(r#"{"kind":"nfs","host":"nas","path":"/a","version":"3"}"#).unwrap();
        assert_eq!(nfs.to_string(), "NFS 3 nas:/a");
    }
}
