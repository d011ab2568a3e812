//! `manifest.yaml` as types. An unknown field is an error, so that a misspelt one is not silently lost.

mod needs;
mod operation;
mod questions;
mod seconds;

pub use needs::{Component, CpuNeed, MemoryNeed, Needs, Source, StorageNeed};
pub use operation::{Backup, BackupMode, Health, Holds, Hook, HttpHealth, Security, Update, UpdateStrategy, Volume};
pub use questions::{Question, QuestionKind, Secret};
pub use seconds::Seconds;

use crate::{facts::Arch, name::Slug};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The manifest of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: 1.
    pub schema: u32,
    /// Name of the recipe; the name of its folder.
    pub slug: Slug,
    /// Name for people.
    pub name: String,
    /// The app's own version.
    pub version: String,
    /// One line, at most 120 characters.
    pub summary: String,
    /// A few sentences.
    #[serde(default)]
    pub description: Option<String>,
    /// Shelf of the catalogue.
    pub category: Category,
    /// Free tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where to read on.
    #[serde(default)]
    pub links: Links,
    /// SPDX expression.
    pub license: String,
    /// Architectures that all its images are made for.
    pub architectures: Vec<Arch>,
    /// Where its pages are, when it has any.
    #[serde(default)]
    pub web: Option<Web>,
    /// Further published ports.
    #[serde(default)]
    pub ports: Vec<Port>,
    /// What it takes.
    pub needs: Needs,
    /// Where the figures in `needs` come from.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Databases that a pool could serve.
    #[serde(default)]
    pub databases: Vec<DatabaseClaim>,
    /// What the person is asked.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// What is made anew for each install.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// What its volumes hold.
    #[serde(default)]
    pub volumes: BTreeMap<String, Volume>,
    /// How it is backed up.
    #[serde(default)]
    pub backup: Backup,
    /// How one knows that it works.
    pub health: Health,
    /// How it is updated.
    #[serde(default)]
    pub update: Update,
    /// What it asks beyond the ordinary.
    #[serde(default)]
    pub security: Security,
    /// Parts that may run on different nodes.
    #[serde(default)]
    pub components: Vec<Component>,
}

/// Shelf of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Category {
    Media,
    Photos,
    Documents,
    Reading,
    Productivity,
    HomeAutomation,
    Development,
    Monitoring,
    Networking,
    Security,
    Communication,
    Files,
    Web,
    Games,
    Finance,
    Health,
}

impl Category {
    /// The word for it, as in the manifest.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Photos => "photos",
            Self::Documents => "documents",
            Self::Reading => "reading",
            Self::Productivity => "productivity",
            Self::HomeAutomation => "home-automation",
            Self::Development => "development",
            Self::Monitoring => "monitoring",
            Self::Networking => "networking",
            Self::Security => "security",
            Self::Communication => "communication",
            Self::Files => "files",
            Self::Web => "web",
            Self::Games => "games",
            Self::Finance => "finance",
            Self::Health => "health",
        }
    }
}

/// Where to read on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// The app's own page.
    #[serde(default)]
    pub home: Option<String>,
    /// Its source code.
    #[serde(default)]
    pub source: Option<String>,
    /// Its documentation.
    #[serde(default)]
    pub docs: Option<String>,
}

/// Where an app's pages are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Compose service that serves them.
    pub service: String,
    /// Default port on the node; the compose file publishes `${HEARTH_PORT:-<port>}`.
    pub port: u16,
    /// Path of the first page.
    #[serde(default = "slash")]
    pub path: String,
    /// `http` or `https`.
    #[serde(default)]
    pub scheme: Scheme,
}

fn slash() -> String {
    "/".to_owned()
}

/// How pages are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTPS with the app's own certificate.
    Https,
}

impl Scheme {
    /// As in a URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// A further published port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// What it is for, such as `mqtt`.
    pub name: String,
    /// Compose service that listens.
    pub service: String,
    /// Default port on the node.
    pub port: u16,
    /// Transport.
    #[serde(default)]
    pub protocol: Protocol,
    /// Variable of the compose file that sets it: `HEARTH_PORT_<NAME>`.
    pub env: String,
}

/// Transport of a port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// Both, on the same number.
    Both,
}

/// A wish for a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseClaim {
    /// Name of the claim, unique in the recipe.
    pub name: String,
    /// Engine.
    pub engine: DatabaseEngine,
    /// Versions it works with, such as `>=13, <18`.
    pub versions: String,
    /// Extensions it needs.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Compose service that goes away when a pool serves the claim.
    pub replaces: String,
    /// Compose service that uses the database.
    pub service: String,
    /// Variables for that service, with `{{ user }}`, `{{ password }}`, `{{ host }}`, `{{ port }}`, `{{ database }}`.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// A database engine that pools know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "product names")]
pub enum DatabaseEngine {
    Postgres,
    Mariadb,
    Redis,
}
