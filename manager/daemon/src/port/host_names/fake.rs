//! A name in memory.

use super::{ApplianceError, HostNames};
use async_trait::async_trait;
use hearth_model::name::Slug;
use std::sync::{Mutex, PoisonError};

/// Is called `hearth` at first.
#[derive(Debug)]
pub struct FakeHostNames {
    name: Mutex<String>,
    /// What it answers instead of doing anything.
    pub error: Mutex<Option<ApplianceError>>,
}

impl Default for FakeHostNames {
    fn default() -> Self {
        Self {
            name: Mutex::new("hearth".to_owned()),
            error: Mutex::default(),
        }
    }
}

impl FakeHostNames {
    fn check(&self) -> Result<(), ApplianceError> {
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        error.map_or(Ok(()), Err)
    }
}

#[async_trait]
impl HostNames for FakeHostNames {
    async fn get(&self) -> Result<String, ApplianceError> {
        self.check()?;
        Ok(self.name.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn set(&self, name: &Slug) -> Result<(), ApplianceError> {
        self.check()?;
        *self.name.lock().unwrap_or_else(PoisonError::into_inner) = name.to_string();
        Ok(())
    }
}
