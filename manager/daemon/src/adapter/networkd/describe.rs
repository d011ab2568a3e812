//! What networkd tells of its links, which is JSON.
//!
//! Source: systemd v257, `src/network/networkd-json.c`; what it answers was looked at.

use hearth_model::system::{Cidr, LinkAddress, LinkSettings, NetworkLink};
use serde::Deserialize;
use std::net::IpAddr;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    #[serde(default)]
    interfaces: Vec<Interface>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interface {
    name: String,
    #[serde(default, rename = "Type")]
    hardware: String,
    /// Of what is made of software: a bridge, one end of a container's cable.
    kind: Option<String>,
    hardware_address: Option<Vec<u8>>,
    #[serde(default)]
    operational_state: String,
    #[serde(default)]
    carrier_state: String,
    #[serde(default)]
    addresses: Vec<Address>,
    #[serde(default)]
    routes: Vec<Route>,
    #[serde(default, rename = "DNS")]
    dns: Vec<Address>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Address {
    address: Vec<u8>,
    #[serde(default)]
    prefix_length: u8,
    #[serde(default)]
    config_source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Route {
    destination_prefix_length: Option<u8>,
    gateway: Option<Vec<u8>>,
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// The network cards. Loopback and what containers bring are none; of one that has a name that we do not take nothing can be set.
pub(super) fn links(json: &str) -> serde_json::Result<Vec<NetworkLink>> {
    let told: Told = serde_json::from_str(json)?;
    let cards = told.interfaces.into_iter();
    let cards = cards.filter(|card| card.kind.is_none() && card.hardware == "ether");
    Ok(cards.filter_map(link).collect())
}

fn link(card: Interface) -> Option<NetworkLink> {
    let mac = card.hardware_address.map(|bytes| {
        let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(":")
    });
    let addresses = card.addresses.iter().filter_map(|told| {
        Some(LinkAddress {
            address: Cidr {
                address: ip(&told.address)?,
                prefix: told.prefix_length,
            },
            source: told.config_source.clone(),
        })
    });
    let ways = card
        .routes
        .iter()
        .filter(|route| route.destination_prefix_length == Some(0));
    let mut gateways: Vec<IpAddr> = ways.filter_map(|route| ip(route.gateway.as_deref()?)).collect();
    gateways.sort();
    gateways.dedup();
    Some(NetworkLink {
        name: card.name.parse().ok()?,
        mac,
        carrier: !matches!(card.carrier_state.as_str(), "off" | "no-carrier" | ""),
        state: card.operational_state,
        addresses: addresses.collect(),
        gateways,
        dns: card.dns.iter().filter_map(|told| ip(&told.address)).collect(),
        settings: LinkSettings::Dhcp,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_or_strange_is_passed_over() {
        let strange = r#"{"Interfaces": [
            {"Name": "enp1s0", "Type": "ether", "Addresses": [{"Address": [1, 2, 3]}], "Routes": [{}], "Unknown": {"a": 1}},
            {"Name": "a b", "Type": "ether"},
            {"Name": "docker0", "Type": "ether", "Kind": "bridge"},
            {"Name": "lo", "Type": "loopback"}
        ]}"#;
        let links = links(strange).unwrap();
        assert_eq!(links.len(), 1);
        assert!(links[0].addresses.is_empty() && !links[0].carrier && links[0].mac.is_none());
        for bad in ["", "1", "{\"Interfaces\": 1}", "{\"Interfaces\": [{}]}"] {
            assert!(super::links(bad).is_err(), "{bad}");
        }
        assert!(super::links("{}").unwrap().is_empty());
    }
}
