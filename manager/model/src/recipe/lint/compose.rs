//! What must be right in the Compose file so that Hearth can run it, and so that nothing in it comes as a surprise.

use super::{Findings, Subject};
use crate::recipe::{
    compose::{Service, Source},
    interpolation::{self, Piece, Unset},
    yaml::Node,
};

/// Keys at the top that reach outside of the recipe, or that Hearth sets.
const TOP: [(&str, &str); 4] = [
    ("name", "Hearth gives the project its name: leave it out"),
    ("include", "a recipe is one file: include is not possible"),
    ("secrets", "a recipe brings no further files: use variables"),
    (
        "configs",
        "a recipe brings no further files: write them at the start, from variables",
    ),
];

/// Keys of a service that reach outside of the recipe, or that Hearth sets.
const OUTSIDE: [(&str, &str); 11] = [
    (
        "container_name",
        "leave it out: with it the app cannot be installed twice",
    ),
    ("build", "a recipe has no source code: give an image"),
    ("env_file", "a recipe brings no further files: use variables"),
    ("extends", "a recipe is one file: extends is not possible"),
    ("secrets", "a recipe brings no further files: use variables"),
    (
        "configs",
        "a recipe brings no further files: write them at the start, from variables",
    ),
    ("external_links", "reaches containers of other apps"),
    ("volumes_from", "reaches containers of other apps"),
    ("provider", "runs a program of the node: leave it out"),
    ("cgroup_parent", "reaches outside of the app: leave it out"),
    ("credential_spec", "reaches outside of the app: leave it out"),
];

/// Keys of a service that give rights: what they say must be there to be read, and not come from a variable.
const RIGHTS: [&str; 10] = [
    "privileged",
    "network_mode",
    "pid",
    "ipc",
    "uts",
    "cgroup",
    "userns_mode",
    "cap_add",
    "security_opt",
    "devices",
];

/// Capabilities that are as good as root on the node.
const ROOT_CAPABILITIES: [&str; 6] = [
    "ALL",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "DAC_READ_SEARCH",
];

/// Paths of the host that tell nothing and are read by many apps.
const HARMLESS_PATHS: [&str; 3] = ["/etc/localtime", "/etc/timezone", "/run/dbus"];

/// Words in the name of a variable whose value is a secret.
const SECRET_WORDS: [&str; 8] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIAL",
];

/// Notes every fault.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut check = Check { subject, findings };
    check.top();
    for (name, service) in &subject.compose.services {
        check.image(name, service);
        check.outside(name, service);
        check.ports(name, service);
        check.mounts(name, service);
        check.rights(name, service);
        check.passwords(name, service);
    }
    check.variables();
    check.addresses_with_passwords();
}

/// Whether a path is the container engine's socket.
pub(super) fn is_engine_socket(path: &str) -> bool {
    path.contains("docker.sock") || path.contains("podman.sock") || path.contains("containerd.sock")
}

/// Whether a service is as good as root on the node.
pub(super) fn is_privileged(service: &Service) -> bool {
    service.privileged.is_some() || service.cap_add.iter().any(|cap| is_root_capability(&cap.value))
}

fn is_root_capability(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ROOT_CAPABILITIES.contains(&upper.strip_prefix("CAP_").unwrap_or(&upper))
}

struct Check<'a> {
    subject: &'a Subject<'a>,
    findings: &'a mut Findings,
}

impl<'a> Check<'a> {
    fn top(&mut self) {
        let root = self.subject.compose_tree;
        if self.subject.compose.services.is_empty() {
            self.findings.add(root.line, "services", "there is no service");
        }
        for (key, node) in root.entries() {
            if let Some((_, message)) = TOP.iter().find(|(name, _)| *name == key.text) {
                self.findings.add(key.line, &key.text, *message);
            }
            if matches!(key.text.as_str(), "volumes" | "networks") {
                for (name, node) in node.entries() {
                    for set in ["external", "name", "driver_opts"] {
                        if let Some(found) = node.get(set) {
                            let field = format!("{}.{}.{set}", key.text, name.text);
                            self.findings
                                .add(found.line, &field, "reaches outside of the app: leave it out");
                        }
                    }
                }
            }
        }
    }

    fn image(&mut self, name: &str, service: &Service) {
        let field = format!("services.{name}.image");
        let Some(image) = &service.image else {
            return self.findings.add(service.line, &field, "is missing");
        };
        // A variable without a default leaves the choice of the image to chance.
        let text = match interpolation::resolve(&image.value, &|_| None) {
            Ok(text) => text,
            Err(variable) => {
                let message = format!("depends on ${{{variable}}}, which has no default");
                return self.findings.add(image.line, &field, message);
            }
        };
        let (reference, digest) = match text.split_once('@') {
            Some((reference, digest)) => (reference, Some(digest)),
            None => (text.as_str(), None),
        };
        let tag = reference
            .rsplit('/')
            .next()
            .and_then(|last| last.split_once(':'))
            .map(|(_, tag)| tag);
        let good =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c));
        match tag {
            _ if !good(&text) => self.findings.add(image.line, &field, format!("{text:?} is no image")),
            None if digest.is_none() => {
                self.findings
                    .add(image.line, &field, format!("{text} has no tag: pin a version"))
            }
            Some("latest") => self
                .findings
                .add(image.line, &field, format!("{text} changes by itself: pin a version")),
            _ => {}
        }
    }

    fn outside(&mut self, name: &str, service: &Service) {
        let Some(node) = self.service_node(name) else { return };
        for (key, _) in node.entries() {
            if let Some((_, message)) = OUTSIDE.iter().find(|(outside, _)| *outside == key.text) {
                self.findings
                    .add(key.line, &format!("services.{name}.{}", key.text), *message);
            }
        }
        for right in RIGHTS {
            let mut texts = Vec::new();
            node.get(right).into_iter().for_each(|node| node.texts(&mut texts));
            for (line, text) in texts {
                let field = format!("services.{name}.{right}");
                if has_variable(text) {
                    self.findings
                        .add(line, &field, "gives rights and must not come from a variable");
                }
                if text.starts_with("container:") {
                    self.findings.add(line, &field, "reaches containers of other apps");
                }
                let unconfined = right == "security_opt" && (text.contains("unconfined") || text.contains("disable"));
                if unconfined && !self.subject.manifest.security.privileged {
                    let message = "lifts a protection of the node: security.privileged must say so";
                    self.findings.add(line, &field, message);
                }
            }
        }
        for shared in ["pid", "ipc", "userns_mode", "uts", "cgroup"] {
            if let Some(found) = node
                .get(shared)
                .filter(|found| found.scalar().as_deref() == Some("host"))
                && !self.subject.manifest.security.privileged
            {
                let message = "shares it with the node: as good as root, so security.privileged must say so";
                self.findings
                    .add(found.line, &format!("services.{name}.{shared}"), message);
            }
        }
        if let Some(line) = service
            .host_network
            .filter(|_| !self.subject.manifest.security.host_network)
        {
            let field = format!("services.{name}.network_mode");
            self.findings.add(
                line,
                &field,
                "shares the node's network: security.host_network must say so",
            );
        }
    }

    fn service_node(&self, name: &str) -> Option<&'a Node> {
        self.subject.compose_tree.get("services")?.get(name)
    }

    fn ports(&mut self, name: &str, service: &Service) {
        let manifest = self.subject.manifest;
        for (index, at) in service.ports.iter().enumerate() {
            let field = format!("services.{name}.ports[{index}]");
            let message = match at.value.variable() {
                Some(("HEARTH_PORT", _)) if manifest.web.as_ref().is_some_and(|web| web.service == name) => continue,
                Some((variable, _)) if manifest.ports.iter().any(|p| p.env == variable && p.service == name) => continue,
                Some((variable, _)) => {
                    format!("is published through {variable}, which no port of the manifest with this service names")
                }
                None => "must be published as \"${HEARTH_PORT:-8080}:80\" or \"${HEARTH_PORT_<NAME>:-8080}:80\", so that another port can be chosen".to_owned(),
            };
            self.findings.add(at.line, &field, message);
        }
    }

    fn mounts(&mut self, name: &str, service: &Service) {
        let security = &self.subject.manifest.security;
        for (index, at) in service.mounts.iter().enumerate() {
            let field = format!("services.{name}.volumes[{index}]");
            match &at.value.source {
                None => {}
                Some(Source::Volume(volume)) if self.subject.compose.volumes.contains_key(volume) => {}
                Some(Source::Volume(volume)) => {
                    self.findings
                        .add(at.line, &field, format!("there is no volume {volume}"));
                }
                Some(Source::Path(path)) if is_engine_socket(path) && security.docker_socket => {}
                Some(Source::Path(path)) if is_engine_socket(path) => {
                    let message =
                        "gives the container engine away: as good as root, so security.docker_socket must say so";
                    self.findings.add(at.line, &field, message);
                }
                Some(Source::Path(path)) if HARMLESS_PATHS.contains(&path.as_str()) => {}
                Some(Source::Path(path)) if path.starts_with('/') && !path.contains('$') && security.privileged => {}
                Some(Source::Path(path)) => {
                    let message =
                        format!("binds {path} of the node, which is neither made nor backed up: use a named volume");
                    self.findings.add(at.line, &field, message);
                }
            }
        }
        let devices = &self.subject.manifest.needs.devices;
        for (index, at) in service.devices.iter().enumerate() {
            if !devices.iter().any(|device| at.value.starts_with(device.as_str())) {
                let message = format!("needs.devices of the manifest lacks {}", at.value);
                self.findings
                    .add(at.line, &format!("services.{name}.devices[{index}]"), message);
            }
        }
    }

    fn rights(&mut self, name: &str, service: &Service) {
        if self.subject.manifest.security.privileged {
            return;
        }
        let message = "is as good as root on the node: security.privileged must say so";
        if let Some(line) = service.privileged {
            self.findings.add(line, &format!("services.{name}.privileged"), message);
        }
        for (index, at) in service.cap_add.iter().enumerate() {
            if is_root_capability(&at.value) {
                self.findings.add(
                    at.line,
                    &format!("services.{name}.cap_add[{index}]"),
                    format!("{} {message}", at.value),
                );
            }
        }
    }

    /// A secret must come from a variable, and the variable must have no default that everybody knows.
    fn passwords(&mut self, name: &str, service: &Service) {
        for (variable, at) in &service.environment {
            let Some(value) = at.value.as_deref().filter(|_| is_secret_name(variable)) else {
                continue;
            };
            if literal(value) {
                let field = format!("services.{name}.environment.{variable}");
                let message = "is a literal password: use a secret of the manifest, as ${NAME:?}";
                self.findings.add(at.line, &field, message);
            }
        }
    }

    /// Every variable is set by someone, or has a default.
    fn variables(&mut self) {
        let manifest = self.subject.manifest;
        let set = |name: &str| {
            name == "TZ"
                || (name == "HEARTH_PORT" && manifest.web.is_some())
                || manifest.ports.iter().any(|port| port.env == name)
                || manifest.questions.iter().any(|question| question.env == name)
                || manifest.secrets.iter().any(|secret| secret.env == name)
        };
        for (name, variable) in &self.subject.compose.variables {
            if !set(name) && !variable.optional {
                let message = format!("${{{name}}} is set by no question or secret of the manifest and has no default");
                self.findings.add(variable.line, "", message);
            }
        }
    }

    /// `scheme://user:password@host` with a password in plain sight.
    fn addresses_with_passwords(&mut self) {
        let mut texts = Vec::new();
        self.subject.compose_tree.texts(&mut texts);
        for (line, text) in texts {
            let user_info = text
                .split_once("://")
                .and_then(|(_, rest)| rest.split(['/', ' ', '?']).next()?.rsplit_once('@'));
            let password = user_info.and_then(|(user_info, _)| user_info.split_once(':'));
            if password.is_some_and(|(_, password)| literal(password)) {
                self.findings.add(
                    line,
                    "",
                    "holds an address with a literal password: use a secret of the manifest",
                );
            }
        }
    }
}

fn has_variable(text: &str) -> bool {
    let pieces = interpolation::pieces(text);
    pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }))
}

fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let flat = upper
        .replace("API_KEY", "APIKEY")
        .replace("PRIVATE_KEY", "SECRET")
        .replace("ENCRYPTION_KEY", "SECRET");
    // A name that ends so holds a path, a number or a choice, not the secret.
    let about = [
        "_FILE",
        "_LENGTH",
        "_EXPIRY",
        "_TTL",
        "_AGE",
        "_HASH_ALGORITHM",
        "_URL",
        "_PATH",
    ];
    !about.iter().any(|ending| flat.ends_with(ending)) && SECRET_WORDS.iter().any(|word| flat.contains(word))
}

/// Whether a value, or a default in it, is a secret in plain sight.
fn literal(value: &str) -> bool {
    let is_switch = |text: &str| {
        let lower = text.trim().to_ascii_lowercase();
        lower.is_empty()
            || matches!(
                lower.as_str(),
                "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1"
            )
    };
    if !has_variable(value) {
        return !is_switch(value);
    }
    interpolation::pieces(value)
        .iter()
        .any(|piece| matches!(piece, Piece::Variable { unset: Unset::Default(default), .. } if literal(default)))
}
