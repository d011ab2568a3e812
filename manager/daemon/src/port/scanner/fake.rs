//! A network that is known beforehand.

use super::{Found, ScanRequest, Scanner};
use async_trait::async_trait;
use tokio::sync::mpsc;

/// Finds what it was given.
#[derive(Debug, Clone, Default)]
pub struct FakeScanner(pub Vec<Found>);

#[async_trait]
impl Scanner for FakeScanner {
    async fn scan(&self, _: ScanRequest, found: mpsc::Sender<Found>) -> Vec<String> {
        for machine in &self.0 {
            if found.send(machine.clone()).await.is_err() {
                break;
            }
        }
        Vec::new()
    }
}
