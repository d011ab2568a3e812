//! A network card in memory.

use super::{ApplianceError, Network};
use async_trait::async_trait;
use hearth_model::system::{LinkAddress, LinkName, LinkSettings, NetworkLink};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
struct State {
    settings: LinkSettings,
    before: Option<LinkSettings>,
}

/// Has one card, `enp1s0`, with an address from the network at first.
#[derive(Debug)]
pub struct FakeNetwork(Mutex<State>);

impl Default for FakeNetwork {
    fn default() -> Self {
        Self(Mutex::new(State {
            settings: LinkSettings::Dhcp,
            before: None,
        }))
    }
}

impl FakeNetwork {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one card's name.
fn card() -> Option<LinkName> {
    "enp1s0".parse().ok()
}

#[async_trait]
impl Network for FakeNetwork {
    async fn links(&self) -> Result<Vec<NetworkLink>, ApplianceError> {
        let settings = self.lock().settings.clone();
        let (address, source, gateways, dns) = match &settings {
            LinkSettings::Dhcp => ("10.0.2.15/24".parse().ok(), "DHCPv4", Vec::new(), Vec::new()),
            LinkSettings::Fixed { address, gateway, dns } => {
                (Some(*address), "static", gateway.iter().copied().collect(), dns.clone())
            }
        };
        let address = address.map(|address| LinkAddress {
            address,
            source: source.to_owned(),
        });
        let link = card().map(|name| NetworkLink {
            name,
            mac: Some("52:54:00:12:34:56".to_owned()),
            carrier: true,
            state: "routable".to_owned(),
            addresses: address.into_iter().collect(),
            gateways,
            dns,
            settings,
        });
        Ok(link.into_iter().collect())
    }

    async fn apply(&self, link: &LinkName, settings: &LinkSettings) -> Result<(), ApplianceError> {
        if card().as_ref() != Some(link) {
            let reason = format!("Interface {link} not found.");
            return Err(ApplianceError::refused("change its network", reason));
        }
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.settings, settings.clone());
        state.before.get_or_insert(before);
        Ok(())
    }

    async fn confirm(&self) -> Result<(), ApplianceError> {
        self.lock().before = None;
        Ok(())
    }

    async fn put_back(&self) -> Result<Vec<LinkName>, ApplianceError> {
        let mut state = self.lock();
        let Some(before) = state.before.take() else {
            return Ok(Vec::new());
        };
        state.settings = before;
        Ok(card().into_iter().collect())
    }
}
