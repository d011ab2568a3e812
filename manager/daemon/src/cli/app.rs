//! `hearth app`: installed apps.

use super::{
    CliError,
    client::{Client, List},
    output,
    watch::{self, Begun},
};
use clap::{Args, Subcommand};
use hearth_model::{
    app::{App as ModelApp, CommandRecord},
    name::Slug,
    placement::Placement,
};
use http::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Write, process::ExitCode};

/// Installed apps.
#[derive(Debug, Subcommand)]
pub enum App {
    /// List apps
    List,
    /// Show one
    Show {
        /// Id or name
        app: String,
    },
    /// Say which node suits a recipe best, and why
    Place {
        /// Recipe
        recipe: Slug,
    },
    /// Deploy a recipe
    Deploy(Deploy),
    /// Print an app's logs
    Logs {
        /// Id or name
        app: String,
        /// Go on as lines come
        #[arg(long, short)]
        follow: bool,
        /// How many of the last lines of each container
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(0..=10_000))]
        tail: u16,
    },
    /// Start an app that stands
    Start {
        /// Id or name
        app: String,
    },
    /// Stop an app; its data stays
    Stop {
        /// Id or name
        app: String,
    },
    /// Restart an app
    Restart {
        /// Id or name
        app: String,
    },
    /// Change answers and deploy anew
    Set {
        /// Id or name
        app: String,
        /// Answers as id=value
        #[arg(required = true, value_name = "ID=VALUE", value_parser = answer)]
        answers: Vec<(String, String)>,
    },
    /// Remove an app
    Remove {
        /// Id or name
        app: String,
        /// Leave its volumes on the node
        #[arg(long)]
        keep_data: bool,
        /// Do it without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// Print the generated compose.yaml
    Compose {
        /// Id or name
        app: String,
    },
    /// List every command that was run for an app
    Commands {
        /// Id or name
        app: String,
    },
    /// Show the generated passwords that you need to know
    Secrets {
        /// Id or name
        app: String,
    },
}

/// Deploy a recipe.
#[derive(Debug, Args)]
pub struct Deploy {
    /// Recipe
    recipe: Slug,
    /// Name of the app; default: the recipe's
    #[arg(long)]
    name: Option<Slug>,
    /// Node, by id or name; default: the best
    #[arg(long)]
    node: Option<String>,
    /// Answers to the recipe's questions
    #[arg(long = "set", value_name = "ID=VALUE", value_parser = answer)]
    answers: Vec<(String, String)>,
    /// Show what would be done and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not wait for the job
    #[arg(long)]
    detach: bool,
}

fn answer(text: &str) -> Result<(String, String), String> {
    let (id, value) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not of the form ID=VALUE"))?;
    Ok((id.to_owned(), value.to_owned()))
}

impl App {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        match self {
            Self::List => list(client, json).await?,
            Self::Show { app } => show(client, &app, json).await?,
            Self::Place { recipe } => {
                let placement: Placement = client.post(&format!("/api/v1/recipes/{recipe}/placement")).await?;
                if json {
                    output::json(&placement)?
                } else {
                    explain(&placement)?
                }
            }
            Self::Deploy(deploy) => return deploy.run(client, json).await,
            Self::Logs { app, follow, tail } => logs(client, &app, follow, tail).await?,
            Self::Start { app } => return act(client, &app, "start", json).await,
            Self::Stop { app } => return act(client, &app, "stop", json).await,
            Self::Restart { app } => return act(client, &app, "restart", json).await,
            Self::Set { app, answers } => {
                let body = json!({"answers": BTreeMap::from_iter(answers)});
                let begun: Begun = client
                    .send(Method::PATCH, &format!("/api/v1/apps/{app}"), Some(&body))
                    .await?;
                return watch::finish(client, begun, false, json).await;
            }
            Self::Remove { app, keep_data, yes } => {
                if !yes {
                    let lost = if keep_data {
                        "its containers and settings; its volumes stay"
                    } else {
                        "it and all its data"
                    };
                    return Err(CliError::Usage(format!("this removes {lost}; say --yes to agree")));
                }
                let path = format!("/api/v1/apps/{app}?keep_data={keep_data}");
                let begun: Begun = client.send::<(), _>(Method::DELETE, &path, None).await?;
                return watch::finish(client, begun, false, json).await;
            }
            Self::Compose { app } => {
                let rendered: Value = client.get(&format!("/api/v1/apps/{app}/compose")).await?;
                if json {
                    output::json(&rendered)?
                } else {
                    output::text(rendered["compose"].as_str().unwrap_or_default())?
                }
            }
            Self::Commands { app } => commands(client, &app, json).await?,
            Self::Secrets { app } => secrets(client, &app, json).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(client: &Client, json: bool) -> Result<(), CliError> {
    let apps: List<ModelApp> = client.get("/api/v1/apps?limit=1000").await?;
    if json {
        return output::json(&apps);
    }
    let rows = apps.items.into_iter().map(|app| {
        let word = app.state.word().to_owned();
        [
            app.slug.to_string(),
            app.recipe.to_string(),
            app.version,
            word,
            app.url.unwrap_or_default(),
        ]
    });
    output::table(["NAME", "RECIPE", "VERSION", "STATE", "ADDRESS"], rows)
}

async fn show(client: &Client, key: &str, json: bool) -> Result<(), CliError> {
    let app: ModelApp = client.get(&format!("/api/v1/apps/{key}")).await?;
    if json {
        return output::json(&app);
    }
    let mut rows = vec![
        ("name", app.slug.to_string()),
        ("recipe", format!("{} {}", app.recipe, app.version)),
        ("state", app.state.word().to_owned()),
        ("node", app.node.to_string()),
        ("address", app.url.unwrap_or_default()),
    ];
    rows.extend(app.ports.iter().map(|p| {
        (
            "port",
            format!("{} {}/{} (wished: {})", p.name, p.given, p.protocol, p.wanted),
        )
    }));
    output::fields(rows)
}

fn explain(placement: &Placement) -> Result<(), CliError> {
    output::text(&placement.reason)?;
    for node in &placement.nodes {
        output::text(&format!(
            "\n{:<20} {:>5.1}{}",
            node.name,
            node.score,
            if node.fits { "" } else { "  does not fit" }
        ))?;
        for factor in &node.factors {
            output::text(&format!(
                "  {:>5.1} of {:>4.0}  {}: {}",
                factor.points, factor.weight, factor.name, factor.reason
            ))?;
        }
        for obstacle in &node.obstacles {
            output::text(&format!("  {obstacle}"))?;
        }
    }
    Ok(())
}

async fn act(client: &Client, app: &str, action: &str, json: bool) -> Result<ExitCode, CliError> {
    let begun: Begun = client.post(&format!("/api/v1/apps/{app}/{action}")).await?;
    watch::finish(client, begun, false, json).await
}

async fn logs(client: &Client, app: &str, follow: bool, tail: u16) -> Result<(), CliError> {
    let path = format!("/api/v1/apps/{app}/logs?follow={follow}&tail={tail}");
    let mut out = std::io::stdout();
    // A reader that has gone ends the process by SIGPIPE's usual way: the next write fails and there is nothing to save.
    client
        .follow(&path, |piece| {
            if out.write_all(piece).and_then(|()| out.flush()).is_err() {
                std::process::exit(0)
            }
        })
        .await
}

async fn commands(client: &Client, app: &str, json: bool) -> Result<(), CliError> {
    let commands: List<CommandRecord> = client.get(&format!("/api/v1/apps/{app}/commands")).await?;
    if json {
        return output::json(&commands);
    }
    let rows = commands.items.into_iter().map(|c| {
        let status = c.exit_status.map_or("-".to_owned(), |s| s.to_string());
        [c.at.to_string(), format!("{} ms", c.took_ms), status, c.command]
    });
    output::table(["AT", "TOOK", "STATUS", "COMMAND"], rows)
}

async fn secrets(client: &Client, app: &str, json: bool) -> Result<(), CliError> {
    let secrets: List<Value> = client.get(&format!("/api/v1/apps/{app}/secrets")).await?;
    if json {
        return output::json(&secrets);
    }
    let text = |secret: &Value, field: &str| secret[field].as_str().unwrap_or_default().to_owned();
    output::table(
        ["LABEL", "VALUE"],
        secrets.items.iter().map(|s| [text(s, "label"), text(s, "value")]),
    )
}

impl Deploy {
    async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        let mut body = json!({"answers": BTreeMap::from_iter(self.answers)});
        if let Some(name) = self.name {
            body["name"] = json!(name);
        }
        if let Some(node) = self.node {
            body["node"] = json!(node);
        }
        let path = format!("/api/v1/recipes/{}/deploy", self.recipe);
        if self.dry_run {
            let preview: Value = client
                .send(Method::POST, &format!("{path}?dry_run=true"), Some(&body))
                .await?;
            output::json(&preview)?;
            return Ok(ExitCode::SUCCESS);
        }
        let begun: Begun = client.send(Method::POST, &path, Some(&body)).await?;
        watch::finish(client, begun, self.detach, json).await
    }
}
