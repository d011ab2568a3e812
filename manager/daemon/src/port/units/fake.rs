//! Services in memory.

use super::{ApplianceError, Units};
use async_trait::async_trait;
use hearth_model::{
    system::{MARK_GOOD_UNIT, UnitName, UnitState, UnitStatus, UnitVerb},
    units::Bytes,
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Has what it is told to have; at first a Hearth that runs and is found good, a Docker that runs, and an `odd.service`
/// that failed.
#[derive(Debug)]
pub struct FakeUnits {
    units: Mutex<BTreeMap<String, UnitState>>,
    /// How often it still tells that the system is on trial.
    trial: AtomicU32,
}

impl Default for FakeUnits {
    fn default() -> Self {
        let units = [
            ("hearth.service", UnitState::Active),
            ("docker.service", UnitState::Active),
            (MARK_GOOD_UNIT, UnitState::Active),
            ("odd.service", UnitState::Failed),
        ];
        let units = units.map(|(name, state)| (name.to_owned(), state));
        Self {
            units: Mutex::new(units.into()),
            trial: AtomicU32::new(0),
        }
    }
}

impl FakeUnits {
    fn units(&self) -> MutexGuard<'_, BTreeMap<String, UnitState>> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The system that runs is found good only after the units were listed this often.
    pub fn on_trial(&self, lists: u32) {
        self.trial.store(lists, Ordering::Relaxed);
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
        let mut units = self.units().clone();
        if let Some(left) = self.trial.load(Ordering::Relaxed).checked_sub(1) {
            self.trial.store(left, Ordering::Relaxed);
            units.insert(MARK_GOOD_UNIT.to_owned(), UnitState::Changing);
        }
        let known = names.iter().filter_map(|&name| status(name, *units.get(name)?));
        let failed = units
            .iter()
            .filter(|(name, state)| **state == UnitState::Failed && !names.contains(&name.as_str()))
            .filter_map(|(name, state)| status(name, *state));
        Ok(known.chain(failed).collect())
    }

    async fn act(&self, unit: &UnitName, verb: UnitVerb) -> Result<(), ApplianceError> {
        let mut units = self.units();
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
