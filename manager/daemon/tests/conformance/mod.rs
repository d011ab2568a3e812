//! One suite a port, run on the fake and on the real thing.
//!
//! What runs everywhere: the fakes, and this machine itself. What needs more is ignored unless it is
//! asked for (`cargo test --test main -- --include-ignored`), and says what it needs:
//! - OpenSSH's `sshd` and root: the suite starts one on loopback;
//! - systemd's `systemd-journald` and root: the suite starts one in a mount namespace of its own;
//! - a test node (`HEARTH_TEST_NODE=10.77.0.11`, see `tests/fleet`): users root, ada and bob.

mod bus;
mod disks;
mod engine;
mod host_names;
mod journal;
mod local;
mod mounts;
mod network;
mod proxy;
mod rig;
mod session;
mod ssh_access;
mod sshd;
mod time_settings;
mod units;
mod updater;
