//! Whether an app is well: its containers, and the check that its recipe names.

use crate::port::prober::Prober;
use hearth_model::{
    app::{Container, PublishedPort},
    node::Node,
    recipe::{Manifest, manifest::Scheme},
};

/// Name of the port of an app's pages.
const WEB: &str = "web";

/// What is looked at from the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outside {
    /// A page, and the status it shall have (none: 200 to 399).
    Http { url: String, status: Option<u16> },
    /// A port.
    Tcp { host: String, port: u16 },
    /// A container's own check.
    Container(String),
}

/// How an app's health is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    outside: Option<Outside>,
}

/// Why an app is not well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ill {
    /// In words.
    pub reason: String,
    /// Whether a container has ended and does not come back by itself.
    pub ended: bool,
}

impl Ill {
    fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            ended: false,
        }
    }
}

impl Check {
    /// The check of a recipe for an app that is on `node` with these ports.
    #[must_use]
    pub fn new(manifest: &Manifest, node: &Node, ports: &[PublishedPort]) -> Self {
        let host = node.link.host().map_or("127.0.0.1", |host| host.as_str());
        let given = |name: &str| ports.iter().find(|port| port.name == name).map(|port| port.given);
        let health = &manifest.health;
        let http = health.http.as_ref().and_then(|http| {
            let port = given(WEB)?;
            let scheme = manifest.web.as_ref().map_or(Scheme::Http, |web| web.scheme);
            let path = http.path.trim_start_matches('/');
            Some(Outside::Http {
                url: format!("{}://{}:{port}/{path}", scheme.as_str(), in_url(host)),
                status: http.status,
            })
        });
        let tcp = health.tcp.as_ref().and_then(|name| {
            Some(Outside::Tcp {
                host: host.to_owned(),
                port: given(name)?,
            })
        });
        let container = health.container.clone().map(Outside::Container);
        Self {
            outside: http.or(tcp).or(container),
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// Why it is not well.
    pub async fn look(&self, containers: &[Container], prober: &dyn Prober) -> Result<(), Ill> {
        inside(containers)?;
        match &self.outside {
            None => Ok(()),
            Some(Outside::Http { url, status }) => {
                let answer = prober.http(url).await.map_err(Ill::because)?;
                let right = status.map_or((200..400).contains(&answer), |status| status == answer);
                if right {
                    Ok(())
                } else {
                    Err(Ill::because(format!("{url} answers with status {answer}")))
                }
            }
            Some(Outside::Tcp { host, port }) => prober.tcp(host, *port).await.map_err(Ill::because),
            Some(Outside::Container(service)) => {
                let of_service = |c: &&Container| c.service.as_ref() == Some(service);
                let healthy = |c: &Container| c.health.as_deref() == Some("healthy");
                match containers.iter().find(of_service) {
                    None => Err(Ill::because(format!("service {service} has no container"))),
                    Some(container) if healthy(container) => Ok(()),
                    Some(container) => {
                        let says = container.health.as_deref().unwrap_or("nothing");
                        Err(Ill::because(format!("the own check of {service} says {says}")))
                    }
                }
            }
        }
    }
}

/// Whether a container is as it should be: it runs and does not call itself unhealthy, or did its work and ended well.
#[must_use]
pub fn is_well(container: &Container) -> bool {
    match container.state.as_str() {
        "running" => container.health.as_deref() != Some("unhealthy"),
        "exited" => container.exit_code == Some(0),
        _ => false,
    }
}

/// That all containers of an app are as they should be, and at least one of them runs.
///
/// # Errors
/// Why not.
pub fn inside(containers: &[Container]) -> Result<(), Ill> {
    let name = |c: &Container| c.service.clone().unwrap_or_else(|| c.name.clone());
    if let Some(ill) = containers.iter().find(|container| !is_well(container)) {
        let code = ill.exit_code.filter(|_| ill.state != "running");
        let code = code.map_or(String::new(), |code| format!(" with code {code}"));
        let health = ill.health.as_ref().filter(|_| ill.state == "running");
        let health = health.map_or(String::new(), |health| format!(" and {health}"));
        return Err(Ill {
            reason: format!("service {} is {}{code}{health}", name(ill), ill.state),
            ended: matches!(ill.state.as_str(), "exited" | "dead"),
        });
    }
    if containers.iter().any(|container| container.state == "running") {
        Ok(())
    } else {
        Err(Ill {
            reason: "none of its containers runs".to_owned(),
            ended: true,
        })
    }
}

/// A host as it stands in a URL: an IPv6 address in brackets (RFC 3986, section 3.2.2).
fn in_url(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}
