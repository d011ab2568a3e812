//! Adapters: the real thing behind each port, under the port's name.
//!
//! They know the ports and the model, never the store, the engine or the pages.

pub mod bus;
pub mod clock;
pub mod compose;
pub mod connector;
pub mod crash;
pub mod disks;
pub mod docker;
pub mod fetcher;
pub mod host;
pub mod hostnamed;
pub mod ids;
pub mod journal;
mod local;
pub mod machine;
mod mount_table;
pub mod mounts;
pub mod networkd;
pub mod no_appliance;
mod private_file;
pub mod prober;
pub mod rauc;
pub mod reset;
pub mod scanner;
mod settings_file;
mod shell;
pub mod ssh;
pub mod ssh_access;
pub mod systemd;
pub mod timedated;
pub mod tools;
mod unit_job;
mod unit_log;
pub mod vault;
