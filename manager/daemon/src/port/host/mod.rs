//! The machine that Hearth itself runs on, as far as first boot shows it.

use hearth_model::stats::DiskSpace;
use std::{io, net::IpAddr};

mod fake;
pub use fake::FakeHost;

/// The machine that Hearth itself runs on.
pub trait Host: Send + Sync {
    /// Addresses under which others reach it: no loopback, no link-local ones.
    ///
    /// # Errors
    /// When the interfaces cannot be listed.
    fn addresses(&self) -> io::Result<Vec<IpAddr>>;

    /// Space of the file system that holds Hearth's data.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn space(&self) -> io::Result<DiskSpace>;

    /// Whether a container engine's socket can be opened.
    ///
    /// # Errors
    /// When there is one but it cannot be opened, or there is none (`NotFound`).
    fn engine(&self) -> io::Result<()>;
}
