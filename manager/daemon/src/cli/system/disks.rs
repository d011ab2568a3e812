//! `hearth system disks`, `hearth system format`, `hearth system install` and `hearth system mount`.

use crate::cli::{CliError, client::Client, node::secret, output, watch};
use clap::{Args, Subcommand, ValueEnum};
use hearth_model::{
    name::Slug,
    system::{DiskName, FsUuid, ShareHost, SharePath, SmbUser},
    units::Bytes,
};
use http::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

const MOUNTS: &str = "/api/v1/system/mounts";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("-").to_owned()
}

fn size(value: &Value) -> String {
    value.as_u64().map_or("-".to_owned(), |bytes| Bytes(bytes).to_string())
}

fn items(list: &Value) -> Vec<Value> {
    list["items"].as_array().cloned().unwrap_or_default()
}

/// Prints the disks with what is on them.
pub(super) async fn list(client: &Client, json: bool) -> Result<(), CliError> {
    let list: Value = client.get("/api/v1/system/disks").await?;
    if json {
        return output::json(&list);
    }
    if let Some(why) = list["unavailable"].as_str() {
        return output::text(why);
    }
    let rows = items(&list).into_iter().flat_map(|disk| {
        let own = if disk["own"] == true { "Hearth" } else { "-" };
        let whole = [
            text(&disk["name"]),
            size(&disk["size"]),
            text(&disk["bus"]),
            text(&disk["model"]),
            "-".to_owned(),
            own.to_owned(),
        ];
        let volumes = disk["volumes"].as_array().cloned().unwrap_or_default();
        let parts = volumes.into_iter().map(|volume| {
            let used = volume["mounted_at"][0].as_str().unwrap_or("-").to_owned();
            [
                format!("  {}", text(&volume["name"])),
                size(&volume["size"]),
                text(&volume["content"]),
                text(&volume["label"]),
                text(&volume["uuid"]),
                used,
            ]
        });
        std::iter::once(whole).chain(parts).collect::<Vec<_>>()
    });
    output::table(["DISK", "SIZE", "KIND", "NAME", "ID", "USED AT"], rows)
}

/// Remove all that is on a disk, and add it empty.
#[derive(Debug, Args)]
pub struct Format {
    /// Which, such as sdb
    disk: DiskName,
    /// Name under which it is added
    #[arg(long)]
    name: Slug,
    /// Name of the disk once more, to confirm
    #[arg(long, value_name = "DISK")]
    confirm: String,
    /// Do not wait for the end
    #[arg(long)]
    detach: bool,
}

impl Format {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        let path = format!("/api/v1/system/disks/{}/format", self.disk);
        let body = json!({"name": self.name, "confirm": self.confirm});
        let begun = client.send(Method::POST, &path, Some(&body)).await?;
        watch::finish(client, begun, self.detach, json).await
    }
}

/// Put Hearth onto another disk, as a new box. All that is on the disk is removed.
#[derive(Debug, Args)]
pub struct Install {
    /// Which, such as nvme0n1
    disk: DiskName,
    /// Name of the disk once more, to confirm
    #[arg(long, value_name = "DISK")]
    confirm: String,
    /// Do not wait for the end
    #[arg(long)]
    detach: bool,
}

impl Install {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        let path = format!("/api/v1/system/disks/{}/install", self.disk);
        let body = json!({"confirm": self.confirm});
        let begun = client.send(Method::POST, &path, Some(&body)).await?;
        watch::finish(client, begun, self.detach, json).await
    }
}

/// Version of NFS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Version {
    /// 4
    #[value(name = "4")]
    V4,
    /// 3, for older servers
    #[value(name = "3")]
    V3,
}

/// The disks and shares that were added: show, add, remove.
#[derive(Debug, Subcommand)]
pub enum Mount {
    /// Show them, and how they are
    List,
    /// Add a disk that has a file system
    Disk {
        /// Name that it gets; its contents are in /data/media/<NAME>
        name: Slug,
        /// Id of the file system, from "hearth system disks"
        uuid: FsUuid,
    },
    /// Add a share of an NFS server
    Nfs {
        /// Name that it gets; its contents are in /data/media/<NAME>
        name: Slug,
        /// The server
        host: ShareHost,
        /// What it exports, such as /export/media
        path: SharePath,
        /// Version of NFS
        #[arg(long = "nfs-version", id = "nfs_version", default_value = "4")]
        version: Version,
    },
    /// Add a share of an SMB (Windows, Samba) server
    Smb {
        /// Name that it gets; its contents are in /data/media/<NAME>
        name: Slug,
        /// The server
        host: ShareHost,
        /// The share, such as media
        path: SharePath,
        /// Who logs in; without, a guest does
        #[arg(long)]
        user: Option<SmbUser>,
        /// Read the password from standard input instead of asking
        #[arg(long, requires = "user")]
        password_stdin: bool,
    },
    /// Try once more to mount one
    Retry {
        /// Its name
        name: Slug,
    },
    /// Unmount one and forget it; what is on it stays
    Remove {
        /// Its name
        name: Slug,
    },
}

impl Mount {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let body = match self {
            Self::List => {
                let list: Value = client.get(MOUNTS).await?;
                return show(&list, json);
            }
            Self::Retry { name } => {
                let mount: Value = client.post(&format!("{MOUNTS}/{name}/mount")).await?;
                return show_one(&mount, json);
            }
            Self::Remove { name } => {
                let path = format!("{MOUNTS}/{name}");
                let _: Value = client.send::<(), _>(Method::DELETE, &path, None).await?;
                return output::text("It is unmounted, and can be unplugged.");
            }
            Self::Disk { name, uuid } => json!({"name": name, "kind": "disk", "uuid": uuid}),
            Self::Nfs {
                name,
                host,
                path,
                version,
            } => {
                let version = if version == Version::V3 { "3" } else { "4" };
                json!({"name": name, "kind": "nfs", "host": host, "path": path, "version": version})
            }
            Self::Smb {
                name,
                host,
                path,
                user,
                password_stdin,
            } => {
                let ask = |user| secret(password_stdin, &format!("Password of {user} at {host}: "));
                let password = user.as_ref().map(ask).transpose()?;
                json!({"name": name, "kind": "smb", "host": host, "path": path, "user": user, "password": password})
            }
        };
        let mount: Value = client.send(Method::POST, MOUNTS, Some(&body)).await?;
        show_one(&mount, json)
    }
}

fn show(list: &Value, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(list);
    }
    if let Some(why) = list["unavailable"].as_str() {
        return output::text(why);
    }
    output::table(["NAME", "STATE", "FREE", "FROM", "AT"], items(list).iter().map(row))
}

fn show_one(mount: &Value, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(mount);
    }
    let [name, state, ..] = row(mount);
    output::text(&format!("{name}: {state}, at {}", text(&mount["path"])))
}

fn row(mount: &Value) -> [String; 5] {
    let (source, status) = (&mount["source"], &mount["status"]);
    let state = match status["cause"].as_str() {
        Some(cause) => format!("failed: {cause}"),
        None => text(&status["state"]),
    };
    let from = match source["kind"].as_str() {
        Some("disk") => format!("disk {}", text(&source["uuid"])),
        Some("nfs") => format!("{}:{}", text(&source["host"]), text(&source["path"])),
        _ => format!("//{}/{}", text(&source["host"]), text(&source["path"])),
    };
    [
        text(&mount["name"]),
        state,
        size(&status["free"]),
        from,
        text(&mount["path"]),
    ]
}
