//! The network of the box: one suite, on the fake and on the adapter with a networkd of our own making, which does what its files say.

use super::bus::bus;
use hearth::{
    adapter::networkd::Networkd,
    port::{
        appliance::ApplianceError,
        network::{FakeNetwork, Network},
    },
};
use hearth_model::system::{LinkName, LinkSettings};
use serde_json::json;
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use zbus::{OwnedObjectPath, fdo, interface};

/// Has one card, on `FILE` of the folder or else on an address from the network.
struct Manager {
    folder: PathBuf,
    address: Option<String>,
    asked: Arc<Mutex<Vec<String>>>,
    refuses: bool,
}

#[interface(name = "org.freedesktop.network1.Manager")]
impl Manager {
    fn get_link_by_name(&self, name: String) -> fdo::Result<(i32, OwnedObjectPath)> {
        match name.as_str() {
            "enp1s0" => Ok((2, "/org/freedesktop/network1/link/_32".try_into().unwrap())),
            _ => Err(fdo::Error::Failed(format!("Link {name} not known"))),
        }
    }

    fn reload(&self) -> fdo::Result<()> {
        self.asked.lock().unwrap().push("reload".to_owned());
        if self.refuses {
            return Err(fdo::Error::AccessDenied("Permission denied".to_owned()));
        }
        Ok(())
    }

    fn reconfigure_link(&mut self, ifindex: i32) {
        self.asked.lock().unwrap().push(format!("reconfigure {ifindex}"));
        let file = fs::read_to_string(self.folder.join("50-hearth-enp1s0.network")).unwrap_or_default();
        self.address = file
            .lines()
            .find_map(|line| line.strip_prefix("Address=").map(str::to_owned));
    }

    /// As systemd 257 answers, with what is of no use here left out.
    fn describe(&self) -> String {
        let (address, source) = match &self.address {
            Some(address) => (address.as_str(), "static"),
            None => ("10.0.2.15/24", "DHCPv4"),
        };
        let (address, prefix) = address.split_once('/').unwrap();
        let bytes: Vec<u8> = address.split('.').map(|part| part.parse().unwrap()).collect();
        json!({"Interfaces": [
            {"Index": 1, "Name": "lo", "Type": "loopback", "CarrierState": "carrier", "OperationalState": "carrier",
             "Addresses": [{"Family": 2, "Address": [127, 0, 0, 1], "PrefixLength": 8, "ConfigSource": "foreign"}]},
            {"Index": 3, "Name": "docker0", "Kind": "bridge", "Type": "ether", "OperationalState": "no-carrier"},
            {"Index": 2, "Name": "enp1s0", "Type": "ether", "Driver": "virtio_net", "MTU": 1500,
             "HardwareAddress": [82, 84, 0, 18, 52, 86], "CarrierState": "carrier", "OperationalState": "routable",
             "DNS": [{"Family": 2, "Address": [10, 0, 2, 3], "ConfigSource": "DHCPv4"}],
             "Addresses": [{"Family": 2, "Address": bytes, "PrefixLength": prefix.parse::<u8>().unwrap(), "ConfigSource": source}],
             "Routes": [
                {"Family": 2, "Destination": [0, 0, 0, 0], "DestinationPrefixLength": 0, "Gateway": [10, 0, 2, 2]},
                {"Family": 2, "Destination": [10, 0, 2, 0], "DestinationPrefixLength": 24}]}
        ]})
        .to_string()
    }
}

fn card() -> LinkName {
    "enp1s0".parse().unwrap()
}

fn fixed(address: &str) -> LinkSettings {
    LinkSettings::Fixed {
        address: address.parse().unwrap(),
        gateway: Some("10.0.2.2".parse().unwrap()),
        dns: vec!["10.0.2.3".parse().unwrap()],
    }
}

/// Address, where from, and what was chosen.
async fn now(network: &dyn Network) -> (String, String, LinkSettings) {
    let mut links = network.links().await.unwrap();
    assert_eq!(links.len(), 1, "cards alone");
    let link = links.remove(0);
    assert_eq!(
        (link.name, link.carrier, link.state.as_str()),
        (card(), true, "routable")
    );
    let told = &link.addresses[0];
    (told.address.to_string(), told.source.clone(), link.settings)
}

async fn conforms(network: &dyn Network) {
    let dhcp = ("10.0.2.15/24".to_owned(), "DHCPv4".to_owned(), LinkSettings::Dhcp);
    let (first, second) = (fixed("10.0.2.20/24"), fixed("10.0.2.30/24"));
    let on = |settings: &LinkSettings, address: &str| (address.to_owned(), "static".to_owned(), settings.clone());
    assert_eq!(now(network).await, dhcp);
    assert_eq!(network.put_back().await.unwrap(), []);

    network.apply(&card(), &first).await.unwrap();
    assert_eq!(now(network).await, on(&first, "10.0.2.20/24"));
    assert_eq!(network.put_back().await.unwrap(), [card()]);
    assert_eq!(now(network).await, dhcp);
    assert_eq!(network.put_back().await.unwrap(), [], "once is enough");

    network.apply(&card(), &first).await.unwrap();
    network.confirm().await.unwrap();
    assert_eq!(network.put_back().await.unwrap(), []);
    assert_eq!(now(network).await, on(&first, "10.0.2.20/24"));

    network.apply(&card(), &second).await.unwrap();
    network.put_back().await.unwrap();
    assert_eq!(now(network).await, on(&first, "10.0.2.20/24"));
    network.apply(&card(), &LinkSettings::Dhcp).await.unwrap();
    network.confirm().await.unwrap();
    assert_eq!(now(network).await, dhcp);

    let absent = network.apply(&"enp9s9".parse().unwrap(), &first).await;
    assert!(matches!(absent, Err(ApplianceError::Refused { .. })), "{absent:?}");
    assert_eq!(network.put_back().await.unwrap(), [], "nothing was begun");
}

#[tokio::test]
async fn the_fake() {
    conforms(&FakeNetwork::default()).await;
}

#[tokio::test]
async fn networkd() {
    let (dir, asked) = (tempfile::tempdir().unwrap(), Arc::new(Mutex::default()));
    let manager = Manager {
        folder: dir.path().to_owned(),
        address: None,
        asked: Arc::clone(&asked),
        refuses: false,
    };
    let (bus, _server) = bus(|server| server.serve_at("/org/freedesktop/network1", manager)).await;
    let network = Networkd::new(bus, dir.path().to_owned());
    conforms(&network).await;
    assert_eq!(asked.lock().unwrap()[..2], ["reload", "reconfigure 2"], "in this order");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left over");
    let link = network.links().await.unwrap().remove(0);
    assert_eq!(link.mac.as_deref(), Some("52:54:00:12:34:56"));
    assert_eq!(link.gateways, ["10.0.2.2".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(link.dns, ["10.0.2.3".parse::<std::net::IpAddr>().unwrap()]);
}

#[tokio::test]
async fn a_card_that_was_unplugged_does_not_stand_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let manager = Manager {
        folder: dir.path().to_owned(),
        address: None,
        asked: Arc::default(),
        refuses: false,
    };
    let (bus, _server) = bus(|server| server.serve_at("/org/freedesktop/network1", manager)).await;
    let network = Networkd::new(bus, dir.path().to_owned());
    for ending in ["before", "network"] {
        std::fs::write(dir.path().join(format!("50-hearth-enp9s9.{ending}")), "").unwrap();
    }
    assert_eq!(network.put_back().await.unwrap(), ["enp9s9".parse().unwrap()]);
    assert!(!dir.path().join("50-hearth-enp9s9.network").exists());
    assert_eq!(network.put_back().await.unwrap(), []);
}

#[tokio::test]
async fn what_cannot_be_reloaded_stays_to_be_put_back() {
    let dir = tempfile::tempdir().unwrap();
    let manager = Manager {
        folder: dir.path().to_owned(),
        address: None,
        asked: Arc::default(),
        refuses: true,
    };
    let (bus, _server) = bus(|server| server.serve_at("/org/freedesktop/network1", manager)).await;
    let network = Networkd::new(bus, dir.path().to_owned());
    let refused = ApplianceError::refused("set its network up anew", "Permission denied");
    assert_eq!(
        network.apply(&card(), &fixed("10.0.2.20/24")).await,
        Err(refused.clone())
    );
    assert_eq!(network.put_back().await, Err(refused));
    assert!(
        !dir.path().join("50-hearth-enp1s0.network").exists(),
        "the file is as it was"
    );
    assert!(
        dir.path().join("50-hearth-enp1s0.before").exists(),
        "and is tried again"
    );
}
