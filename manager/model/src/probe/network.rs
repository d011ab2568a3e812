//! Interfaces that lead out, their traffic, and the ports on which something listens.

use super::sections::{Sections, clean};
use crate::facts::Interface;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv6Addr},
};

/// Most interfaces that are kept of one machine.
const MAX_INTERFACES: usize = 64;
/// Most addresses that are kept of one interface.
const MAX_ADDRESSES: usize = 16;

/// Names of interfaces that container engines, hypervisors and the kernel make for themselves.
const INNER: [&str; 27] = [
    "lo", "docker", "veth", "br-", "virbr", "vnet", "tap", "cni", "flannel", "cali", "podman", "lxcbr", "lxdbr",
    "incusbr", "ifb", "dummy", "sit", "ip6tnl", "tunl", "gre", "erspan", "ip_vti", "ip6_vti", "ip6gre", "teql", "fwbr",
    "fwpr",
];

/// Names of interfaces that lie on others, whose traffic is counted there already.
const UPPER: [&str; 10] = [
    "br",
    "vmbr",
    "bond",
    "team",
    "wg",
    "tun",
    "tailscale",
    "zt",
    "macvlan",
    "vlan",
];

/// Whether an interface leads out of the machine.
fn leads_out(name: &str) -> bool {
    !name.is_empty() && !INNER.iter().any(|inner| name.starts_with(inner))
}

/// Whether its traffic is to be counted: it leads out and lies on no other.
fn carries(name: &str) -> bool {
    leads_out(name) && !name.contains('.') && !UPPER.iter().any(|upper| name.starts_with(upper))
}

/// The interfaces that lead out, by name.
pub(super) fn interfaces(sections: &Sections) -> Vec<Interface> {
    let mut found: BTreeMap<String, Interface> = BTreeMap::new();
    for line in sections.lines("links") {
        let mut words = line.split_whitespace();
        let Some(name) = words.next().map(clean).filter(|name| leads_out(name)) else {
            continue;
        };
        if found.len() == MAX_INTERFACES {
            break;
        }
        let mac = words.next().filter(|mac| is_mac(mac)).map(str::to_ascii_lowercase);
        // -1 and 4294967295 stand for "not known".
        let speed_mbps = words
            .next()
            .and_then(|speed| speed.parse().ok())
            .filter(|speed| (1..u32::MAX).contains(speed));
        let interface = Interface {
            name: name.clone(),
            mac,
            addresses: Vec::new(),
            speed_mbps,
        };
        found.insert(name, interface);
    }
    let told = sections.lines("addresses").filter_map(address);
    let counted = sections.lines("if_inet6").filter_map(inet6);
    for (name, address) in told.chain(counted) {
        let Some(interface) = found.get_mut(name) else { continue };
        let known = &mut interface.addresses;
        if known.len() < MAX_ADDRESSES && !known.contains(&address) {
            known.push(address);
        }
    }
    found.into_values().collect()
}

fn is_mac(text: &str) -> bool {
    let pair = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
    text != "00:00:00:00:00:00" && text.split(':').count() == 6 && text.split(':').all(pair)
}

/// A line of `ip -o addr`: `2: eth0    inet 192.168.1.20/24 brd …`.
fn address(line: &str) -> Option<(&str, IpAddr)> {
    let mut words = line.split_whitespace().skip(1);
    let name = words.next()?;
    let family = words.next()?;
    let address = words.next()?.split('/').next()?.parse().ok()?;
    // An interface on another (eth0.10@eth0, eth0@if5) is known by what stands before the @.
    let name = name.split('@').next().unwrap_or(name);
    family.starts_with("inet").then_some((name, address))
}

/// A line of `/proc/net/if_inet6`: the address in hexadecimal digits first, the interface last.
fn inet6(line: &str) -> Option<(&str, IpAddr)> {
    let mut words = line.split_whitespace();
    let address = words.next().filter(|digits| digits.len() == 32)?;
    let bits = u128::from_str_radix(address, 16).ok()?;
    Some((words.nth(4)?, IpAddr::V6(Ipv6Addr::from(bits))))
}

/// Bytes received and sent on interfaces that lead out, from `/proc/net/dev`.
pub(super) fn traffic(sections: &Sections) -> (u64, u64) {
    let mut sum = (0u64, 0u64);
    for line in sections.lines("dev") {
        let Some((name, counters)) = line.split_once(':') else {
            continue;
        };
        if !carries(name.trim()) {
            continue;
        }
        let mut counters = counters.split_whitespace().map(|word| word.parse::<u64>().ok());
        // Eight counters of what was received, then eight of what was sent; bytes come first in both.
        if let (Some(Some(received)), Some(Some(sent))) = (counters.next(), counters.nth(7)) {
            sum = (sum.0.saturating_add(received), sum.1.saturating_add(sent));
        }
    }
    sum
}

/// Ports on which something listens, TCP and UDP, on whatever address: a port that is taken on one cannot be published on all.
pub(super) fn listening(sections: &Sections) -> BTreeSet<u16> {
    let lines = sections.lines("tcp").chain(sections.lines("udp"));
    lines.filter_map(local_port).filter(|port| *port != 0).collect()
}

/// The local port in a line of `/proc/net/tcp`: `0: 0100007F:1F90 00000000:0000 0A …`.
fn local_port(line: &str) -> Option<u16> {
    let (_, port) = line.split_whitespace().nth(1)?.rsplit_once(':')?;
    u16::from_str_radix(port, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_interfaces_do_not_lead_out() {
        for name in ["lo", "docker0", "veth3f2a", "br-5a6b7c", "virbr0", "ifb0"] {
            assert!(!leads_out(name), "{name}");
        }
        for name in [
            "eth0",
            "enp3s0",
            "wlan0",
            "end0",
            "br0",
            "vmbr0",
            "bond0",
            "eth0.10",
            "tailscale0",
        ] {
            assert!(leads_out(name), "{name}");
        }
        for name in ["br0", "vmbr0", "bond0", "eth0.10", "tailscale0", "docker0"] {
            assert!(!carries(name), "{name}: counted on what it lies on");
        }
        assert!(carries("eth0") && carries("wlan0"));
    }

    #[test]
    fn lines_of_the_kernel() {
        assert_eq!(local_port("0: 0100007F:1F90 00000000:0000 0A 0"), Some(8080));
        assert_eq!(local_port("1: 00000000000000000000000000000000:0016 0:0 0A"), Some(22));
        assert_eq!(local_port("garbage"), None);
        assert_eq!(
            inet6("fe8000000000000000fc00fffe000001 04 40 20 80     eth0"),
            Some(("eth0", "fe80::fc:ff:fe00:1".parse().expect("an address")))
        );
        assert_eq!(
            address(r"4: eth0.10@eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\ "),
            Some(("eth0.10", "192.0.2.2".parse().expect("an address")))
        );
    }
}
