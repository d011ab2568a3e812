//! Reconcilers: each wakes by timer or event, compares what is wanted with what is, and does or begins what is missing.

pub mod apps;
pub mod identity;
pub mod mounts;
pub mod network;
pub mod poll;
pub mod series;
pub mod updates;
