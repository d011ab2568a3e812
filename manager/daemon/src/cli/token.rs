//! `hearth token`: named, long-lived API tokens.

use super::{
    CliError,
    client::{Client, List},
    output,
    watch::word,
};
use clap::{Subcommand, ValueEnum};
use hearth_model::{account, id::TokenId};
use http::Method;
use serde_json::{Value, json};

/// What a token may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Role {
    /// Look at everything but secrets
    Viewer,
    /// Deploy, start, stop
    Operator,
    /// Everything
    Admin,
}

/// API tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// List tokens
    List,
    /// Make one; it is shown once
    Create {
        /// What it is for
        name: String,
        /// What it may do
        #[arg(long, value_enum, default_value = "viewer")]
        role: Role,
    },
    /// Revoke one
    Revoke {
        /// Id of the token
        id: TokenId,
    },
}

impl Token {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        match self {
            Self::List => {
                let tokens: List<account::Token> = client.get("/api/v1/auth/tokens").await?;
                if json {
                    return output::json(&tokens);
                }
                let rows = tokens.items.into_iter().map(|t| {
                    let used = t.last_used_at.map_or("never".to_owned(), |at| at.to_string());
                    [t.id.to_string(), t.name, word(t.role), t.created_at.to_string(), used]
                });
                output::table(["ID", "NAME", "ROLE", "CREATED", "LAST USED"], rows)
            }
            Self::Create { name, role } => {
                let role = match role {
                    Role::Viewer => account::Role::Viewer,
                    Role::Operator => account::Role::Operator,
                    Role::Admin => account::Role::Admin,
                };
                let body = json!({"name": name, "role": role});
                let made: Value = client.send(Method::POST, "/api/v1/auth/tokens", Some(&body)).await?;
                if json {
                    output::json(&made)
                } else {
                    output::text(made["secret"].as_str().unwrap_or_default())
                }
            }
            Self::Revoke { id } => {
                client
                    .send::<(), Value>(Method::DELETE, &format!("/api/v1/auth/tokens/{id}"), None)
                    .await?;
                output::text(&format!("token {id} is revoked"))
            }
        }
    }
}
