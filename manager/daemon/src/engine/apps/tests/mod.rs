//! Apps from wish to removal, on machines in memory.

mod deploy;
mod kill;
mod lab;
mod live;
mod machines;
mod watch;
