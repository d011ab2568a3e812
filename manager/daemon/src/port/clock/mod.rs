//! Time: what it is, how long something took, and waiting. A fake one lets a year pass in a second.

use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

mod fake;
pub use fake::FakeClock;

/// Time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time of day; it may jump, so it is only for showing and for keeping.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; never jumps, so it is for measuring and for limits.
    fn monotonic(&self) -> Duration;

    /// Waits.
    async fn sleep(&self, time: Duration);
}
