//! A name in memory.

use super::{ApplianceError, HostNames};
use async_trait::async_trait;
use hearth_model::name::Slug;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Is called `hearth` at first.
#[derive(Debug)]
pub struct FakeHostNames {
    name: Mutex<String>,
    /// Whether another machine in the network has its name already.
    pub taken: AtomicBool,
    /// What it answers instead of doing anything.
    pub error: Mutex<Option<ApplianceError>>,
}

impl Default for FakeHostNames {
    fn default() -> Self {
        Self {
            name: Mutex::new("hearth".to_owned()),
            taken: AtomicBool::new(false),
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

    async fn announced(&self) -> Result<String, ApplianceError> {
        let name = self.get().await?;
        let taken = self.taken.load(Ordering::Relaxed);
        Ok(if taken {
            format!("{name}-2.local")
        } else {
            format!("{name}.local")
        })
    }

    async fn set(&self, name: &Slug) -> Result<(), ApplianceError> {
        self.check()?;
        *self.name.lock().unwrap_or_else(PoisonError::into_inner) = name.to_string();
        Ok(())
    }
}
