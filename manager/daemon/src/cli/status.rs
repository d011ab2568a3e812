//! `hearth status` and `hearth audit`.

use super::{
    CliError,
    client::{Client, List},
    output,
};
use clap::Args;
use hearth_model::resources::{Amount, Resources};
use serde_json::Value;

/// Shows the homelab as one machine.
pub(super) async fn run(client: &Client, json: bool) -> Result<(), CliError> {
    let resources: Resources = client.get("/api/v1/resources").await?;
    if json {
        return output::json(&resources);
    }
    let amount = |a: Amount| format!("{} of {} used ({:.0} %)", a.used, a.total, a.used.percent_of(a.total));
    output::fields([
        (
            "nodes",
            format!("{} online, {} offline", resources.nodes_online, resources.nodes_offline),
        ),
        (
            "apps",
            format!("{} running of {}", resources.apps_running, resources.apps),
        ),
        (
            "cpu",
            format!("{:.0} % of {} cores", resources.cpu_percent, resources.cpu_cores),
        ),
        ("memory", amount(resources.memory)),
        ("storage", amount(resources.storage)),
    ])
}

/// Who did what, newest first.
#[derive(Debug, Args)]
pub struct Audit {
    /// How many entries
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

impl Audit {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let entries: List<Value> = client.get(&format!("/api/v1/audit?limit={}", self.limit)).await?;
        if json {
            return output::json(&entries);
        }
        let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or("-").to_owned();
        let rows = entries
            .items
            .iter()
            .map(|e| ["at", "actor", "from", "action", "subject", "detail"].map(|f| text(e, f)));
        output::table(["AT", "WHO", "FROM", "ACTION", "SUBJECT", "DETAIL"], rows)
    }
}
