//! A request in memory.

use super::{ApplianceError, Reset};
use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, Ordering};

/// Remembers that it was asked.
#[derive(Debug, Default)]
pub struct FakeReset(pub AtomicBool);

#[async_trait]
impl Reset for FakeReset {
    async fn request(&self) -> Result<(), ApplianceError> {
        self.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}
