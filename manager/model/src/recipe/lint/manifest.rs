//! What must be right within the manifest, beyond the types of its fields.

use super::{Findings, Subject};
use crate::recipe::{
    manifest::{Health, Manifest, QuestionKind},
    question,
    yaml::Node,
};
use std::collections::BTreeSet;

/// Version of the format that is read.
const SCHEMA: u32 = 1;

/// Notes every fault.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut check = Check {
        manifest: subject.manifest,
        root: subject.manifest_tree,
        findings,
    };
    check.head(subject.folder);
    check.needs();
    check.ids();
    check.questions();
    check.databases();
    check.health();
    check.addresses();
}

struct Check<'a> {
    manifest: &'a Manifest,
    root: &'a Node,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn fault(&mut self, field: &str, message: impl Into<String>) {
        self.findings.add(self.root.at(field).line, field, message);
    }

    fn unless(&mut self, good: bool, field: &str, message: &str) {
        if !good {
            self.fault(field, message);
        }
    }

    fn head(&mut self, folder: Option<&str>) {
        let manifest = self.manifest;
        if manifest.schema != SCHEMA {
            self.fault(
                "schema",
                format!("is {}, this version of Hearth reads {SCHEMA}", manifest.schema),
            );
        }
        if let Some(folder) = folder.filter(|folder| *folder != manifest.slug.as_str()) {
            self.fault(
                "slug",
                format!("is {}, but the folder is called {folder}", manifest.slug),
            );
        }
        for (field, text, most) in [
            ("name", &manifest.name, 60),
            ("version", &manifest.version, 60),
            ("summary", &manifest.summary, 120),
        ] {
            let one_line = !text.trim().is_empty() && !text.contains(char::is_control);
            if !one_line || text.chars().count() > most {
                self.fault(field, format!("must be one line of 1 to {most} characters"));
            }
        }
        let spdx = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+' | '(' | ')' | ' ' | ':');
        let license = manifest.license.trim();
        self.unless(
            !license.is_empty() && license.chars().all(spdx),
            "license",
            "must be an SPDX expression such as Apache-2.0",
        );
        let distinct: BTreeSet<_> = manifest.architectures.iter().collect();
        self.unless(
            !distinct.is_empty() && distinct.len() == manifest.architectures.len(),
            "architectures",
            "must list at least one architecture, each once",
        );
    }

    fn needs(&mut self) {
        let manifest = self.manifest;
        self.need("needs", &manifest.needs);
        for (index, component) in manifest.components.iter().enumerate() {
            self.need(&format!("components[{index}].needs"), &component.needs);
        }
        self.unless(
            manifest.sources.iter().any(|source| source.figure == "memory"),
            "sources",
            "has no entry with figure: memory; say where the memory figures come from",
        );
    }

    fn need(&mut self, field: &str, needs: &crate::recipe::manifest::Needs) {
        let memory = &needs.memory;
        if !(memory.min <= memory.typical && memory.typical <= memory.peak) {
            let message = format!(
                "must rise: min {} <= typical {} <= peak {}",
                memory.min, memory.typical, memory.peak
            );
            self.fault(&format!("{field}.memory"), message);
        }
        self.unless(
            memory.min.0 > 0,
            &format!("{field}.memory.min"),
            "must be more than nothing",
        );
        let cores = needs.cpu.cores;
        self.unless(
            (0.0..=256.0).contains(&cores),
            &format!("{field}.cpu.cores"),
            "must be 0 to 256 processors",
        );
        for (index, device) in needs.devices.iter().enumerate() {
            self.unless(
                device.starts_with("/dev/") && !device.contains("..") && !device.contains(char::is_whitespace),
                &format!("{field}.devices[{index}]"),
                "must be a path below /dev",
            );
        }
    }

    /// Ids and variables are unique over questions and secrets; names over ports, databases and components.
    fn ids(&mut self) {
        let manifest = self.manifest;
        let questions = manifest.questions.iter().enumerate();
        let secrets = manifest.secrets.iter().enumerate();
        let asked = questions.map(|(n, q)| (format!("questions[{n}]"), &q.id, &q.env));
        let made = secrets.map(|(n, s)| (format!("secrets[{n}]"), &s.id, &s.env));
        let (mut ids, mut variables) = (BTreeSet::new(), BTreeSet::new());
        for (field, id, variable) in asked.chain(made) {
            let id_field = format!("{field}.id");
            let env_field = format!("{field}.env");
            self.unless(
                is_id(id),
                &id_field,
                "must be 1 to 63 of a-z, 0-9 and _, beginning with a letter",
            );
            self.unless(
                is_variable(variable),
                &env_field,
                "must be a variable: A-Z, 0-9 and _, not beginning with a digit",
            );
            self.unless(
                !variable.starts_with("HEARTH_")
                    && !variable.starts_with("COMPOSE_")
                    && !variable.starts_with("DOCKER_"),
                &env_field,
                "must not begin with HEARTH_, COMPOSE_ or DOCKER_: these are set by others",
            );
            if !ids.insert(id) {
                self.fault(&id_field, format!("{id} is there twice"));
            }
            if !variables.insert(variable) {
                self.fault(&env_field, format!("{variable} is set twice"));
            }
        }
        let ports = manifest.ports.iter().map(|port| port.name.as_str()).collect();
        self.names("ports", ports, &["web"]);
        self.names(
            "databases",
            manifest.databases.iter().map(|d| d.name.as_str()).collect(),
            &[],
        );
        self.names(
            "components",
            manifest.components.iter().map(|c| c.name.as_str()).collect(),
            &[],
        );
    }

    fn names(&mut self, list: &str, names: Vec<&str>, taken: &[&str]) {
        for (index, name) in names.iter().enumerate() {
            let field = format!("{list}[{index}].name");
            self.unless(
                is_id(&name.replace('-', "_")),
                &field,
                "must be 1 to 63 of a-z, 0-9, - and _, beginning with a letter",
            );
            if names[..index].contains(name) || taken.contains(name) {
                self.fault(&field, format!("{name} is there twice"));
            }
        }
    }

    fn questions(&mut self) {
        let manifest = self.manifest;
        for (index, asked) in manifest.questions.iter().enumerate() {
            let field = |name: &str| format!("questions[{index}].{name}");
            self.unless(!asked.label.trim().is_empty(), &field("label"), "is empty");
            let is_choice = asked.kind == QuestionKind::Choice;
            self.unless(
                is_choice != asked.choices.is_empty(),
                &field("choices"),
                if is_choice {
                    "are missing"
                } else {
                    "are only for the type choice"
                },
            );
            let distinct: BTreeSet<_> = asked.choices.iter().collect();
            self.unless(
                distinct.len() == asked.choices.len(),
                &field("choices"),
                "holds one twice",
            );
            self.unless(
                asked.min.is_none() || asked.max.is_none() || asked.min <= asked.max,
                &field("min"),
                "is more than max",
            );
            let measured = matches!(
                asked.kind,
                QuestionKind::String | QuestionKind::Integer | QuestionKind::Password
            );
            self.unless(
                measured || (asked.min.is_none() && asked.max.is_none()),
                &field("type"),
                "has no min and max; only string, integer and password have",
            );
            match &asked.default {
                Some(_) if asked.kind == QuestionKind::Password => {
                    self.fault(
                        &field("default"),
                        "a password has no default: use a secret, which is made for each install",
                    );
                }
                Some(default) => {
                    if let Err(message) = question::check_value(asked, default) {
                        self.fault(&field("default"), format!("is not a valid answer: {message}"));
                    }
                }
                None => {}
            }
        }
        for (index, secret) in manifest.secrets.iter().enumerate() {
            let field = format!("secrets[{index}].length");
            self.unless(
                (12..=128).contains(&secret.length),
                &field,
                "must be 12 to 128 characters",
            );
        }
    }

    fn databases(&mut self) {
        let manifest = self.manifest;
        for (index, claim) in manifest.databases.iter().enumerate() {
            if let Err(error) = semver::VersionReq::parse(&claim.versions) {
                let message = format!("is no range of versions such as \">=13, <18\": {error}");
                self.fault(&format!("databases[{index}].versions"), message);
            }
        }
    }

    fn health(&mut self) {
        let Health {
            http,
            tcp,
            container,
            within,
        } = &self.manifest.health;
        let given = [http.is_some(), tcp.is_some(), container.is_some()];
        let count = given.into_iter().filter(|given| *given).count();
        if count != 1 {
            self.fault(
                "health",
                format!("has {count} checks, exactly one of http, tcp and container is expected"),
            );
        }
        if let Some(http) = http {
            let good = http.path.starts_with('/') && !http.path.contains(|c: char| c.is_whitespace() || c.is_control());
            self.unless(good, "health.http.path", "must begin with / and hold no spaces");
            self.unless(
                http.status.is_none_or(|status| (100..=599).contains(&status)),
                "health.http.status",
                "must be 100 to 599",
            );
            self.unless(
                self.manifest.web.is_some(),
                "health.http",
                "needs web: it asks the web port",
            );
        }
        self.unless((1..=3600).contains(&within.0), "health.within", "must be 1 s to 1 h");
    }

    fn addresses(&mut self) {
        let manifest = self.manifest;
        if let Some(web) = &manifest.web {
            let good = web.path.starts_with('/') && !web.path.contains(|c: char| c.is_whitespace() || c.is_control());
            self.unless(good, "web.path", "must begin with / and hold no spaces");
        }
        let links = &manifest.links;
        let told = [
            ("links.home", &links.home),
            ("links.source", &links.source),
            ("links.docs", &links.docs),
        ];
        for (field, link) in told {
            self.unless(
                link.as_deref().is_none_or(is_web_address),
                field,
                "must be an address with http or https",
            );
        }
        for (index, source) in manifest.sources.iter().enumerate() {
            self.unless(
                is_web_address(&source.url),
                &format!("sources[{index}].url"),
                "must be an address with http or https",
            );
        }
    }
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_id(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_variable(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}
