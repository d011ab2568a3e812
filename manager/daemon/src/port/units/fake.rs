//! Services in memory.

use super::{ApplianceError, Units};
use async_trait::async_trait;
use hearth_model::{
    system::{UnitName, UnitState, UnitStatus, UnitVerb},
    units::Bytes,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Has what it is told to have; at first a Hearth that runs, a Docker that runs, and an `odd.service` that failed.
#[derive(Debug)]
pub struct FakeUnits(Mutex<BTreeMap<String, UnitState>>);

impl Default for FakeUnits {
    fn default() -> Self {
        let units = [
            ("hearth.service", UnitState::Active),
            ("docker.service", UnitState::Active),
            ("odd.service", UnitState::Failed),
        ];
        Self(Mutex::new(
            units
                .map(|(name, state)| (name.to_owned(), state))
                .into_iter()
                .collect(),
        ))
    }
}

fn status(name: &str, state: UnitState) -> Option<UnitStatus> {
    Some(UnitStatus {
        unit: name.parse().ok()?,
        description: format!("What {name} does"),
        state,
        detail: match state {
            UnitState::Active => "running".to_owned(),
            UnitState::Inactive => "dead".to_owned(),
            UnitState::Failed => "failed".to_owned(),
            UnitState::Changing => "start".to_owned(),
        },
        for_secs: Some(60),
        memory: (state == UnitState::Active).then_some(Bytes(20 << 20)),
    })
}

#[async_trait]
impl Units for FakeUnits {
    async fn list(&self, names: &[&str]) -> Result<Vec<UnitStatus>, ApplianceError> {
        let units = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = names.iter().filter_map(|&name| status(name, *units.get(name)?));
        let failed = units
            .iter()
            .filter(|(name, state)| **state == UnitState::Failed && !names.contains(&name.as_str()))
            .filter_map(|(name, state)| status(name, *state));
        Ok(known.chain(failed).collect())
    }

    async fn act(&self, unit: &UnitName, verb: UnitVerb) -> Result<(), ApplianceError> {
        let mut units = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = units.get_mut(unit.as_str()) else {
            let attempt = verb.word();
            return Err(ApplianceError::refused(attempt, format!("Unit {unit} not found.")));
        };
        *state = match verb {
            UnitVerb::Start | UnitVerb::Restart => UnitState::Active,
            UnitVerb::Stop => UnitState::Inactive,
        };
        Ok(())
    }
}
