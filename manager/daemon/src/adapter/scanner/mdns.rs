//! Multicast DNS: machines that announce an SSH, file-transfer or workstation service (RFC 6762, RFC 6763).

use crate::port::scanner::{Found, FoundBy};
use mdns_sd::{IfKind, IfPredicate, ResolvedService, ServiceDaemon, ServiceEvent};
use std::{net::IpAddr, time::Duration};
use tokio::sync::mpsc;

const SERVICES: [&str; 3] = ["_ssh._tcp.local.", "_sftp-ssh._tcp.local.", "_workstation._tcp.local."];
/// How long answers are waited for: machines answer a question within half a second (RFC 6762, section 6), some sleep.
const LISTEN: Duration = Duration::from_secs(5);
/// Beginnings of the names of interfaces that lead to containers, not to machines.
const NOT_REAL: [&str; 6] = ["lo", "docker", "br-", "veth", "virbr", "cni"];

/// Whether machines, not containers, are behind an interface.
pub(super) fn is_real(interface: &str) -> bool {
    !NOT_REAL.iter().any(|begin| interface.starts_with(begin))
}

/// Asks, and tells of every machine that answers within [`LISTEN`].
pub(super) async fn browse(found: &mpsc::Sender<Found>) -> Result<(), String> {
    let daemon = ServiceDaemon::new().map_err(|e| format!("multicast DNS cannot be used: {e}"))?;
    let listened = listen(&daemon, found).await;
    // The daemon's thread ends by itself; that it may be busy at this moment is no fault of the search.
    let _ = daemon.shutdown();
    listened
}

async fn listen(daemon: &ServiceDaemon, found: &mpsc::Sender<Found>) -> Result<(), String> {
    let fault = |e: mdns_sd::Error| format!("multicast DNS cannot be used: {e}");
    let containers = IfPredicate::new(|interface| !is_real(&interface.name));
    daemon.disable_interface(IfKind::Predicate(containers)).map_err(fault)?;
    let mut answers = futures::stream::SelectAll::new();
    for service in SERVICES {
        answers.push(daemon.browse(service).map_err(fault)?.into_stream());
    }
    let tell = async {
        use futures::StreamExt;
        while let Some(event) = answers.next().await {
            let ServiceEvent::ServiceResolved(service) = event else {
                continue;
            };
            for machine in machines(&service) {
                if found.send(machine).await.is_err() {
                    return;
                }
            }
        }
    };
    // That the time is over is how a search ends.
    let _ = tokio::time::timeout(LISTEN, tell).await;
    Ok(())
}

fn machines(service: &ResolvedService) -> Vec<Found> {
    let ssh_port = service.ty_domain.contains("ssh").then(|| service.get_port());
    let name = service.get_hostname().trim_end_matches('.').parse().ok();
    let machine = |address| Found {
        address: IpAddr::V4(address),
        ssh_port,
        name: Clone::clone(&name),
        by: FoundBy::Mdns,
        banner: None,
    };
    service.get_addresses_v4().into_iter().map(machine).collect()
}
