//! An address with the length of its network's prefix.

use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};

/// An address with the length of its network's prefix, such as `192.168.1.5/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr {
    /// The address.
    pub address: IpAddr,
    /// Bits of the network, 0 to 32, or 128 for IPv6.
    pub prefix: u8,
}

/// Why a text is no [`Cidr`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address with its prefix, such as 192.168.1.5/24")]
pub struct CidrError(String);

impl FromStr for Cidr {
    type Err = CidrError;
    fn from_str(text: &str) -> Result<Self, CidrError> {
        let read = || {
            let (address, prefix) = text.split_once('/')?;
            let address: IpAddr = address.parse().ok()?;
            let digits = prefix.bytes().all(|b| b.is_ascii_digit());
            let prefix: u8 = prefix.parse().ok().filter(|_| digits)?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            (prefix <= most).then_some(Self { address, prefix })
        };
        read().ok_or_else(|| CidrError(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for Cidr {
    type Error = CidrError;
    fn try_from(text: String) -> Result<Self, CidrError> {
        text.parse()
    }
}

impl From<Cidr> for String {
    fn from(cidr: Cidr) -> Self {
        cidr.to_string()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Cidr {
    fn bits(address: IpAddr) -> u128 {
        match address {
            // At the top, so that a prefix means the same for both.
            IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
            IpAddr::V6(v6) => v6.to_bits(),
        }
    }

    /// Whether an address is in the same network.
    #[must_use]
    pub fn reaches(&self, other: IpAddr) -> bool {
        let differs = Self::bits(self.address) ^ Self::bits(other);
        self.address.is_ipv4() == other.is_ipv4() && differs.checked_shr(128 - u32::from(self.prefix)).unwrap_or(0) == 0
    }

    /// Whether it is the address of one machine, not of a whole network, of all in it, or of something else.
    #[must_use]
    pub fn is_of_one_machine(&self) -> bool {
        if !is_of_a_machine(self.address) {
            return false;
        }
        match self.address {
            IpAddr::V4(v4) => {
                let hosts = u32::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
                let host = v4.to_bits() & hosts;
                // Two addresses or one are too few for names of the network and of all (RFC 3021).
                self.prefix >= 8 && (hosts <= 1 || (host != 0 && host != hosts))
            }
            IpAddr::V6(_) => self.prefix >= 16,
        }
    }
}

/// Whether it can be the address of a machine in a network.
pub(super) fn is_of_a_machine(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, ..] = v4.octets();
            !v4.is_loopback() && !v4.is_multicast() && !v4.is_link_local() && first != 0 && first < 240
        }
        IpAddr::V6(v6) => {
            !v6.is_loopback()
                && !v6.is_multicast()
                && !v6.is_unicast_link_local()
                && !v6.is_unspecified()
                && v6.to_ipv4_mapped().is_none()
        }
    }
}
