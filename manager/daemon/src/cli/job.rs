//! `hearth job`: long pieces of work.

use super::{
    CliError,
    client::{Client, List},
    output,
    watch::{self, word},
};
use clap::Subcommand;
use hearth_model::{id::JobId, job::Job as ModelJob};
use std::process::ExitCode;

/// Long pieces of work.
#[derive(Debug, Subcommand)]
pub enum Job {
    /// List jobs, newest first
    List {
        /// Only those on this subject, such as "app miniflux"
        #[arg(long)]
        subject: Option<String>,
    },
    /// Show one with its steps
    Show {
        /// Id of the job
        id: JobId,
    },
    /// Follow one to its end
    Watch {
        /// Id of the job
        id: JobId,
    },
    /// Cancel one: what was done is undone
    Cancel {
        /// Id of the job
        id: JobId,
    },
    /// Try the undoing of a stuck one again
    Retry {
        /// Id of the job
        id: JobId,
    },
}

impl Job {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<ExitCode, CliError> {
        match self {
            Self::List { subject } => {
                let filter: String = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(subject.map(|s| ("subject", s)))
                    .finish();
                let jobs: List<ModelJob> = client.get(&format!("/api/v1/jobs?{filter}")).await?;
                if json {
                    output::json(&jobs)?;
                } else {
                    let rows = jobs.items.into_iter().map(|j| {
                        [
                            j.id.to_string(),
                            word(j.kind),
                            j.subject,
                            word(j.state),
                            j.created_at.to_string(),
                        ]
                    });
                    output::table(["ID", "KIND", "SUBJECT", "STATE", "CREATED"], rows)?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Show { id } => {
                output::json(&client.get::<ModelJob>(&format!("/api/v1/jobs/{id}")).await?)?;
                Ok(ExitCode::SUCCESS)
            }
            Self::Watch { id } => watch::follow(client, id, json).await,
            Self::Cancel { id } => {
                client
                    .post::<serde_json::Value>(&format!("/api/v1/jobs/{id}/cancel"))
                    .await?;
                watch::follow(client, id, json).await
            }
            Self::Retry { id } => {
                client
                    .post::<serde_json::Value>(&format!("/api/v1/jobs/{id}/retry"))
                    .await?;
                watch::follow(client, id, json).await
            }
        }
    }
}
