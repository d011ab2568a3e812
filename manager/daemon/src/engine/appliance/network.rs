//! The network of the box. A change that nobody confirms within a minute is taken back: who made it may not reach the box any more.
//!
//! What was before lies on the disk beside it (`port::network`), so that a manager that ends in that minute, however it ends, takes the
//! change back when it starts.

use super::{Records, refused};
use crate::{
    engine::{Error, FieldError, Result},
    port::{appliance::ApplianceError, network::Network},
};
use hearth_model::{
    account::Actor,
    system::{Cidr, LinkName, LinkSettings, NetworkLink, SettingsFault},
};
use serde::{Deserialize, Serialize};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;
use utoipa::ToSchema;

/// How long a change waits for its confirmation.
pub const TO_CONFIRM: Duration = Duration::from_secs(60);

/// Where a link is to have its address from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkMode {
    /// From the network.
    Dhcp,
    /// Fixed.
    Fixed,
}

/// What to change of a link.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkChange {
    /// Which.
    pub link: LinkName,
    /// Where it is to have its address from.
    #[schema(inline)]
    pub mode: LinkMode,
    /// The fixed address with its prefix.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "192.168.1.5/24")]
    pub address: Option<Cidr>,
    /// The way to all other networks.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub gateway: Option<IpAddr>,
    /// Who is asked for names, at most 3.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub dns: Vec<IpAddr>,
}

impl LinkChange {
    /// The settings that it means.
    ///
    /// # Errors
    /// `Invalid` when an address is missing, or given though it comes from the network.
    pub fn settings(&self) -> Result<LinkSettings> {
        let given = self.address.is_some() || self.gateway.is_some() || !self.dns.is_empty();
        match (self.mode, self.address) {
            (LinkMode::Dhcp, _) if given => {
                let text = "leave address, gateway and dns out: with mode dhcp they come from the network";
                Err(Error::field("/mode", text))
            }
            (LinkMode::Dhcp, _) => Ok(LinkSettings::Dhcp),
            (LinkMode::Fixed, Some(address)) => Ok(LinkSettings::Fixed {
                address,
                gateway: self.gateway,
                dns: self.dns.clone(),
            }),
            (LinkMode::Fixed, None) => Err(Error::field("/address", "is needed with mode fixed")),
        }
    }
}

/// A change that waits for its confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unconfirmed {
    /// Of this link.
    pub link: LinkName,
    /// What it has now.
    pub settings: LinkSettings,
    /// Seconds until it is taken back.
    pub ends_in_secs: u64,
}

/// The network of the box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NetworkState {
    /// Its network cards.
    pub items: Vec<NetworkLink>,
    /// The change that waits for its confirmation.
    pub unconfirmed: Option<Unconfirmed>,
    /// Why nothing of it can be seen or changed.
    pub unavailable: Option<String>,
}

/// A change that goes on: until when, by the monotonic clock.
#[derive(Debug, Clone)]
struct Change {
    link: LinkName,
    settings: LinkSettings,
    until: Duration,
}

/// The network of the box.
pub struct BoxNetwork {
    port: Arc<dyn Network>,
    records: Records,
    change: Mutex<Option<Change>>,
    /// One change at a time, from its first file to its end.
    turn: tokio::sync::Mutex<()>,
    begun: Notify,
    changed: Notify,
}

impl BoxNetwork {
    /// Of the box.
    #[must_use]
    pub fn new(port: Arc<dyn Network>, records: Records) -> Self {
        Self {
            port,
            records,
            change: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            begun: Notify::new(),
            changed: Notify::new(),
        }
    }

    fn change(&self) -> MutexGuard<'_, Option<Change>> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it is. That it cannot be seen is no error, and told.
    pub async fn state(&self) -> NetworkState {
        let (items, unavailable) = match self.port.links().await {
            Ok(links) => (links, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let now = self.records.clock.monotonic();
        let unconfirmed = self.change().as_ref().map(|change| Unconfirmed {
            link: change.link.clone(),
            settings: change.settings.clone(),
            ends_in_secs: change.until.saturating_sub(now).as_secs(),
        });
        NetworkState {
            items,
            unconfirmed,
            unavailable,
        }
    }

    /// Changes the settings of a link. Unless [`Self::confirm`] is called within [`TO_CONFIRM`], they are taken back.
    ///
    /// # Errors
    /// `Invalid` names the field; `NotFound` for a link that is not there; `Conflict` while another change waits, when the system refuses
    /// (the old settings are put back then), and where the box is not Hearth's.
    pub async fn set(&self, link: LinkName, settings: LinkSettings, actor: &Actor) -> Result<NetworkState> {
        let faults = settings.faults();
        if !faults.is_empty() {
            let fault = |fault: &SettingsFault| FieldError {
                pointer: format!("/{}", fault.field),
                message: fault.message.to_owned(),
            };
            return Err(Error::Invalid(faults.iter().map(fault).collect()));
        }
        let _turn = self.turn.lock().await;
        if self.change().is_some() {
            let text = "another change of the network waits for its confirmation";
            return Err(Error::Conflict(text.to_owned()));
        }
        let links = self.port.links().await.map_err(refused)?;
        if links.iter().all(|known| known.name != link) {
            return Err(Error::not_found("network link", link));
        }
        // Before it is done: it may be the last that is heard of the box for a minute.
        let detail = format!("{link}: {settings}");
        self.records.write(actor, "box.network", detail, |_| Ok(())).await?;
        // Before it is done, too: from here on it is taken back, whatever becomes of this request.
        *self.change() = Some(Change {
            link: link.clone(),
            settings: settings.clone(),
            until: self.records.clock.monotonic() + TO_CONFIRM,
        });
        self.begun.notify_one();
        if let Err(error) = self.port.apply(&link, &settings).await {
            self.take_back().await;
            return Err(refused(error));
        }
        Ok(self.state().await)
    }

    /// Keeps the change that waits.
    ///
    /// # Errors
    /// `Conflict` when none waits, because it was taken back or confirmed already.
    pub async fn confirm(&self, actor: &Actor) -> Result<NetworkState> {
        let _turn = self.turn.lock().await;
        let Some(change) = self.change().clone() else {
            let text = "no change of the network waits for its confirmation; it may have been taken back";
            return Err(Error::Conflict(text.to_owned()));
        };
        self.port.confirm().await.map_err(refused)?;
        *self.change() = None;
        let detail = format!("{}: {}", change.link, change.settings);
        self.records
            .write(actor, "box.network.confirm", detail, |_| Ok(()))
            .await?;
        Ok(self.state().await)
    }

    /// Takes the change that waits back at once.
    ///
    /// # Errors
    /// `Conflict` when none waits.
    pub async fn revert(&self, actor: &Actor) -> Result<NetworkState> {
        let _turn = self.turn.lock().await;
        if self.change().is_none() {
            return Err(Error::Conflict(
                "no change of the network waits for its confirmation".to_owned(),
            ));
        }
        self.records
            .write(actor, "box.network.revert", String::new(), |_| Ok(()))
            .await?;
        self.take_back().await;
        Ok(self.state().await)
    }

    /// Puts back what was before. What does not work is told and tried again by the reconciler, until it does.
    async fn take_back(&self) {
        match self.port.put_back().await {
            Ok(links) => {
                *self.change() = None;
                for link in links {
                    tracing::warn!(%link, "a change of the network was not confirmed and is taken back");
                }
            }
            Err(ApplianceError::NoAppliance) => *self.change() = None,
            Err(error) => tracing::warn!(%error, "the network is not as it was before a change that nobody confirmed"),
        }
    }

    /// Takes back what is overdue; answers how long the next change still has, if one waits.
    pub(in crate::engine) async fn settle(&self) -> Option<Duration> {
        let _turn = self.turn.lock().await;
        let until = self.change().as_ref()?.until;
        let left = until.saturating_sub(self.records.clock.monotonic());
        if left.is_zero() {
            self.take_back().await;
        }
        // The addresses that a certificate is for may be others now, and again.
        self.changed.notify_one();
        self.change().as_ref().map(|_| left)
    }

    /// Takes back what the manager left when it ended.
    ///
    /// # Errors
    /// When the system refuses.
    pub(in crate::engine) async fn recover(&self) -> Result<(), ApplianceError> {
        let _turn = self.turn.lock().await;
        if self.change().is_some() {
            return Ok(());
        }
        for link in self.port.put_back().await? {
            tracing::warn!(%link, "a change of the network that nobody confirmed before the restart is taken back");
        }
        Ok(())
    }

    /// Waits until a change has begun.
    pub(in crate::engine) async fn begun(&self) {
        self.begun.notified().await;
    }

    /// Waits until the box may have other addresses.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}
