//! The machine that Hearth itself runs on, asked through the kernel.

use crate::port::{containers::DEFAULT_SOCKET, host::Host};
use hearth_model::{stats::DiskSpace, units::Bytes};
use nix::{ifaddrs::getifaddrs, net::if_::InterfaceFlags, sys::statvfs::statvfs};
use std::{io, net::IpAddr, os::unix::net::UnixStream, path::PathBuf};

/// The machine that this process runs on.
#[derive(Debug, Clone)]
pub struct KernelHost {
    data: PathBuf,
}

impl KernelHost {
    /// The machine with Hearth's data in the folder `data`.
    #[must_use]
    pub fn new(data: PathBuf) -> Self {
        Self { data }
    }
}

/// Whether others can reach it: link-local addresses need an interface beside them, which a browser cannot be given.
fn reachable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    }
}

impl Host for KernelHost {
    fn addresses(&self) -> io::Result<Vec<IpAddr>> {
        let mut addresses: Vec<IpAddr> = getifaddrs()?
            .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_RUNNING))
            .filter_map(|interface| {
                let address = interface.address?;
                let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
                v4.or_else(|| address.as_sockaddr_in6().map(|a| IpAddr::V6(a.ip())))
            })
            .filter(reachable)
            .collect();
        addresses.sort();
        addresses.dedup();
        Ok(addresses)
    }

    fn space(&self) -> io::Result<DiskSpace> {
        let fs = statvfs(&self.data)?;
        let block = fs.fragment_size();
        Ok(DiskSpace {
            total: Bytes(fs.blocks() * block),
            free: Bytes(fs.blocks_available() * block),
        })
    }

    fn engine(&self) -> io::Result<()> {
        UnixStream::connect(DEFAULT_SOCKET).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_of_a_real_folder() -> io::Result<()> {
        let space = KernelHost::new(std::env::temp_dir()).space()?;
        assert!(space.total >= space.free && space.total.0 > 0);
        assert!(KernelHost::new("/nowhere/at/all".into()).space().is_err());
        Ok(())
    }

    #[test]
    fn loopback_is_no_address_for_others() -> io::Result<()> {
        let addresses = KernelHost::new(std::env::temp_dir()).addresses()?;
        assert!(addresses.iter().all(|address| !address.is_loopback()));
        Ok(())
    }
}
