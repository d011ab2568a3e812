//! A machine on which all is well, unless it is told otherwise.

use super::Host;
use hearth_model::{stats::DiskSpace, units::Bytes};
use std::{
    io,
    net::{IpAddr, Ipv4Addr},
};

/// A made-up machine.
#[derive(Debug, Clone)]
pub struct FakeHost {
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Its space.
    pub space: DiskSpace,
    /// Why its engine cannot be opened; none when it can.
    pub engine: Option<io::ErrorKind>,
}

impl Default for FakeHost {
    fn default() -> Self {
        Self {
            addresses: vec![IpAddr::V4(Ipv4Addr::new(192, 168, 1, 10))],
            space: DiskSpace {
                total: Bytes::gib(32),
                free: Bytes::gib(24),
            },
            engine: None,
        }
    }
}

impl Host for FakeHost {
    fn addresses(&self) -> io::Result<Vec<IpAddr>> {
        Ok(self.addresses.clone())
    }

    fn space(&self) -> io::Result<DiskSpace> {
        Ok(self.space)
    }

    fn engine(&self) -> io::Result<()> {
        self.engine.map_or(Ok(()), |kind| Err(kind.into()))
    }
}
