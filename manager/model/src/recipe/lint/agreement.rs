//! Where the manifest speaks of what the Compose file has: services, volumes, variables, ports.

use super::{Findings, Subject};
use crate::recipe::{
    compose::{Compose, Source},
    manifest::{Manifest, Protocol, QuestionKind},
    yaml::Node,
};
use std::collections::BTreeSet;

/// Notes every disagreement.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut check = Check {
        manifest: subject.manifest,
        compose: subject.compose,
        root: subject.manifest_tree,
        findings,
    };
    check.services();
    check.ports();
    check.variables();
    check.open_questions();
    check.volumes();
    check.security();
}

struct Check<'a> {
    manifest: &'a Manifest,
    compose: &'a Compose,
    root: &'a Node,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn fault(&mut self, field: &str, message: impl Into<String>) {
        self.findings.add(self.root.at(field).line, field, message);
    }

    /// Every service that the manifest names must be there.
    fn services(&mut self) {
        let manifest = self.manifest;
        let mut named: Vec<(String, &String)> = Vec::new();
        named.extend(manifest.web.iter().map(|web| ("web.service".to_owned(), &web.service)));
        for (n, port) in manifest.ports.iter().enumerate() {
            named.push((format!("ports[{n}].service"), &port.service));
        }
        for (n, claim) in manifest.databases.iter().enumerate() {
            named.push((format!("databases[{n}].service"), &claim.service));
            named.push((format!("databases[{n}].replaces"), &claim.replaces));
        }
        for (list, hooks) in [("before", &manifest.backup.before), ("after", &manifest.backup.after)] {
            for (n, hook) in hooks.iter().enumerate() {
                named.push((format!("backup.{list}[{n}].service"), &hook.service));
                if hook.command.is_empty() {
                    self.fault(&format!("backup.{list}[{n}].command"), "is empty");
                }
            }
        }
        for (n, component) in manifest.components.iter().enumerate() {
            let services = component.services.iter().enumerate();
            named.extend(services.map(|(m, service)| (format!("components[{n}].services[{m}]"), service)));
        }
        named.extend(
            manifest
                .health
                .container
                .iter()
                .map(|service| ("health.container".to_owned(), service)),
        );
        for (field, service) in named {
            if !self.compose.services.contains_key(service) {
                let known: Vec<&str> = self.compose.services.keys().map(String::as_str).collect();
                let message = format!("compose.yaml has no service {service}; it has {}", known.join(", "));
                self.fault(&field, message);
            }
        }
        if let Some(service) = manifest
            .health
            .container
            .as_ref()
            .and_then(|name| self.compose.services.get(name))
            && !service.healthcheck
        {
            self.fault("health.container", "this service has no healthcheck in compose.yaml");
        }
        if let Some(port) = &manifest.health.tcp {
            let known =
                |name: &str| (name == "web" && manifest.web.is_some()) || manifest.ports.iter().any(|p| p.name == name);
            if !known(port) {
                self.fault(
                    "health.tcp",
                    format!("there is no port named {port}: give web or the name of one of ports"),
                );
            }
        }
    }

    /// Every port of the manifest must be published by its service, through its variable, with its default.
    fn ports(&mut self) {
        let manifest = self.manifest;
        if let Some(web) = &manifest.web {
            self.port("web.port", &web.service, web.port, Protocol::Tcp, "HEARTH_PORT");
        }
        let mut defaults: BTreeSet<(u16, bool)> = manifest.web.iter().map(|web| (web.port, false)).collect();
        for (index, port) in manifest.ports.iter().enumerate() {
            let expected = format!("HEARTH_PORT_{}", port.name.to_ascii_uppercase().replace('-', "_"));
            if port.env != expected {
                self.fault(
                    &format!("ports[{index}].env"),
                    format!("must be {expected}, after its name"),
                );
            }
            let field = format!("ports[{index}].port");
            self.port(&field, &port.service, port.port, port.protocol, &port.env);
            for udp in [false, true] {
                let spoken = port.protocol == Protocol::Both || (port.protocol == Protocol::Udp) == udp;
                if spoken && !defaults.insert((port.port, udp)) {
                    self.fault(&field, format!("{} is there twice", port.port));
                }
            }
        }
    }

    fn port(&mut self, field: &str, service: &str, port: u16, protocol: Protocol, variable: &str) {
        if port == 0 {
            self.fault(field, "must be 1 to 65535");
        }
        let Some(service) = self.compose.services.get(service) else {
            return;
        };
        let wanted: &[Protocol] = match protocol {
            Protocol::Tcp => &[Protocol::Tcp],
            Protocol::Udp => &[Protocol::Udp],
            Protocol::Both => &[Protocol::Tcp, Protocol::Udp],
        };
        // In the node's own network nothing is published.
        if service.host_network.is_some() {
            return;
        }
        for wanted in wanted {
            let published = service.ports.iter().map(|at| &at.value);
            let defaults: Vec<u16> = published
                .filter(|published| published.protocol == *wanted)
                .filter_map(|published| published.variable())
                .filter(|(name, _)| *name == variable)
                .map(|(_, default)| default)
                .collect();
            let suffix = if *wanted == Protocol::Udp { "/udp" } else { "" };
            match defaults.first() {
                None => {
                    let message = format!(
                        "its service must publish it in compose.yaml as \"${{{variable}:-{port}}}:<container's port>{suffix}\""
                    );
                    self.fault(field, message);
                }
                Some(default) if *default != port => {
                    self.fault(
                        field,
                        format!("is {port}, but compose.yaml has ${{{variable}:-{default}}}"),
                    );
                }
                Some(_) => {}
            }
        }
    }

    /// Every variable of a question or secret must be used, and must stand where its absence is told.
    fn variables(&mut self) {
        let manifest = self.manifest;
        let questions = manifest.questions.iter().enumerate();
        let secrets = manifest.secrets.iter().enumerate();
        let asked = questions.map(|(n, q)| (format!("questions[{n}].env"), &q.env));
        let made = secrets.map(|(n, s)| (format!("secrets[{n}].env"), &s.env));
        for (field, variable) in asked.chain(made) {
            if !self.compose.variables.contains_key(variable) {
                self.fault(&field, format!("compose.yaml does not use ${{{variable}}}"));
            }
        }
    }

    /// A question that may stay open must not be one without which Compose refuses the file.
    fn open_questions(&mut self) {
        let manifest = self.manifest;
        for (index, asked) in manifest.questions.iter().enumerate() {
            let open = !asked.is_required() && asked.default.is_none() && asked.kind != QuestionKind::Timezone;
            let variable = self.compose.variables.get(&asked.env);
            if open && variable.is_some_and(|variable| variable.demanded) {
                let message = format!("may stay open, but compose.yaml is refused without ${{{}}}", asked.env);
                self.fault(&format!("questions[{index}].required"), message);
            }
        }
    }

    fn volumes(&mut self) {
        let manifest = self.manifest;
        for name in manifest.volumes.keys() {
            if !self.compose.volumes.contains_key(name) {
                self.fault(&format!("volumes.{name}"), "compose.yaml has no such volume");
            }
        }
        for name in self.compose.volumes.keys() {
            if !manifest.volumes.contains_key(name) {
                let message =
                    format!("lacks {name}, a volume of compose.yaml: say what it holds and whether it is backed up");
                self.fault("volumes", message);
            }
        }
        for (index, path) in manifest.backup.exclude.iter().enumerate() {
            let volume = path.split('/').next().unwrap_or_default();
            if !manifest.volumes.contains_key(volume) || path.split('/').any(|part| part == "..") {
                self.fault(
                    &format!("backup.exclude[{index}]"),
                    "must begin with the name of a volume",
                );
            }
        }
    }

    /// What the manifest admits must be so; what is so and not admitted is told in the Compose file.
    fn security(&mut self) {
        let security = &self.manifest.security;
        let services = || self.compose.services.values();
        let socket = services().flat_map(|service| &service.mounts).any(
            |mount| matches!(&mount.value.source, Some(Source::Path(path)) if super::compose::is_engine_socket(path)),
        );
        let claims = [
            ("docker_socket", security.docker_socket, socket),
            (
                "privileged",
                security.privileged,
                services().any(super::compose::is_privileged),
            ),
            (
                "host_network",
                security.host_network,
                services().any(|s| s.host_network.is_some()),
            ),
            ("read_only", security.read_only, services().any(|s| s.read_only)),
        ];
        for (name, claimed, so) in claims {
            if claimed && !so {
                self.fault(
                    &format!("security.{name}"),
                    "is true, but no service of compose.yaml does so",
                );
            }
        }
        let says_why = security
            .reason
            .as_deref()
            .is_some_and(|reason| !reason.trim().is_empty());
        if (security.docker_socket || security.privileged || security.host_network) && !says_why {
            self.fault(
                "security.reason",
                "is missing: say why the app needs what is as good as root",
            );
        }
    }
}
