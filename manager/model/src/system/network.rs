//! The network of the box: its links as they are, and what a person chose for each.

use super::cidr::{Cidr, is_of_a_machine};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};
use utoipa::ToSchema;

/// Most DNS servers that may be named: more are not asked (resolv.conf(5)).
pub const MOST_DNS: usize = 3;

/// Name of a network link, such as `enp1s0`. It ends in the name of a file and in a pattern, so it is narrower than the kernel's.
///
/// Source: the kernel's IFNAMSIZ (linux/if.h): at most 15 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,14}$", example = "enp1s0")]
pub struct LinkName(String);

/// Why a text is no [`LinkName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a network link; use one such as enp1s0")]
pub struct LinkNameError(String);

impl LinkName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkName {
    type Err = LinkNameError;
    fn from_str(text: &str) -> Result<Self, LinkNameError> {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if (1..=15).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('.') {
            Ok(Self(text.to_owned()))
        } else {
            Err(LinkNameError(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for LinkName {
    type Error = LinkNameError;
    fn try_from(text: String) -> Result<Self, LinkNameError> {
        text.parse()
    }
}

impl From<LinkName> for String {
    fn from(name: LinkName) -> Self {
        name.0
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where a link has its address from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "mode")]
pub enum LinkSettings {
    /// From the network.
    Dhcp,
    /// Fixed.
    Fixed {
        /// Its address.
        #[schema(value_type = String, example = "192.168.1.5/24")]
        address: Cidr,
        /// The way to all other networks.
        #[schema(value_type = Option<String>)]
        gateway: Option<IpAddr>,
        /// Who is asked for names.
        #[schema(value_type = Vec<String>)]
        dns: Vec<IpAddr>,
    },
}

/// What is wrong with settings, by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingsFault {
    /// The field: `address`, `gateway` or `dns`.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: &'static str,
}

impl LinkSettings {
    /// What is wrong with them; nothing when they can work.
    #[must_use]
    pub fn faults(&self) -> Vec<SettingsFault> {
        let Self::Fixed { address, gateway, dns } = self else {
            return Vec::new();
        };
        let fault = |wrong: bool, field, message| wrong.then_some(SettingsFault { field, message });
        let outside = gateway.is_some_and(|gateway| !address.reaches(gateway));
        let own = *gateway == Some(address.address);
        let strange = dns.iter().any(|server| !is_of_a_machine(*server));
        let faults = [
            fault(
                !address.is_of_one_machine(),
                "address",
                "is not an address that a machine can have in its network",
            ),
            fault(outside, "gateway", "is not in the network of the address"),
            fault(own, "gateway", "is the address of this box itself"),
            fault(dns.len() > MOST_DNS, "dns", "name at most 3 servers"),
            fault(strange, "dns", "is not the address of a server"),
        ];
        faults.into_iter().flatten().collect()
    }

    /// The file of systemd-networkd that makes it so; none where the image's own does.
    ///
    /// Source: systemd.network(5).
    #[must_use]
    pub fn file(&self, link: &LinkName) -> Option<String> {
        let Self::Fixed { address, gateway, dns } = self else {
            return None;
        };
        let mut lines = vec![
            "# Written by Hearth: change it in the pages.".to_owned(),
            "[Match]".to_owned(),
            format!("Name={link}"),
            String::new(),
            "[Network]".to_owned(),
            "DHCP=no".to_owned(),
            "IPv6AcceptRA=yes".to_owned(),
            format!("Address={address}"),
        ];
        lines.extend(gateway.map(|gateway| format!("Gateway={gateway}")));
        lines.extend(dns.iter().map(|server| format!("DNS={server}")));
        Some(lines.join("\n") + "\n")
    }

    /// What such a file says; without one, or with one that says nothing of it, the address is the network's.
    #[must_use]
    pub fn of_file(file: Option<&str>) -> Self {
        let values = |key: &'static str| {
            let lines = file.unwrap_or_default().lines();
            lines.filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='))
        };
        match values("Address").find_map(|value| value.parse().ok()) {
            Some(address) => Self::Fixed {
                address,
                gateway: values("Gateway").find_map(|value| value.parse().ok()),
                dns: values("DNS").filter_map(|value| value.parse().ok()).collect(),
            },
            None => Self::Dhcp,
        }
    }
}

impl fmt::Display for LinkSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dhcp => f.write_str("address from the network"),
            Self::Fixed { address, gateway, .. } => {
                write!(f, "fixed address {address}")?;
                gateway.map_or(Ok(()), |gateway| write!(f, " by {gateway}"))
            }
        }
    }
}

/// An address of a link, and where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkAddress {
    /// The address.
    #[schema(value_type = String, example = "192.168.1.5/24")]
    pub address: Cidr,
    /// Where from, in systemd's words: `DHCPv4`, `static`, `NDisc`, `foreign`.
    pub source: String,
}

/// A network card of the box, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NetworkLink {
    /// Name.
    pub name: LinkName,
    /// Hardware address.
    pub mac: Option<String>,
    /// Whether something is plugged in.
    pub carrier: bool,
    /// How far it is, in systemd's words: `routable`, `degraded`, `no-carrier`, `off`.
    pub state: String,
    /// Its addresses.
    pub addresses: Vec<LinkAddress>,
    /// The ways to all other networks.
    #[schema(value_type = Vec<String>)]
    pub gateways: Vec<IpAddr>,
    /// Who is asked for names.
    #[schema(value_type = Vec<String>)]
    pub dns: Vec<IpAddr>,
    /// What was chosen.
    pub settings: LinkSettings,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fixed(address: &str, gateway: Option<&str>, dns: &[&str]) -> LinkSettings {
        LinkSettings::Fixed {
            address: address.parse().unwrap(),
            gateway: gateway.map(|gateway| gateway.parse().unwrap()),
            dns: dns.iter().map(|server| server.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn the_file_of_a_fixed_address() {
        let settings = fixed("192.168.1.5/24", Some("192.168.1.1"), &["192.168.1.1", "2620:fe::fe"]);
        let file = settings.file(&"enp1s0".parse().unwrap()).unwrap();
        assert_eq!(
            file,
            "# Written by Hearth: change it in the pages.\n[Match]\nName=enp1s0\n\n[Network]\nDHCP=no\nIPv6AcceptRA=yes\n\
             Address=192.168.1.5/24\nGateway=192.168.1.1\nDNS=192.168.1.1\nDNS=2620:fe::fe\n"
        );
        assert_eq!(LinkSettings::of_file(Some(&file)), settings);
        assert_eq!(LinkSettings::Dhcp.file(&"eth0".parse().unwrap()), None);
        for none in [
            None,
            Some(""),
            Some("[Network]\nDHCP=yes\n"),
            Some("Address=nonsense\n"),
        ] {
            assert_eq!(LinkSettings::of_file(none), LinkSettings::Dhcp);
        }
    }

    #[test]
    fn what_cannot_work_is_named() {
        let fields = |settings: &LinkSettings| settings.faults().iter().map(|fault| fault.field).collect::<Vec<_>>();
        for good in [
            fixed("192.168.1.5/24", Some("192.168.1.1"), &["9.9.9.9"]),
            fixed("10.0.0.1/8", None, &[]),
            fixed("192.168.1.0/31", Some("192.168.1.1"), &[]),
            fixed("192.168.1.5/32", None, &[]),
            fixed("2001:db8::5/64", Some("2001:db8::1"), &["2620:fe::fe"]),
            LinkSettings::Dhcp,
        ] {
            assert_eq!(good.faults(), [], "{good}");
        }
        for address in [
            "192.168.1.0/24",
            "192.168.1.255/24",
            "127.0.0.1/8",
            "0.0.0.0/0",
            "224.0.0.1/24",
            "169.254.1.1/16",
            "255.255.255.255/32",
            "1.2.3.4/1",
            "::1/64",
            "fe80::1/64",
            "ff02::1/64",
            "::/0",
            "::ffff:1.2.3.4/96",
        ] {
            assert_eq!(fields(&fixed(address, None, &[])), ["address"], "{address}");
        }
        assert_eq!(fields(&fixed("192.168.1.5/24", Some("192.168.2.1"), &[])), ["gateway"]);
        assert_eq!(fields(&fixed("192.168.1.5/24", Some("2001:db8::1"), &[])), ["gateway"]);
        assert_eq!(fields(&fixed("192.168.1.5/24", Some("192.168.1.5"), &[])), ["gateway"]);
        assert_eq!(fields(&fixed("192.168.1.5/24", None, &["127.0.0.1"])), ["dns"]);
        assert_eq!(fields(&fixed("192.168.1.5/24", None, &["9.9.9.9"; 4])), ["dns"]);
    }

    #[test]
    fn names_and_addresses_are_nothing_else() {
        for bad in ["", "a/b", "..", "en*", "e\nf", "a b", "sixteen-letters-", "[x]"] {
            assert!(bad.parse::<LinkName>().is_err(), "{bad:?}");
        }
        for bad in [
            "192.168.1.5",
            "192.168.1.5/33",
            "192.168.1.5/+4",
            "x/24",
            "1.2.3.4/24/1",
            "::1/129",
            "/",
            "1.2.3.4/",
            "1.2.3.4/-1",
        ] {
            assert!(bad.parse::<Cidr>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}|[0-9a-f.:/]{0,40}") {
            if let Ok(cidr) = text.parse::<Cidr>() {
                let settings = LinkSettings::Fixed { address: cidr, gateway: Some(cidr.address), dns: vec![cidr.address] };
                let _ = settings.faults();
                prop_assert!(cidr.reaches(cidr.address));
                prop_assert_eq!(cidr.to_string().parse::<Cidr>(), Ok(cidr));
            }
            let _ = LinkSettings::of_file(Some(&text));
            if let Ok(name) = text.parse::<LinkName>() {
                prop_assert!(!name.as_str().contains(['/', '*', '\n', ' ']));
            }
        }

        #[test]
        fn a_file_says_what_was_chosen(host in 1u8..=254, other in 1u8..=254, servers in proptest::collection::vec(any::<u32>(), 0..3)) {
            let settings = LinkSettings::Fixed {
                address: format!("10.1.2.{host}/24").parse().unwrap(),
                gateway: (host != other).then(|| format!("10.1.2.{other}").parse().unwrap()),
                dns: servers.into_iter().map(|bits| IpAddr::V4(bits.into())).collect(),
            };
            let file = settings.file(&"eth0".parse().unwrap());
            prop_assert_eq!(LinkSettings::of_file(file.as_deref()), settings);
        }
    }
}
