//! Machines that exist in memory: files, scripted programs, and every fault a network or a disk can have.
//!
//! A [`FakeMachine`] is what stands in the cellar, a `FakeSession` is one connection to it, a
//! [`FakeConnector`] is the network. Faults are switched on the machine, so that a test reads like what
//! happened: `machine.cut()`, `machine.fill_disk()`.

mod connector;
mod machine;
mod session;

pub use connector::FakeConnector;
pub use machine::{FakeFile, FakeMachine};
pub use session::FakeSession;
