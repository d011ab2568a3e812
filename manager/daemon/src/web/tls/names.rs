//! The names and addresses under which the box answers.

use hearth_model::name::is_host_name;
use nix::{ifaddrs, net::if_::InterfaceFlags, sys::socket::SockaddrStorage, unistd};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Interfaces that engines make for their containers: nobody reaches the box there, and they come and go.
const INNER: [&str; 7] = ["docker", "br-", "veth", "virbr", "cni", "podman", "flannel"];

/// The names and addresses under which the box answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Host names.
    pub dns: BTreeSet<String>,
    /// Addresses.
    pub ip: BTreeSet<IpAddr>,
}

impl Names {
    /// Those of this machine, and those that follow from the name that a person gave it and the one that it is found by.
    #[must_use]
    pub fn of_this_machine(box_names: &[&str]) -> Self {
        let host = unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        Self::new(host.as_deref(), box_names, interface_addresses())
    }

    fn new(host: Option<&str>, box_names: &[&str], addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let mut dns = BTreeSet::from(["localhost".to_owned(), "hearth.local".to_owned()]);
        for name in host.into_iter().chain(box_names.iter().copied()) {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            if is_host_name(&name) {
                if let Some((label, _)) = name.split_once('.') {
                    dns.insert(format!("{label}.local"));
                } else {
                    dns.insert(format!("{name}.local"));
                }
                dns.insert(name);
            }
        }
        let mut ip = BTreeSet::from([IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
        ip.extend(addresses);
        Self { dns, ip }
    }

    /// Whether a certificate for `self` does for `wanted` too. A new IPv6 address alone is no reason for a new
    /// certificate: machines change them daily (RFC 8981).
    #[must_use]
    pub fn covers(&self, wanted: &Self) -> bool {
        wanted.dns.is_subset(&self.dns)
            && wanted
                .ip
                .iter()
                .all(|address| address.is_ipv6() || self.ip.contains(address))
    }
}

fn interface_addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = ifaddrs::getifaddrs() else {
        return Vec::new();
    };
    interfaces
        .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter(|interface| !INNER.iter().any(|inner| interface.interface_name.starts_with(inner)))
        .filter_map(|interface| address(&interface.address?))
        .filter(|address| match address {
            IpAddr::V4(v4) => !v4.is_link_local() && !v4.is_unspecified(),
            IpAddr::V6(v6) => !v6.is_unicast_link_local() && !v6.is_unspecified(),
        })
        .collect()
}

fn address(storage: &SockaddrStorage) -> Option<IpAddr> {
    if let Some(v4) = storage.as_sockaddr_in() {
        return Some(IpAddr::V4(v4.ip()));
    }
    storage.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_the_host_and_the_box() {
        let names = Names::new(Some("Pi.lan"), &["home"], ["192.168.1.5".parse().unwrap()]);
        let dns: Vec<&str> = names.dns.iter().map(String::as_str).collect();
        assert_eq!(
            dns,
            ["hearth.local", "home", "home.local", "localhost", "pi.lan", "pi.local"]
        );
        assert!(names.ip.contains(&"192.168.1.5".parse().unwrap()) && names.ip.len() == 3);
        assert!(!Names::new(Some("bad_name;"), &["home"], []).dns.contains("bad_name;"));
    }

    #[test]
    fn a_new_ipv4_address_is_not_covered_a_new_ipv6_address_is() {
        let old = Names::new(None, &["home"], []);
        assert!(old.covers(&Names::new(None, &["home"], ["2001:db8::1".parse().unwrap()])));
        assert!(!old.covers(&Names::new(None, &["home"], ["10.0.0.1".parse().unwrap()])));
        assert!(!old.covers(&Names::new(Some("pi"), &["home"], [])));
    }

    #[test]
    fn this_machine_has_names() {
        assert!(Names::of_this_machine(&["home"]).dns.contains("home.local"));
    }
}
