//! `hearth group`: groups of nodes, and one action on all of a group.

use super::{
    CliError,
    client::{Client, List},
    output,
    watch::{self, Begun, word},
};
use clap::{Subcommand, ValueEnum};
use hearth_model::{job::NodeResult, name::Slug};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::process::ExitCode;

/// What can be done with all nodes of a group.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Action {
    /// Look what is missing
    Preflight,
    /// Ask anew what each is
    Refresh,
    /// Install what is missing
    Bootstrap,
}

impl Action {
    const fn word(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Refresh => "refresh",
            Self::Bootstrap => "bootstrap",
        }
    }
}

/// Groups of nodes.
#[derive(Debug, Subcommand)]
pub enum Group {
    /// List groups with their nodes
    List,
    /// Make a group of nodes
    Create {
        /// Its name
        name: Slug,
        /// Its nodes, by id or name
        #[arg(required = true)]
        nodes: Vec<String>,
    },
    /// Give a group another name
    Rename {
        /// The group
        group: Slug,
        /// New name
        name: Slug,
    },
    /// Delete a group; its nodes stay
    Delete {
        /// The group
        group: Slug,
    },
    /// Put nodes into a group
    Add {
        /// The group
        group: Slug,
        /// Nodes, by id or name
        #[arg(required = true)]
        nodes: Vec<String>,
    },
    /// Take nodes out of a group
    Remove {
        /// The group
        group: Slug,
        /// Nodes, by id or name
        #[arg(required = true)]
        nodes: Vec<String>,
    },
    /// Do something on all nodes of a group, and tell what came of it on each
    Run {
        /// The group
        group: Slug,
        /// What to do
        action: Action,
        /// Do not ask: bootstrap installs packages
        #[arg(long, short)]
        yes: bool,
        /// Do not wait for the job
        #[arg(long)]
        detach: bool,
    },
}

#[derive(Serialize, Deserialize)]
struct Shown {
    name: Slug,
    nodes: Vec<Slug>,
}

impl Group {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        match self {
            Self::List => {
                let groups: List<Shown> = client.get("/api/v1/groups").await?;
                if json {
                    output::json(&groups)?;
                } else {
                    let rows = groups
                        .items
                        .into_iter()
                        .map(|group| [group.name.to_string(), names(&group.nodes)]);
                    output::table(["GROUP", "NODES"], rows)?;
                }
            }
            Self::Create { name, nodes } => {
                let groups: List<Shown> = client.get("/api/v1/groups").await?;
                if groups.items.iter().any(|group| group.name == name) {
                    let text =
                        format!("there is a group {name} already; put nodes into it with: hearth group add {name}");
                    return Err(CliError::Usage(text));
                }
                let body = json!({"name": name, "nodes": nodes});
                show(&client.send(Method::POST, "/api/v1/groups", Some(&body)).await?, json)?;
            }
            Self::Rename { group, name } => change(client, &group, &json!({"name": name}), json).await?,
            Self::Add { group, nodes } => change(client, &group, &json!({"add": nodes}), json).await?,
            Self::Remove { group, nodes } => change(client, &group, &json!({"remove": nodes}), json).await?,
            Self::Delete { group } => {
                let path = format!("/api/v1/groups/{group}");
                client.send::<(), Value>(Method::DELETE, &path, None).await?;
                output::text(&format!("group {group} is gone; its nodes stay"))?;
            }
            Self::Run {
                group,
                action,
                yes,
                detach,
            } => return run(client, &group, action, yes, detach, json).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn names(nodes: &[Slug]) -> String {
    nodes.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ")
}

fn show(group: &Shown, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(group);
    }
    match names(&group.nodes) {
        none if none.is_empty() => output::text(&format!("group {} has no nodes any more, and is gone", group.name)),
        nodes => output::text(&format!("{}: {nodes}", group.name)),
    }
}

async fn change(client: &Client, group: &Slug, body: &Value, json: bool) -> Result<(), CliError> {
    let path = format!("/api/v1/groups/{group}");
    show(&client.send(Method::PATCH, &path, Some(body)).await?, json)
}

async fn run(
    client: &Client,
    group: &Slug,
    action: Action,
    yes: bool,
    detach: bool,
    json: bool,
) -> Result<ExitCode, CliError> {
    if matches!(action, Action::Bootstrap) && !yes {
        let members: Shown = client.get(&format!("/api/v1/groups/{group}")).await?;
        let nodes = names(&members.nodes);
        return Err(CliError::Usage(format!(
            "this would install what is missing on {nodes}; see what that is with `hearth group run {group} preflight`, and say --yes to agree"
        )));
    }
    let path = format!("/api/v1/groups/{group}/actions");
    let body = json!({"action": action.word()});
    let begun: Begun = client.send(Method::POST, &path, Some(&body)).await?;
    let id = begun.job.id;
    let code = watch::finish(client, begun, detach, json).await?;
    if !detach && !json {
        let results: List<NodeResult> = client.get(&format!("/api/v1/jobs/{id}/results")).await?;
        let rows = results
            .items
            .into_iter()
            .map(|result| [result.name, word(result.state), result.text]);
        output::table(["NODE", "RESULT", "WHAT CAME OF IT"], rows)?;
    }
    Ok(code)
}
