//! `hearth system update`.

use crate::cli::{
    CliError,
    client::Client,
    output,
    watch::{self, Begun},
};
use clap::{Args, Subcommand};
use http::Method;
use jiff::civil::Time;
use serde_json::{Map, Value, json};
use std::{path::PathBuf, process::ExitCode, str::FromStr};

const PATH: &str = "/api/v1/system/update";

/// Updates of the box; without a command they are shown.
#[derive(Debug, Args)]
pub struct Update {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Look at the feed now
    Check,
    /// Install what the feed offers, or a bundle
    Install(Install),
    /// Go back to the system in the other slot
    Rollback {
        /// When the box is restarted: now, later, or a time of day such as 03:00-05:00
        #[arg(long)]
        restart: Option<When>,
        /// Do not wait for the job
        #[arg(long)]
        detach: bool,
    },
    /// Choose channel, feed, and when the box is restarted after an installation
    Set(Set),
}

#[derive(Debug, Args)]
struct Install {
    /// A bundle on this machine, which is uploaded
    #[arg(long, value_name = "BUNDLE")]
    file: Option<PathBuf>,
    /// Install it although it is older than what runs
    #[arg(long)]
    downgrade: bool,
    /// When the box is restarted: now, later, or a time of day such as 03:00-05:00
    #[arg(long)]
    restart: Option<When>,
    /// Do not wait for the job
    #[arg(long)]
    detach: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Set {
    /// stable or beta
    #[arg(long)]
    channel: Option<String>,
    /// Address of the folder with the feeds; empty for none
    #[arg(long, value_name = "URL")]
    feed: Option<String>,
    /// When the box is restarted: now, later, or a time of day such as 03:00-05:00
    #[arg(long)]
    restart: Option<When>,
}

/// When the box is restarted, as the API spells it.
#[derive(Debug, Clone, PartialEq)]
struct When(Value);

impl FromStr for When {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if matches!(text, "now" | "later") {
            return Ok(Self(json!({ "when": text })));
        }
        let window = || {
            let (from, until) = text.split_once('-')?;
            let times = (from.parse::<Time>().ok()?, until.parse::<Time>().ok()?);
            Some(json!({"when": "window", "window": {"from": times.0, "until": times.1}}))
        };
        let wrong = || "is none of now, later, and a time of day such as 03:00-05:00".to_owned();
        window().map(Self).ok_or_else(wrong)
    }
}

impl Update {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        match self.verb {
            None => show(&client.get(PATH).await?, json).map(|()| ExitCode::SUCCESS),
            Some(Verb::Check) => {
                let begun: Begun = client.post(&format!("{PATH}/check")).await?;
                watch::finish(client, begun, false, json).await
            }
            Some(Verb::Install(install)) => install.run(client, json).await,
            Some(Verb::Rollback { restart, detach }) => {
                let body = json!({"restart": restart.map(|When(when)| when)});
                let begun: Begun = client
                    .send(Method::POST, &format!("{PATH}/rollback"), Some(&body))
                    .await?;
                watch::finish_over_restart(client, begun, detach, json).await
            }
            Some(Verb::Set(set)) => set.run(client, json).await.map(|()| ExitCode::SUCCESS),
        }
    }
}

impl Install {
    async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        let mut upload = None;
        if let Some(file) = &self.file {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let _: Value = client.upload(&format!("{PATH}/uploads/{name}"), file).await?;
            upload = Some(name);
        }
        let restart = self.restart.map(|When(when)| when);
        let body = json!({"upload": upload, "downgrade": self.downgrade, "restart": restart});
        let begun: Begun = client
            .send(Method::POST, &format!("{PATH}/install"), Some(&body))
            .await?;
        watch::finish_over_restart(client, begun, self.detach, json).await
    }
}

impl Set {
    async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let given = [
            ("channel", self.channel.map(Value::from)),
            ("feed", self.feed.map(Value::from)),
            ("restart", self.restart.map(|When(when)| when)),
        ];
        let change: Map<String, Value> = given
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        let settings: Value = client.send(Method::PATCH, PATH, Some(&change)).await?;
        if json {
            return output::json(&settings);
        }
        output::fields(chosen(&settings))
    }
}

fn show(state: &Value, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(state);
    }
    let mut rows = vec![("version", word(&state["version"]))];
    let slots = state["slots"]["slots"].as_array().cloned().unwrap_or_default();
    rows.extend(slots.iter().map(|slot| {
        let name = if slot["bootname"] == "A" { "slot A" } else { "slot B" };
        let next = state["slots"]["next"] == slot["bootname"];
        let next = if next { ", starts next" } else { "" };
        let version = slot["version"].as_str().unwrap_or("as it was flashed");
        (
            name,
            format!("{version}, {}, {}{next}", word(&slot["boot"]), word(&slot["health"])),
        )
    }));
    rows.push(("offered", word(&state["offer"]["version"])));
    if let Some(last) = state["last"].as_object() {
        let reason = last["reason"].as_str().map_or(String::new(), |why| format!(": {why}"));
        rows.push((
            "last",
            format!("{}: {}{reason}", word(&last["installed"]["to"]), word(&last["outcome"])),
        ));
    }
    rows.extend(chosen(&state["settings"]));
    output::fields(rows)?;
    match state["unavailable"].as_str() {
        Some(why) => output::text(why),
        None => Ok(()),
    }
}

fn chosen(settings: &Value) -> [(&'static str, String); 3] {
    let restart = &settings["restart"];
    let window = &restart["window"];
    let restart = if window.is_object() {
        format!("{} to {}", word(&window["from"]), word(&window["until"]))
    } else {
        word(&restart["when"])
    };
    [
        ("channel", word(&settings["channel"])),
        ("feed", word(&settings["feed"])),
        ("restart", restart),
    ]
}

/// A word of the API for people; a line for what is not there.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or("-").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_to_restart() {
        let when = |text: &str| text.parse::<When>().map(|When(when)| when);
        assert_eq!(when("now"), Ok(json!({"when": "now"})));
        let window = json!({"when": "window", "window": {"from": "03:00:00", "until": "05:30:00"}});
        assert_eq!(when("03:00-05:30"), Ok(window));
        for wrong in ["", "tomorrow", "03:00", "25:00-26:00", "-", "NOW"] {
            assert!(when(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn words_of_the_api() {
        assert_eq!(word(&json!("fell_back")), "fell back");
        assert_eq!(word(&Value::Null), "-");
    }
}
