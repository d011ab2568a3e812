//! What keeps an app off a node, each with its reason.

use super::{Candidate, Request};
use std::collections::BTreeSet;

/// Every reason why the app cannot run there; empty when it can.
pub(super) fn obstacles(request: &Request, candidate: &Candidate) -> Vec<String> {
    let mut found = Vec::new();
    if candidate.drained {
        found.push("is kept free of new apps".to_owned());
    }
    match candidate.arch {
        _ if !candidate.online => {}
        None => found.push("its architecture is one that no recipe is made for".to_owned()),
        Some(arch) if !request.architectures.contains(&arch) => {
            let made_for: Vec<&str> = request.architectures.iter().map(|arch| arch.as_str()).collect();
            found.push(format!(
                "is {}, the app is made for {}",
                arch.as_str(),
                made_for.join(", ")
            ));
        }
        Some(_) => {}
    }
    if candidate.online {
        limits(request, candidate, &mut found);
    } else {
        // What it had left when it last answered says nothing now.
        found.insert(0, "does not answer".to_owned());
    }
    found
}

fn limits(request: &Request, candidate: &Candidate, found: &mut Vec<String>) {
    if let Some(fault) = &candidate.engine_fault {
        found.push(fault.clone());
    }
    if request.memory_min > candidate.memory_free {
        found.push(format!(
            "{} of memory free, it needs {} to start",
            candidate.memory_free, request.memory_min
        ));
    }
    if request.storage > candidate.storage_free {
        found.push(format!(
            "{} of storage free, it needs {} at the start",
            candidate.storage_free, request.storage
        ));
    }
    for device in &request.devices {
        if !has_device(&candidate.devices, device) {
            found.push(format!("has no {device}"));
        }
    }
    for port in &request.fixed_ports {
        if candidate.ports_taken.contains(port) {
            found.push(format!("port {port} is taken, and the app cannot use another"));
        }
    }
}

/// Whether the device is there: itself, or something in the folder of that name (`/dev/serial/by-id`).
fn has_device(devices: &BTreeSet<String>, wanted: &str) -> bool {
    let folder = wanted.trim_end_matches('/');
    devices.contains(folder)
        || devices
            .iter()
            .any(|device| device.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
}
