//! The web floor, request by request.

mod accounts;
mod appliance;
mod bad_input;
mod disks;
mod events;
mod forms;
mod incidents;
mod network;
mod once;
mod openapi;
mod security;
mod server;
mod ssh;
mod support;
