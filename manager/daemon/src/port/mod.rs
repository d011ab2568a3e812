//! Ports: a trait for each outside thing, each with its fake beside it.
//!
//! The engine knows only these. The real things stand in `adapter` under the same name, and one
//! conformance suite a trait runs on the fake and on the real thing (`tests/conformance`).

pub mod appliance;
pub mod clock;
pub mod compose;
pub mod containers;
pub mod crash;
pub mod disks;
pub mod fetcher;
pub mod host;
pub mod host_names;
pub mod ids;
pub mod journal;
pub mod machine;
pub mod mounts;
pub mod network;
pub mod prober;
pub mod reset;
pub mod scanner;
pub mod session;
pub mod ssh_access;
pub mod time_settings;
pub mod tools;
pub mod units;
pub mod updater;
pub mod vault;
