//! An app: an installed recipe.

use crate::{
    id::{AppId, NodeId},
    name::Slug,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What the person wants of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    /// It shall run.
    Running,
    /// It shall stand, with its data.
    Stopped,
}

/// Where an app stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AppState {
    /// Being installed or rendered anew.
    Deploying,
    /// Runs, and its health check is content.
    Running,
    /// Runs, but its health check is not content.
    Unhealthy {
        /// What the check said.
        reason: String,
    },
    /// Stands because it was told to.
    Stopped,
    /// What is on the node is not what was deployed: somebody else changed it.
    Drifted {
        /// Each difference, in words.
        differences: Vec<String>,
    },
    /// Its node does not answer.
    Unreachable,
    /// A failed deployment is being undone.
    RollingBack,
    /// A failed deployment was undone: nothing of it is left on the node.
    RolledBack {
        /// Why it failed.
        reason: String,
    },
    /// A failed deployment could not be undone wholly.
    Stuck {
        /// What could not be undone.
        reason: String,
    },
    /// Being removed.
    Removing,
}

impl AppState {
    /// Every state's word, as in the API.
    pub const WORDS: [&'static str; 10] = [
        "running",
        "unhealthy",
        "drifted",
        "stuck",
        "unreachable",
        "stopped",
        "deploying",
        "rolling_back",
        "rolled_back",
        "removing",
    ];

    /// The word for it, as in the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Deploying => "deploying",
            Self::Running => "running",
            Self::Unhealthy { .. } => "unhealthy",
            Self::Stopped => "stopped",
            Self::Drifted { .. } => "drifted",
            Self::Unreachable => "unreachable",
            Self::RollingBack => "rolling_back",
            Self::RolledBack { .. } => "rolled_back",
            Self::Stuck { .. } => "stuck",
            Self::Removing => "removing",
        }
    }

    /// Whether something of it may be on the node, so that it takes up memory, ports and its name.
    #[must_use]
    pub const fn occupies(&self) -> bool {
        !matches!(self, Self::RolledBack { .. })
    }
}

/// A port on which an app answers on its node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublishedPort {
    /// `web`, or the port's name in the recipe.
    pub name: String,
    /// Variable of the compose file that sets it.
    pub env: String,
    /// The recipe's default.
    pub wanted: u16,
    /// The one that was free.
    pub given: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
}

/// An installed recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct App {
    /// Stable id.
    pub id: AppId,
    /// Unique name; also the Compose project and the folder on the node.
    pub slug: Slug,
    /// Name for people.
    pub name: String,
    /// Recipe it was installed from.
    pub recipe: Slug,
    /// Version of the app in that recipe at the time.
    pub version: String,
    /// Node it is on.
    pub node: NodeId,
    /// What is wanted of it.
    pub desired: Desired,
    /// Where it stands.
    #[serde(flatten)]
    pub state: AppState,
    /// Answers to the recipe's questions; those to questions of type password are sealed and not in here.
    pub answers: BTreeMap<String, String>,
    /// Ports on its node.
    pub ports: Vec<PublishedPort>,
    /// Address where it answers, once it does.
    pub url: Option<String>,
    /// When it was first deployed.
    pub created_at: Timestamp,
    /// When its deployment last changed.
    pub updated_at: Timestamp,
}

/// A container of an app, as the engine reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Container {
    /// The engine's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Compose project.
    pub project: Option<String>,
    /// Compose service.
    pub service: Option<String>,
    /// Image it was made from.
    pub image: String,
    /// `running`, `exited`, `created`, `paused`, `restarting`, `dead`.
    pub state: String,
    /// What its own health check says: `healthy`, `unhealthy`, `starting`; none without one.
    pub health: Option<String>,
    /// Exit code, when it ended.
    pub exit_code: Option<i64>,
    /// Ports of the machine that lead to it while it runs. Without the engine's userland proxy nothing listens on them.
    pub published: Vec<u16>,
}

/// A command that was run on a node for an app or a job, secrets redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandRecord {
    /// When it was started.
    pub at: Timestamp,
    /// Node it ran on.
    pub node: NodeId,
    /// What was run, as one could type it.
    pub command: String,
    /// Its exit status; none when it did not end by itself.
    pub exit_status: Option<i32>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Who or what it was run for: a job's kind, `poll`, ….
    pub purpose: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_states_are_those_of_their_json() {
        let words = AppState::WORDS.map(|word| {
            let with_data = serde_json::json!({"state": word, "reason": "", "differences": []});
            serde_json::from_value::<AppState>(with_data).expect(word).word()
        });
        assert_eq!(words, AppState::WORDS);
    }
}
