//! What stands in the files of the bundle.

use super::Support;
use crate::engine::{
    BUILD, Result,
    appliance::MOST_LINES,
    apps::Filter,
    audit::{Page, Slice},
    incidents,
};
use hearth_model::{
    app::App,
    node::Node,
    system::{JournalFilter, JournalLine},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// How many of the newest jobs are told.
const JOBS: u32 = 100;
/// How many of the newest rows of other lists.
const ROWS: u32 = 1_000;
/// How many lines of the journal.
const LINES: usize = MOST_LINES;
/// How many of them wait to be taken.
const AHEAD: usize = 256;

fn newest(limit: u32) -> Slice {
    Slice { limit, after: None }
}

/// As JSON, or why it is not known.
fn told(what: Result<impl Serialize>) -> Value {
    match what {
        Ok(what) => serde_json::to_value(what).unwrap_or_else(|error| json!({"error": error.to_string()})),
        Err(error) => json!({"error": error.to_string()}),
    }
}

impl Support {
    /// Each file's name and text.
    pub(super) async fn gather(&self, now: Timestamp) -> Vec<(&'static str, String)> {
        let parts = &self.parts;
        let nodes = parts.nodes.all();
        let documents = [
            (
                "hearth.json",
                json!({
                    "made_at": now,
                    "version": parts.version.to_string(),
                    "build": BUILD,
                    "architecture": std::env::consts::ARCH,
                }),
            ),
            (
                "box.json",
                json!({
                    "name": told(parts.host_name.state().await),
                    "time": told(parts.time.state().await),
                    "network": parts.network.state().await,
                    "services": parts.box_services.list().await,
                    "disks": parts.disks.list().await,
                    "mounts": told(parts.mounts.list().await),
                }),
            ),
            ("update.json", told(parts.updates.state().await)),
            (
                "nodes.json",
                json!(nodes.iter().map(AsRef::as_ref).collect::<Vec<&Node>>()),
            ),
            ("apps.json", told(self.apps().await)),
            ("jobs.json", told(self.jobs().await)),
            (
                "incidents.json",
                told(parts.incidents.list(incidents::Filter::default(), newest(ROWS)).await),
            ),
            ("audit.json", told(parts.audit.list(newest(ROWS)).await)),
        ];
        let mut files: Vec<_> = documents
            .into_iter()
            .map(|(name, document)| (name, format!("{document:#}\n")))
            .collect();
        files.push(("journal.txt", self.journal().await));
        files
    }

    async fn apps(&self) -> Result<Vec<App>> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let slice = Slice { limit: ROWS, after };
            let Page { items, next } = self.parts.apps.page(Filter::default(), slice).await?;
            all.extend(items);
            after = next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    async fn jobs(&self) -> Result<Vec<Value>> {
        let jobs = self.parts.jobs.list(None, None, newest(JOBS)).await?;
        let mut told_of = Vec::new();
        for job in jobs.items {
            let log = told(self.parts.jobs.log(job.id, 0).await);
            told_of.push(json!({ "job": job, "log": log }));
        }
        Ok(told_of)
    }

    async fn journal(&self) -> String {
        let (sender, mut lines) = mpsc::channel(AHEAD);
        let gather = async {
            let mut told = String::new();
            while let Some(line) = lines.recv().await {
                let JournalLine {
                    at,
                    priority,
                    from,
                    text,
                } = line;
                told.push_str(&format!("{at} {priority} {from} {text}\n"));
            }
            told
        };
        let filter = JournalFilter::default();
        let (read, text) = tokio::join!(self.parts.logs.read(&filter, LINES, false, sender), gather);
        match read {
            Ok(()) => text,
            Err(error) => format!("{text}{error}\n"),
        }
    }
}
