//! A clock that stands still until it is told to go on, and whose sleepers wake at once.

use super::Clock;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A clock for tests: sleeping moves it forward and returns at once.
#[derive(Debug)]
pub struct FakeClock {
    start: Timestamp,
    passed: Mutex<Duration>,
}

impl FakeClock {
    /// A clock that begins at `start`.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self {
            start,
            passed: Mutex::new(Duration::ZERO),
        }
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::starting_at(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56))
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.monotonic()).unwrap_or(SignedDuration::MAX)
    }

    fn monotonic(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep(&self, time: Duration) {
        self.advance(time);
        tokio::task::yield_now().await;
    }
}
