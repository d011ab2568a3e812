//! The services of the box: how they are, and starting and stopping them.

use super::{Records, refused};
use crate::{
    engine::{Error, Result},
    port::units::Units,
};
use hearth_model::{
    account::Actor,
    system::{KNOWN_UNITS, KnownUnit, UnitName, UnitStatus, UnitVerb},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A service, and what may be done to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// How it is.
    #[serde(flatten)]
    pub status: UnitStatus,
    /// What it is for, when it is one of those that matter; others are told when they have failed.
    pub purpose: Option<String>,
    /// What may be done to it.
    pub verbs: Vec<UnitVerb>,
}

/// The services of the box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceList {
    /// Those that matter, then others that have failed.
    pub items: Vec<Service>,
    /// Why there are none to be seen.
    pub unavailable: Option<String>,
}

/// The services of the box.
pub struct BoxServices {
    port: Arc<dyn Units>,
    records: Records,
}

fn known(name: &str) -> Option<KnownUnit> {
    KNOWN_UNITS.into_iter().find(|unit| unit.name == name)
}

fn service(status: UnitStatus) -> Service {
    let known = known(status.unit.as_str());
    Service {
        status,
        purpose: known.map(|unit| unit.purpose.to_owned()),
        verbs: known.map(|unit| unit.verbs.to_vec()).unwrap_or_default(),
    }
}

impl BoxServices {
    /// Of the box.
    #[must_use]
    pub fn new(port: Arc<dyn Units>, records: Records) -> Self {
        Self { port, records }
    }

    /// How they are. That they cannot be seen is no error, and told.
    pub async fn list(&self) -> ServiceList {
        match self.port.list(&KNOWN_UNITS.map(|unit| unit.name)).await {
            Ok(units) => ServiceList {
                items: units.into_iter().map(service).collect(),
                unavailable: None,
            },
            Err(error) => ServiceList {
                items: Vec::new(),
                unavailable: Some(error.to_string()),
            },
        }
    }

    /// Does something to one, and answers how it is then.
    ///
    /// # Errors
    /// `NotFound` for one that does not matter or is not there; `Conflict` for what may not be done to it, when the system refuses or
    /// it fails, and where the box is not Hearth's.
    pub async fn act(&self, unit: &UnitName, verb: UnitVerb, actor: &Actor) -> Result<Service> {
        let missing = || Error::not_found("service", unit);
        let known = known(unit.as_str()).ok_or_else(missing)?;
        if !known.verbs.contains(&verb) {
            return Err(Error::Conflict(format!(
                "{unit} {} and not {}",
                may(&known),
                verb.word()
            )));
        }
        self.port.list(&[known.name]).await.map_err(refused)?;
        // Before it is done: afterwards there may be nobody to write it.
        let detail = format!("{} {unit}", verb.word());
        self.records.write(actor, "box.service", detail, |_| Ok(())).await?;
        self.port.act(unit, verb).await.map_err(refused)?;
        let status = self.port.list(&[known.name]).await.map_err(refused)?;
        let status = status.into_iter().find(|status| status.unit == *unit);
        Ok(service(status.ok_or_else(missing)?))
    }
}

fn may(unit: &KnownUnit) -> String {
    match unit.verbs {
        [] => "is only shown here".to_owned(),
        verbs => {
            let words: Vec<&str> = verbs.iter().map(|verb| verb.word()).collect();
            format!("can be told to {}", words.join(", "))
        }
    }
}
