//! A machine in memory.

use super::{Machine, MachineError};
use async_trait::async_trait;
use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Counts its starts. Asked to restart, it only remembers that.
#[derive(Debug, Default)]
pub struct FakeMachine {
    starts: AtomicU32,
    /// What it was asked for, in order.
    pub asked: Mutex<Vec<&'static str>>,
    /// What the last failed start left.
    pub failed_start: Mutex<Option<String>>,
}

impl FakeMachine {
    /// Starts again.
    pub fn start(&self) {
        self.starts.fetch_add(1, Ordering::Relaxed);
    }

    fn ask(&self, what: &'static str) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}

#[async_trait]
impl Machine for FakeMachine {
    fn boot_id(&self) -> io::Result<String> {
        Ok(format!("start {}", self.starts.load(Ordering::Relaxed)))
    }

    fn failed_start(&self) -> io::Result<Option<String>> {
        Ok(self.failed_start.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn restart(&self) -> Result<(), MachineError> {
        self.ask("restart");
        Ok(())
    }

    async fn power_off(&self) -> Result<(), MachineError> {
        self.ask("power off");
        Ok(())
    }
}
