//! Hearth: the control node of a homelab.
//!
//! The floors, from the ground up: `port` (a trait for each outside thing) < `store` and `adapter`
//! (blind to each other) < `engine` (use cases; knows ports and store, never an adapter) < `web` and
//! `cli` < `wire`, which alone builds real adapters. `cargo xtask floors` fails on an arrow that climbs.

pub mod adapter;
pub mod cli;
pub mod config;
pub mod engine;
pub mod port;
pub mod store;
pub mod unverified;
pub mod web;
pub mod wire;
