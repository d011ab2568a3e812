//! Chooses the ports of an app on its node: the one that is wished for, or else the next one that is free.

use super::PlanError;
use crate::{
    app::PublishedPort,
    recipe::manifest::{Manifest, Protocol},
};
use std::collections::BTreeSet;

/// First port that is tried when a wish cannot be met; those below are what people know by heart.
const FIRST: u16 = 20_000;

/// Ports on the node, per transport.
struct Node<'a> {
    taken: &'a BTreeSet<u16>,
    chosen: BTreeSet<(u16, &'static str)>,
}

impl Node<'_> {
    /// What something else listens on is taken for both transports: who listens is not always told.
    fn is_free(&self, port: u16, transports: &[&'static str]) -> bool {
        let chosen = |transport: &&'static str| self.chosen.contains(&(port, *transport));
        port != 0 && !self.taken.contains(&port) && !transports.iter().any(chosen)
    }
}

/// The ports of an app. `kept` are those it has already: it keeps them as long as nothing else has taken them.
pub(super) fn choose(
    manifest: &Manifest,
    taken: &BTreeSet<u16>,
    kept: &[PublishedPort],
) -> Result<Vec<PublishedPort>, PlanError> {
    let web = manifest
        .web
        .iter()
        .map(|web| ("web", "HEARTH_PORT", web.port, Protocol::Tcp));
    let others = manifest
        .ports
        .iter()
        .map(|port| (port.name.as_str(), port.env.as_str(), port.port, port.protocol));
    let mut node = Node {
        taken,
        chosen: BTreeSet::new(),
    };
    let mut ports = Vec::new();
    for (name, env, wanted, protocol) in web.chain(others) {
        let transports: &[&'static str] = match protocol {
            Protocol::Tcp => &["tcp"],
            Protocol::Udp => &["udp"],
            Protocol::Both => &["tcp", "udp"],
        };
        let given = if manifest.security.host_network {
            // In the node's own network an app listens where it listens.
            Some(wanted).filter(|port| node.is_free(*port, transports))
        } else {
            let before = kept.iter().find(|port| port.name == name).map(|port| port.given);
            let wishes = before.into_iter().chain([wanted]).chain(FIRST..=u16::MAX);
            wishes.into_iter().find(|port| node.is_free(*port, transports))
        };
        let Some(given) = given else {
            return Err(PlanError::NoPort {
                name: name.to_owned(),
                wanted,
            });
        };
        for transport in transports {
            node.chosen.insert((given, transport));
            ports.push(PublishedPort {
                name: name.to_owned(),
                env: env.to_owned(),
                wanted,
                given,
                protocol: (*transport).to_owned(),
            });
        }
    }
    Ok(ports)
}
