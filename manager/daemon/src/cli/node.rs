//! `hearth node`: machines under management.

use super::{
    CliError,
    client::{Client, List},
    error::io,
    output,
    watch::{self, Begun},
};
use clap::{Args, Subcommand};
use hearth_model::{
    fault::Preflight,
    job::Job,
    name::Slug,
    node::{Host, Link, Node as ModelNode, NodeState},
};
use http::Method;
use serde_json::{Map, Value, json};
use std::{io::BufRead, path::PathBuf, process::ExitCode, time::Duration};

/// Machines under management.
#[derive(Debug, Subcommand)]
pub enum Node {
    /// List nodes
    List,
    /// Show one with its facts
    Show {
        /// Id or name
        node: String,
    },
    /// Adopt a machine over SSH
    Adopt(Adopt),
    /// Look for machines: multicast DNS, neighbours, and the SSH port in subnets
    Discover {
        /// Subnets to try, such as 192.168.1.0/24
        subnets: Vec<String>,
    },
    /// Say what a node lacks, and how to mend it
    Preflight {
        /// Id or name
        node: String,
    },
    /// Install the container engine and Compose on a node
    Bootstrap {
        /// Id or name
        node: String,
        /// Do it without asking; the commands are shown by preflight
        #[arg(long, short)]
        yes: bool,
        /// Do not wait for the job
        #[arg(long)]
        detach: bool,
    },
    /// Show use now and over time
    Stats {
        /// Id or name
        node: String,
        /// How far back, in seconds
        #[arg(long, default_value_t = 3600)]
        range: u32,
    },
    /// Rename a node
    Rename {
        /// Id or name
        node: String,
        /// New name
        name: Slug,
    },
    /// Release a node; its apps keep running
    Release {
        /// Id or name
        node: String,
        /// Also when it cannot be reached any more
        #[arg(long)]
        force: bool,
    },
}

/// Adopt a machine over SSH.
#[derive(Debug, Args)]
pub struct Adopt {
    /// Address, as user@host or host
    address: String,
    /// User, when not given with the address
    #[arg(long, short)]
    user: Option<String>,
    /// Port of the SSH server
    #[arg(long, short, default_value_t = 22)]
    port: u16,
    /// Private key to log in with once; without it a password is asked for
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Read the password (or the key's passphrase) from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Name of the node; default: its host name
    #[arg(long)]
    name: Option<Slug>,
    /// Fingerprint of the host key (SHA256:…), when you know it
    #[arg(long, value_name = "FINGERPRINT")]
    host_key: Option<String>,
    /// Do not wait for the job
    #[arg(long)]
    detach: bool,
}

impl Node {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        match self {
            Self::List => list(client, json).await?,
            Self::Show { node } => show(client, &node, json).await?,
            Self::Adopt(adopt) => return adopt.run(client, json).await,
            Self::Discover { subnets } => discover(client, subnets, json).await?,
            Self::Preflight { node } => preflight(client, &node, json).await?,
            Self::Bootstrap { node, yes, detach } => {
                let found: Preflight = client.post(&format!("/api/v1/nodes/{node}/preflight")).await?;
                if !yes {
                    let commands = found.bootstrap.join("\n  ");
                    return Err(CliError::Usage(format!(
                        "this would be run on {node}; say --yes to agree:\n  {commands}"
                    )));
                }
                let begun: Begun = client.post(&format!("/api/v1/nodes/{node}/bootstrap")).await?;
                return watch::finish(client, begun, detach, json).await;
            }
            Self::Stats { node, range } => {
                output::json(
                    &client
                        .get::<Value>(&format!("/api/v1/nodes/{node}/stats?range={range}"))
                        .await?,
                )?;
            }
            Self::Rename { node, name } => {
                let body = json!({"name": name});
                let path = format!("/api/v1/nodes/{node}");
                let changed: ModelNode = client.send(Method::PATCH, &path, Some(&body)).await?;
                output::text(&format!("{node} is now {}", changed.name))?;
            }
            Self::Release { node, force } => {
                let path = format!("/api/v1/nodes/{node}?force={force}");
                let begun: Begun = client.send::<(), _>(Method::DELETE, &path, None).await?;
                return watch::finish(client, begun, false, json).await;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn place(node: &ModelNode) -> String {
    match &node.link {
        Link::Local => "this machine".to_owned(),
        Link::Ssh { host, port, user, .. } => format!("{user}@{host}:{port}"),
    }
}

fn state(node: &ModelNode) -> String {
    match &node.state {
        NodeState::Connecting => "connecting".to_owned(),
        NodeState::Online => "online".to_owned(),
        NodeState::Offline { fault, .. } => format!("offline ({})", fault.cause.title()),
    }
}

async fn list(client: &Client, json: bool) -> Result<(), CliError> {
    let nodes: List<ModelNode> = client.get("/api/v1/nodes?limit=1000").await?;
    if json {
        return output::json(&nodes);
    }
    let rows = nodes.items.into_iter().map(|node| {
        let facts = node.facts.as_ref();
        [
            node.name.to_string(),
            place(&node),
            state(&node),
            facts.map_or(String::new(), |f| f.os_name.clone()),
            facts.map_or(String::new(), |f| f.cpu_cores.to_string()),
            facts.map_or(String::new(), |f| f.memory.to_string()),
            facts
                .and_then(|f| f.engine.as_ref())
                .map_or("none".to_owned(), |e| e.version.clone()),
        ]
    });
    output::table(
        ["NAME", "ADDRESS", "STATE", "SYSTEM", "CORES", "MEMORY", "ENGINE"],
        rows,
    )
}

async fn show(client: &Client, key: &str, json: bool) -> Result<(), CliError> {
    let node: ModelNode = client.get(&format!("/api/v1/nodes/{key}")).await?;
    if json {
        return output::json(&node);
    }
    let mut rows = vec![
        ("name", node.name.to_string()),
        ("address", place(&node)),
        ("state", state(&node)),
    ];
    if let Some(facts) = &node.facts {
        rows.extend([
            ("model", facts.model.clone().unwrap_or_default()),
            ("system", format!("{} (kernel {})", facts.os_name, facts.kernel)),
            (
                "cpu",
                format!(
                    "{} cores, {}",
                    facts.cpu_cores,
                    facts.cpu_model.clone().unwrap_or_default()
                ),
            ),
            ("memory", facts.memory.to_string()),
        ]);
        rows.extend(
            facts
                .disks
                .iter()
                .map(|d| ("disk", format!("{} on {} ({})", d.total, d.mount, d.device))),
        );
        rows.extend(
            facts
                .engine
                .iter()
                .map(|e| ("engine", format!("{} (API {})", e.version, e.api_version))),
        );
    }
    output::fields(rows)
}

async fn preflight(client: &Client, node: &str, json: bool) -> Result<(), CliError> {
    let found: Preflight = client.post(&format!("/api/v1/nodes/{node}/preflight")).await?;
    if json {
        return output::json(&found);
    }
    for check in &found.checks {
        let mark = if check.fault.is_none() { "ok  " } else { "LACK" };
        output::text(&format!("{mark}  {}: {}", check.name, check.found))?;
        if let Some(mend) = &check.mend {
            output::text(&format!("        {mend}"))?;
        }
    }
    if !found.bootstrap.is_empty() {
        output::text(&format!(
            "`hearth node bootstrap {node} --yes` would run:\n  {}",
            found.bootstrap.join("\n  ")
        ))?;
    }
    Ok(())
}

async fn discover(client: &Client, subnets: Vec<String>, json: bool) -> Result<(), CliError> {
    let begun: Begun = client
        .send(
            Method::POST,
            "/api/v1/nodes/discover",
            Some(&json!({"subnets": subnets})),
        )
        .await?;
    let id = begun.job.id;
    while !client.get::<Job>(&format!("/api/v1/jobs/{id}")).await?.state.is_final() {
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let found: List<Value> = client.get(&format!("/api/v1/nodes/discover/{id}")).await?;
    if json {
        return output::json(&found);
    }
    let text = |machine: &Value, field: &str| match &machine[field] {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let rows = found
        .items
        .iter()
        .map(|m| ["address", "ssh_port", "name", "by", "banner", "node"].map(|f| text(m, f)));
    output::table(["ADDRESS", "SSH", "NAME", "FOUND BY", "BANNER", "NODE"], rows)
}

impl Adopt {
    async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        let (given, address) = match self.address.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, self.address.as_str()),
        };
        let host: Host = address
            .parse()
            .map_err(|e: hearth_model::node::HostError| CliError::Usage(e.to_string()))?;
        let user = self
            .user
            .clone()
            .or(given)
            .ok_or_else(|| CliError::Usage("give a user: user@host".to_owned()))?;
        let mut body = Map::from_iter([
            ("address".to_owned(), json!(host)),
            ("port".to_owned(), json!(self.port)),
            ("user".to_owned(), json!(user)),
        ]);
        if let Some(name) = &self.name {
            body.insert("name".to_owned(), json!(name));
        }
        if let Some(fingerprint) = &self.host_key {
            body.insert("host_key".to_owned(), json!(fingerprint));
        }
        if let Some(path) = &self.key {
            let key = std::fs::read_to_string(path).map_err(io(format!("reading {}", path.display())))?;
            body.insert("key".to_owned(), json!(key));
            if self.password_stdin {
                body.insert("passphrase".to_owned(), json!(secret(true, "")?));
            }
        } else {
            body.insert(
                "password".to_owned(),
                json!(secret(self.password_stdin, &format!("Password of {user}@{host}: "))?),
            );
        }
        let begun: Begun = client
            .send(Method::POST, "/api/v1/nodes", Some(&Value::Object(body)))
            .await?;
        watch::finish(client, begun, self.detach, json).await
    }
}

pub(super) fn secret(from_stdin: bool, question: &str) -> Result<String, CliError> {
    if !from_stdin {
        return rpassword::prompt_password(question).map_err(io("reading the password"));
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(io("reading the password"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
