//! The pure core of Hearth: the words of the domain as types, and every decision that needs no I/O.
//!
//! Nothing here knows of tokio, SQLite, SSH or HTTP; time and chance come in as arguments. What this
//! crate decides can therefore be tested in milliseconds and shown to a person before it is done.

pub mod account;
pub mod app;
pub mod event;
pub mod facts;
pub mod fault;
pub mod id;
pub mod incident;
pub mod job;
pub mod name;
pub mod node;
pub mod placement;
pub mod plan;
pub mod probe;
pub mod recipe;
pub mod resources;
pub mod stats;
pub mod system;
pub mod units;
pub mod update;
