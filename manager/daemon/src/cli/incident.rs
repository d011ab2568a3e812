//! `hearth incident`: what went wrong, and what was done.

use super::{
    CliError,
    client::{Client, List},
    output,
};
use clap::Subcommand;
use hearth_model::{id::IncidentId, incident::Incident as ModelIncident};

/// What went wrong, and what was done.
#[derive(Debug, Subcommand)]
pub enum Incident {
    /// List incidents, newest first
    List {
        /// Only those that go on
        #[arg(long)]
        open: bool,
        /// Only those that nobody has acknowledged
        #[arg(long)]
        unacknowledged: bool,
        /// Only those of this subject, such as "app miniflux"
        #[arg(long)]
        subject: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Say that you know of one
    Ack {
        /// Id of the incident
        id: IncidentId,
    },
}

impl Incident {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        match self {
            Self::List {
                open,
                unacknowledged,
                subject,
                limit,
            } => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("limit", &limit.to_string());
                if open {
                    query.append_pair("open", "true");
                }
                if unacknowledged {
                    query.append_pair("acknowledged", "false");
                }
                query.extend_pairs(subject.map(|subject| ("subject", subject)));
                let path = format!("/api/v1/incidents?{}", query.finish());
                let incidents: List<ModelIncident> = client.get(&path).await?;
                if json {
                    return output::json(&incidents);
                }
                let rows = incidents.items.into_iter().map(|incident| {
                    let ended = incident.ended_at.map_or("goes on".to_owned(), |at| at.to_string());
                    [
                        incident.id.to_string(),
                        incident.subject,
                        incident.started_at.to_string(),
                        ended,
                        incident.acked_by.unwrap_or_else(|| "-".to_owned()),
                        incident.text,
                    ]
                });
                output::table(["ID", "SUBJECT", "SINCE", "UNTIL", "KNOWN BY", "WHAT"], rows)
            }
            Self::Ack { id } => {
                let incident: ModelIncident = client.post(&format!("/api/v1/incidents/{id}/ack")).await?;
                if json {
                    return output::json(&incident);
                }
                let who = incident.acked_by.unwrap_or_default();
                output::text(&format!("{}: {who} knows of it", incident.subject))
            }
        }
    }
}
