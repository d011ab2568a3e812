//! Container engines that exist in memory, one a machine, shared by the fake of Compose.
//!
//! [`FakeEngines`] finds the engine of a session by the machine's host name, so that engine and session
//! fail together when a link is cut.

mod engine;
mod serve;

pub(in crate::port) use engine::event;
pub use engine::{EngineState, FakeEngine};
pub use serve::{FakeContainers, FakeEngines};
