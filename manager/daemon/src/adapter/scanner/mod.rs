//! Looks for machines: multicast DNS, the kernel's neighbour table, and SSH ports, side by side.

mod mdns;
mod neighbours;
mod ports;

use crate::port::scanner::{Found, ScanRequest, Scanner};
use async_trait::async_trait;
use tokio::sync::mpsc;

/// Looks at the networks that this machine is in.
#[derive(Debug, Clone, Copy, Default)]
pub struct NetworkScanner;

#[async_trait]
impl Scanner for NetworkScanner {
    async fn scan(&self, request: ScanRequest, found: mpsc::Sender<Found>) -> Vec<String> {
        let known = async {
            let addresses = neighbours::addresses().await?;
            ports::probe(&addresses, request.port, ports::Told::Always, &found).await;
            Ok::<(), String>(())
        };
        let asked = ports::probe(&request.addresses, request.port, ports::Told::WhenItAnswers, &found);
        let (announced, known, ()) = tokio::join!(mdns::browse(&found), known, asked);
        [announced, known].into_iter().filter_map(Result::err).collect()
    }
}
