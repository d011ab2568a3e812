//! The appliance itself: what a person sees and sets of the box that Hearth runs on.

mod cidr;
mod disk;
mod journal;
mod mount;
mod network;
mod ssh;
mod time;
mod unit;

pub use cidr::{Cidr, CidrError};
pub use disk::{Disk, DiskName, DiskNameError, FsKind, FsUuid, FsUuidError, Volume};
pub use journal::{JournalFilter, JournalLine, Priority, PriorityError};
pub use mount::{
    MEDIA, Mount, MountSource, MountState, NfsVersion, ShareError, ShareHost, SharePath, SmbUser, SmbUserError,
};
pub use network::{LinkAddress, LinkName, LinkNameError, LinkSettings, MOST_DNS, NetworkLink, SettingsFault};
pub use ssh::{MOST_SSH_KEYS, SshKey, SshKeyError, SshSettings};
pub use time::{TimeServer, TimeServerError, TimeStatus, TimeSync};
pub use unit::{
    KNOWN_UNITS, KnownUnit, MARK_GOOD_UNIT, OWN_UNIT, UnitName, UnitNameError, UnitState, UnitStatus, UnitVerb,
    UnitVerbError,
};
