//! Letting people in over SSH.

use super::{Records, refused};
use crate::{
    engine::{Error, Result},
    port::ssh_access::SshAccess,
};
use hearth_model::{
    account::Actor,
    system::{MOST_SSH_KEYS, SshKey, SshSettings},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Whether one can log in over SSH, and who.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SshState {
    /// What was chosen.
    #[serde(flatten)]
    pub settings: SshSettings,
    /// Why it cannot be changed here.
    pub unavailable: Option<String>,
}

/// What to change; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SshChange {
    /// Whether the server runs.
    pub on: Option<bool>,
    /// All keys that it takes, at most 100.
    pub keys: Option<Vec<SshKey>>,
}

/// The SSH server of the box.
pub struct BoxSsh {
    port: Arc<dyn SshAccess>,
    records: Records,
}

impl BoxSsh {
    /// Of the box.
    #[must_use]
    pub fn new(port: Arc<dyn SshAccess>, records: Records) -> Self {
        Self { port, records }
    }

    /// Whether one can log in, and who. That it cannot be seen is no error, and told.
    pub async fn state(&self) -> SshState {
        match self.port.get().await {
            Ok(settings) => SshState {
                settings,
                unavailable: None,
            },
            Err(error) => SshState {
                settings: SshSettings::default(),
                unavailable: Some(error.to_string()),
            },
        }
    }

    /// Switches it on or off, and says whose keys it takes. Logins that stand go on.
    ///
    /// # Errors
    /// `Invalid` names the field; `Conflict` when the system refuses, and where the box is not Hearth's.
    pub async fn change(&self, change: SshChange, actor: &Actor) -> Result<SshState> {
        let before = self.port.get().await.map_err(refused)?;
        let settings = SshSettings {
            on: change.on.unwrap_or(before.on),
            keys: change.keys.unwrap_or(before.keys),
        };
        if settings.keys.len() > MOST_SSH_KEYS {
            return Err(Error::field("/keys", format!("name at most {MOST_SSH_KEYS} keys")));
        }
        if settings.on && settings.keys.is_empty() {
            return Err(Error::field(
                "/keys",
                "name at least one key: there are no passwords, so nobody could log in",
            ));
        }
        self.port.set(&settings).await.map_err(refused)?;
        let whose: Vec<String> = settings
            .keys
            .iter()
            .map(|key| format!("{} …{}", key.kind(), key.tail()))
            .collect();
        let detail = format!("{}; {}", if settings.on { "on" } else { "off" }, whose.join(", "));
        self.records.write(actor, "box.ssh", detail, |_| Ok(())).await?;
        Ok(self.state().await)
    }
}
