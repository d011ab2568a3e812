//! What tests share: a manager over fake ports and a store of its own, and a client that speaks to its router.

mod client;
mod manager;
pub(crate) mod network;

pub(crate) use client::{Answer, Client};
pub(crate) use manager::{Manager, PASSWORD};
