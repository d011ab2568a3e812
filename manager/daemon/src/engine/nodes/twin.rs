//! Whether a machine is a node already, under another address or user.

use hearth_model::{
    facts::Facts,
    node::{HostKey, Link, Node},
};
use std::collections::BTreeSet;

/// Whether a machine with these facts is this node: the same machine id and a network card in common, or the same host
/// key where no cards are known. A machine id alone is not enough, for copies of a virtual machine have the same.
pub(super) fn is_twin(node: &Node, facts: &Facts, host_key: Option<&HostKey>) -> bool {
    let Some(known) = &node.facts else { return false };
    if facts.machine_id.is_none() || facts.machine_id != known.machine_id {
        return false;
    }
    let (ours, theirs) = (cards(facts), cards(known));
    if !ours.is_empty() && !theirs.is_empty() {
        return !ours.is_disjoint(&theirs);
    }
    match &node.link {
        Link::Local => host_key.is_none(),
        Link::Ssh { host_key: pinned, .. } => host_key.is_some_and(|key| key.public == pinned.public),
    }
}

/// Hardware addresses of a machine's network cards.
fn cards(facts: &Facts) -> BTreeSet<&str> {
    let interfaces = facts.interfaces.iter();
    interfaces.filter_map(|interface| interface.mac.as_deref()).collect()
}
