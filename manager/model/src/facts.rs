//! What a machine is: told by the machine itself, bounded and parsed before it gets here.

use crate::{name::Slug, units::Bytes};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

/// A processor architecture, by the name that container registries use.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// x86, 64 bits.
    Amd64,
    /// Arm, 64 bits.
    Arm64,
    /// Arm, 32 bits, hard float.
    Arm,
}

impl Arch {
    /// From what `uname -m` says; none for an architecture that no recipe is made for.
    #[must_use]
    pub fn from_uname(machine: &str) -> Option<Self> {
        match machine {
            "x86_64" | "amd64" => Some(Self::Amd64),
            "aarch64" | "arm64" => Some(Self::Arm64),
            "armv7l" | "armv6l" | "armhf" => Some(Self::Arm),
            _ => None,
        }
    }

    /// The registry's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
            Self::Arm => "arm",
        }
    }
}

/// What kind of medium a disk is; it decides what may be placed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiskKind {
    /// SD card or eMMC: wears out under databases.
    SdCard,
    /// Flash disk (SATA, NVMe).
    Ssd,
    /// Rotating disk.
    Hdd,
    /// Could not be told.
    Unknown,
}

/// A mounted file system on a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disk {
    /// Device, such as `/dev/sda2`.
    pub device: String,
    /// Where it is mounted.
    pub mount: String,
    /// Where it, or a folder of it, is mounted besides.
    #[serde(default)]
    pub also: Vec<String>,
    /// File system type, such as `ext4`.
    pub filesystem: String,
    /// Kind of medium.
    pub kind: DiskKind,
    /// Size of the file system.
    pub total: Bytes,
}

/// A network interface that leads out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Interface {
    /// Name, such as `eth0`.
    pub name: String,
    /// Hardware address.
    pub mac: Option<String>,
    /// Addresses.
    #[schema(value_type = Vec<String>)]
    pub addresses: Vec<IpAddr>,
    /// Speed of the link in Mbit/s, where it is known.
    pub speed_mbps: Option<u32>,
}

/// A device an app may want, such as a GPU or a USB stick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// Path on the node, such as `/dev/dri` or `/dev/serial/by-id/…`.
    pub path: String,
    /// What it is, in words.
    pub name: String,
}

/// The container engine of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EngineFacts {
    /// Version of the engine, such as `26.1.5`.
    pub version: String,
    /// Highest API version it speaks, such as `1.45`.
    pub api_version: String,
    /// Where it keeps images and volumes.
    pub root_dir: String,
    /// Version of `docker compose`, the node's own or the one brought by us.
    pub compose: Option<String>,
}

/// A Compose project or single container that was there before us, or beside us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundProject {
    /// Compose project, or the container's own name.
    pub name: String,
    /// Number of its containers.
    pub containers: u32,
    /// Number of those that run.
    pub running: u32,
    /// Which app of ours it is.
    pub app: Option<Slug>,
}

/// What a machine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Facts {
    /// Host name it gives itself.
    pub hostname: String,
    /// systemd's or D-Bus' machine id: tells that two addresses are one machine.
    pub machine_id: Option<String>,
    /// Hardware model, such as `Raspberry Pi 5 Model B Rev 1.0`.
    pub model: Option<String>,
    /// Architecture; none for one that no recipe is made for.
    pub arch: Option<Arch>,
    /// `ID` of os-release, such as `debian`.
    pub os_id: String,
    /// `ID_LIKE` of os-release.
    pub os_like: Vec<String>,
    /// `PRETTY_NAME` of os-release.
    pub os_name: String,
    /// `VERSION_ID` of os-release.
    pub os_version: String,
    /// Kernel release.
    pub kernel: String,
    /// Model of the processor.
    pub cpu_model: Option<String>,
    /// Number of logical processors.
    pub cpu_cores: u32,
    /// Memory that the kernel can use.
    pub memory: Bytes,
    /// Mounted file systems on disks.
    pub disks: Vec<Disk>,
    /// Interfaces that lead out.
    pub interfaces: Vec<Interface>,
    /// Devices that apps may want.
    pub devices: Vec<Device>,
    /// `systemd`, `openrc`, … (the name of process 1).
    pub init: String,
    /// Whether the system is a container or a virtual machine, by systemd-detect-virt's words.
    pub virtualization: Option<String>,
    /// Ports that are taken: something listens on them, or a running container publishes them.
    pub listening_ports: Vec<u16>,
    /// The container engine, when there is one that we may use.
    pub engine: Option<EngineFacts>,
}

impl Facts {
    /// The file system that holds `path`: the one that has the longest mount point that is a prefix of it.
    #[must_use]
    pub fn disk_of(&self, path: &str) -> Option<&Disk> {
        let holds = |mount: &str| {
            mount == "/" || path == mount || path.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/'))
        };
        let mounts = |disk: &Disk| {
            let all = disk.also.iter().chain([&disk.mount]);
            all.filter(|mount| holds(mount)).map(String::len).max()
        };
        let held = self.disks.iter().filter_map(|disk| Some((disk, mounts(disk)?)));
        held.max_by_key(|(_, length)| *length).map(|(disk, _)| disk)
    }
}
