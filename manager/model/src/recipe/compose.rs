//! `compose.yaml` as far as Hearth has to understand it. Lenient: what it does not know it leaves to `docker compose config`, the judge.

use super::{
    interpolation::{self, Variable},
    yaml::{Node, Value},
};
use crate::recipe::manifest::Protocol;
use std::collections::BTreeMap;

/// Something and the line of the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// Line, from 1.
    pub line: u32,
    /// The thing itself.
    pub value: T,
}

/// What a Compose file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compose {
    /// Services by name.
    pub services: BTreeMap<String, Service>,
    /// Named volumes, with their lines.
    pub volumes: BTreeMap<String, u32>,
    /// Variables it uses, by name.
    pub variables: BTreeMap<String, Variable>,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Line of its name.
    pub line: u32,
    /// Image, as written.
    pub image: Option<At<String>>,
    /// Published ports.
    pub ports: Vec<At<Published>>,
    /// What is mounted.
    pub mounts: Vec<At<Mount>>,
    /// Environment; none for a variable that is handed through.
    pub environment: BTreeMap<String, At<Option<String>>>,
    /// Devices of the host.
    pub devices: Vec<At<String>>,
    /// Capabilities that are added.
    pub cap_add: Vec<At<String>>,
    /// Whether it has a health check of its own or switches the image's on.
    pub healthcheck: bool,
    /// Line of `privileged: true`.
    pub privileged: Option<u32>,
    /// Line of `network_mode: host`.
    pub host_network: Option<u32>,
    /// Networks it joins.
    pub networks: Vec<String>,
    /// User it runs as, as written.
    pub user: Option<String>,
    /// Whether its root file system is read-only.
    pub read_only: bool,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Port on the host as written, such as `${HEARTH_PORT:-8080}`; none when the engine chooses one.
    pub host: Option<String>,
    /// Port in the container, as written.
    pub container: String,
    /// Transport.
    pub protocol: Protocol,
}

impl Published {
    /// Variable that sets the port on the host, and its default, when it is written as it should be.
    #[must_use]
    pub fn variable(&self) -> Option<(&str, u16)> {
        use interpolation::{Piece, Unset};
        let pieces = interpolation::pieces(self.host.as_deref()?);
        let [
            Piece::Variable {
                name,
                unset: Unset::Default(default),
                ..
            },
        ] = pieces.as_slice()
        else {
            return None;
        };
        Some((name, default.parse().ok()?))
    }
}

/// Something that is mounted into a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What; none for an anonymous volume and for tmpfs.
    pub source: Option<Source>,
    /// Where.
    pub target: String,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A named volume.
    Volume(String),
    /// A path of the host, or one beside the Compose file.
    Path(String),
}

impl Compose {
    pub(super) fn read(root: &Node) -> Self {
        let mut variables = BTreeMap::new();
        let mut texts = Vec::new();
        root.texts(&mut texts);
        for (line, text) in texts {
            interpolation::collect(line, text, &mut variables);
        }
        let services = root.get("services").map(service_map).unwrap_or_default();
        let volumes = root.get("volumes").map(|node| {
            let line = |(key, _): (&super::yaml::Key, &Node)| (key.text.clone(), key.line);
            node.entries().map(line).collect()
        });
        Self {
            services,
            volumes: volumes.unwrap_or_default(),
            variables,
        }
    }

    /// Images with variables filled in, each once, in order; what cannot be filled in stays as it is written.
    #[must_use]
    pub fn images(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let mut images: Vec<String> = self
            .services
            .values()
            .filter_map(|service| service.image.as_ref())
            .map(|image| interpolation::resolve(&image.value, lookup).unwrap_or_else(|_| image.value.clone()))
            .collect();
        images.sort();
        images.dedup();
        images
    }
}

fn service_map(node: &Node) -> BTreeMap<String, Service> {
    node.entries()
        .map(|(key, node)| (key.text.clone(), service(key.line, node)))
        .collect()
}

fn service(line: u32, node: &Node) -> Service {
    let text = |key: &str| node.get(key).and_then(Node::scalar);
    let list = |key: &str| {
        let items = node.get(key).map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| at(item, item.scalar()?))
    };
    Service {
        line,
        image: node.get("image").and_then(|image| at(image, image.scalar()?)),
        ports: node
            .get("ports")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| at(item, published(item)?))
            .collect(),
        mounts: node
            .get("volumes")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| at(item, mount(item)?))
            .collect(),
        environment: node.get("environment").map(environment).unwrap_or_default(),
        devices: node
            .get("devices")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| at(item, device(item)?))
            .collect(),
        cap_add: list("cap_add").collect(),
        healthcheck: node
            .get("healthcheck")
            .is_some_and(|check| !check.get("disable").is_some_and(Node::is_true)),
        privileged: privileged(node),
        host_network: node
            .get("network_mode")
            .filter(|mode| mode.scalar().as_deref() == Some("host"))
            .map(|node| node.line),
        networks: node.get("networks").map(names).unwrap_or_default(),
        user: text("user"),
        read_only: node.get("read_only").is_some_and(Node::is_true),
    }
}

/// The line of `privileged`, in the service or in one of its hooks, unless it is switched off in plain sight.
fn privileged(node: &Node) -> Option<u32> {
    let inner = node.entries().map(|(_, node)| node).chain(node.items());
    let here = node
        .get("privileged")
        .filter(|node| !matches!(node.scalar().as_deref(), None | Some("false")))
        .map(|node| node.line);
    here.or_else(|| inner.into_iter().find_map(privileged))
}

fn at<T>(node: &Node, value: T) -> Option<At<T>> {
    Some(At { line: node.line, value })
}

/// Names written as a list or as the keys of a mapping.
fn names(node: &Node) -> Vec<String> {
    let listed = node.items().iter().filter_map(Node::scalar);
    listed.chain(node.entries().map(|(key, _)| key.text.clone())).collect()
}

/// A mapping, or a list of `NAME=value`.
fn environment(node: &Node) -> BTreeMap<String, At<Option<String>>> {
    let listed = node.items().iter().filter_map(|item| {
        let text = item.scalar()?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text, None),
        };
        Some((name, at(item, value)?))
    });
    let mapped = node
        .entries()
        .filter_map(|(key, node)| Some((key.text.clone(), at(node, node.scalar())?)));
    listed.chain(mapped).collect()
}

/// Splits at colons that are not inside `${…}`.
fn split_outside(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// `[[ip:]host:]container[/protocol]`, or the long form.
fn published(node: &Node) -> Option<Published> {
    if let Value::Map(_) = node.value {
        return Some(Published {
            host: node.get("published").and_then(Node::scalar),
            container: node.get("target")?.scalar()?,
            protocol: protocol(node.get("protocol").and_then(Node::scalar).as_deref()),
        });
    }
    let text = node.scalar()?;
    let (ports, transport) = match text.rsplit_once('/') {
        Some((ports, transport)) if !transport.contains('}') => (ports.to_owned(), Some(transport)),
        _ => (text.clone(), None),
    };
    let mut parts = split_outside(&ports).into_iter().rev();
    let container = parts.next()?.to_owned();
    Some(Published {
        host: parts.next().map(str::to_owned).filter(|host| !host.is_empty()),
        container,
        protocol: protocol(transport),
    })
}

fn protocol(text: Option<&str>) -> Protocol {
    if text == Some("udp") {
        Protocol::Udp
    } else {
        Protocol::Tcp
    }
}

/// `[source:]target[:mode]`, or the long form.
fn mount(node: &Node) -> Option<Mount> {
    let (source, target, bind) = if let Value::Map(_) = node.value {
        let kind = node.get("type").and_then(Node::scalar);
        let source = node.get("source").and_then(Node::scalar);
        (source, node.get("target")?.scalar()?, kind.as_deref() == Some("bind"))
    } else {
        let text = node.scalar()?;
        match split_outside(&text).as_slice() {
            [target] => (None, (*target).to_owned(), false),
            [source, target, ..] => (Some((*source).to_owned()), (*target).to_owned(), false),
            [] => return None,
        }
    };
    // A name that comes from a variable may become a path.
    let is_path = |source: &str| bind || source.starts_with(['/', '.', '~']) || source.contains(['$', '/']);
    let source = source.map(|source| {
        if is_path(&source) {
            Source::Path(source)
        } else {
            Source::Volume(source)
        }
    });
    Some(Mount { source, target })
}

/// The host's side of `host[:container[:rights]]`, or of the long form.
fn device(node: &Node) -> Option<String> {
    match node.get("source") {
        Some(source) => source.scalar(),
        None => node.scalar().map(|text| split_outside(&text)[0].to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::yaml;

    fn read(text: &str) -> Compose {
        Compose::read(&yaml::tree("compose.yaml", text).expect("good YAML"))
    }

    #[test]
    fn short_and_long_forms() {
        let compose = read(
            r#"
services:
  app:
    image: ${REGISTRY:-docker.io}/app:1
    ports:
      - "${HEARTH_PORT:-8080}:80"
      - "127.0.0.1:${HEARTH_PORT_DNS:-5353}:53/udp"
      - {target: 443, published: "8443"}
      - 9000
    volumes: ["data:/data:ro", "./conf:/conf", {type: bind, source: etc, target: /etc}, "/anonymous"]
    environment: ["A=b=c", "HANDED"]
    devices: ["/dev/dri:/dev/dri"]
    network_mode: host
    healthcheck: {disable: true}
  db:
    environment: {PORT: 5432, ON: true, NOTHING: }
    networks: {back: {}}
    healthcheck: {test: [CMD, true]}
volumes:
  data:
"#,
        );
        let app = &compose.services["app"];
        let hosts: Vec<Option<&str>> = app.ports.iter().map(|p| p.value.host.as_deref()).collect();
        assert_eq!(
            hosts,
            [
                Some("${HEARTH_PORT:-8080}"),
                Some("${HEARTH_PORT_DNS:-5353}"),
                Some("8443"),
                None
            ]
        );
        assert_eq!(app.ports[1].value.variable(), Some(("HEARTH_PORT_DNS", 5353)));
        assert_eq!(app.ports[1].value.protocol, Protocol::Udp);
        assert_eq!(app.ports[2].value.variable(), None);
        assert_eq!((app.ports[0].line, app.ports[0].value.container.as_str()), (6, "80"));
        let sources: Vec<Option<&Source>> = app.mounts.iter().map(|m| m.value.source.as_ref()).collect();
        assert_eq!(
            sources,
            [
                Some(&Source::Volume("data".to_owned())),
                Some(&Source::Path("./conf".to_owned())),
                Some(&Source::Path("etc".to_owned())),
                None
            ]
        );
        assert_eq!(app.environment["A"].value.as_deref(), Some("b=c"));
        assert_eq!(app.environment["HANDED"].value, None);
        assert_eq!(app.devices[0].value, "/dev/dri");
        assert!(app.host_network.is_some() && !app.healthcheck);
        let db = &compose.services["db"];
        assert_eq!(db.environment["PORT"].value.as_deref(), Some("5432"));
        assert!(db.healthcheck && db.networks == ["back"]);
        assert_eq!(compose.volumes["data"], 20);
        assert_eq!(compose.images(&|_| None), ["docker.io/app:1"]);
        assert_eq!(
            compose.variables.keys().collect::<Vec<_>>(),
            ["HEARTH_PORT", "HEARTH_PORT_DNS", "REGISTRY"]
        );
    }

    #[test]
    fn nonsense_is_passed_over() {
        let compose = read("services: {a: 1, b: [x], c: {ports: x, volumes: {a: b}, environment: 3, image: [a]}}");
        assert_eq!(compose.services.len(), 3);
        assert_eq!(compose.services["c"].image, None);
        assert_eq!(read("[]"), Compose::default());
        assert_eq!(read(""), Compose::default());
    }
}
