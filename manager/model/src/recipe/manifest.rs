//! `manifest.yaml` as types. An unknown field is an error, so that a misspelt one is not silently lost.

use crate::{
    facts::{Arch, DiskKind},
    name::Slug,
    units::Bytes,
};
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

/// What an app takes; placement compares it with what a node has left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Memory.
    pub memory: MemoryNeed,
    /// Storage.
    pub storage: StorageNeed,
    /// Processor.
    #[serde(default)]
    pub cpu: CpuNeed,
    /// Devices by path; they pin the app to nodes that have them.
    #[serde(default)]
    pub devices: Vec<String>,
}

/// Memory, all services together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryNeed {
    /// Below this it does not start.
    pub min: Bytes,
    /// In everyday use; what placement reserves.
    pub typical: Bytes,
    /// Under load.
    pub peak: Bytes,
}

/// Storage, all volumes together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageNeed {
    /// Images and first data.
    pub initial: Bytes,
    /// What is added in a month of ordinary use.
    #[serde(default)]
    pub monthly_growth: Bytes,
    /// Medium it runs best on.
    #[serde(default)]
    pub prefer: Option<DiskKind>,
}

/// Processor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CpuNeed {
    /// Processors kept busy in everyday use, such as 0.2.
    #[serde(default)]
    pub cores: f64,
}

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Which figure: `memory`, `storage`, ….
    pub figure: String,
    /// Page that says it.
    pub url: String,
    /// What it says, in short.
    #[serde(default)]
    pub note: Option<String>,
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

/// A typed install question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Id, unique in the recipe.
    pub id: String,
    /// Label of the field.
    pub label: String,
    /// A sentence of help.
    #[serde(default)]
    pub help: Option<String>,
    /// Type of the answer.
    #[serde(rename = "type")]
    pub kind: QuestionKind,
    /// Answer when none is given; numbers and truth values are written as text too.
    #[serde(default)]
    pub default: Option<String>,
    /// Allowed answers, for `choice`.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Least number, or least length of a text.
    #[serde(default)]
    pub min: Option<i64>,
    /// Greatest number, or greatest length of a text.
    #[serde(default)]
    pub max: Option<i64>,
    /// Whether an answer must be given; default: when there is no default.
    #[serde(default)]
    pub required: Option<bool>,
    /// Variable of the compose file that it sets.
    pub env: String,
}

/// Type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum QuestionKind {
    String,
    Integer,
    Boolean,
    Choice,
    Password,
    Timezone,
    Email,
    Url,
}

/// A secret that is made for each install.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// Id, unique in the recipe.
    pub id: String,
    /// Label, where it is shown.
    #[serde(default)]
    pub label: Option<String>,
    /// Number of characters, 12 to 128.
    pub length: u16,
    /// Variable of the compose file that it sets.
    pub env: String,
    /// Whether the person needs to know it.
    #[serde(default)]
    pub show: bool,
}

/// What a volume holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Kind of data.
    pub holds: Holds,
    /// Whether it is backed up.
    pub backup: bool,
}

/// Kind of data in a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// What would be missed.
    Data,
    /// What can be made again.
    Cache,
    /// Large files that often have another home too.
    Media,
}

/// How an app is backed up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// While it runs, or while it stands.
    pub mode: BackupMode,
    /// Commands before, each in a service.
    pub before: Vec<Hook>,
    /// Commands after.
    pub after: Vec<Hook>,
    /// Paths left out.
    pub exclude: Vec<String>,
}

/// Whether an app runs while it is backed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackupMode {
    /// It runs.
    #[default]
    Hot,
    /// It stands.
    Cold,
}

/// A command in a service's container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Compose service.
    pub service: String,
    /// Program and arguments; no shell.
    pub command: Vec<String>,
}

/// How one knows that an app works. Exactly one of the checks is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// A request to its web port.
    #[serde(default)]
    pub http: Option<HttpHealth>,
    /// A connection to the published port of this name (`web` or one of `ports`).
    #[serde(default)]
    pub tcp: Option<String>,
    /// The container's own health check of this service.
    #[serde(default)]
    pub container: Option<String>,
    /// Seconds after which a start has failed, such as `120s`; default 120 s.
    #[serde(default = "two_minutes")]
    pub within: Seconds,
}

fn two_minutes() -> Seconds {
    Seconds(120)
}

/// A request and the answer it shall get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpHealth {
    /// Path.
    pub path: String,
    /// Status; default: any from 200 to 399.
    #[serde(default)]
    pub status: Option<u16>,
}

/// A duration in whole seconds, written `120s`, `5m` or as a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Seconds(pub u32);

/// How an app is updated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Update {
    /// How the new version takes over.
    pub strategy: UpdateStrategy,
    /// Versions from which one cannot simply go on.
    pub breaking: Vec<String>,
    /// Whether an older version reads the newer one's data.
    pub can_downgrade: bool,
}

/// How a new version takes over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStrategy {
    /// The old one is stopped, then the new one started.
    #[default]
    Recreate,
    /// One container after the other.
    Rolling,
    /// The new one beside the old one, then switched over.
    BlueGreen,
    /// The new one for a share of the requests first.
    Canary,
}

/// What an app asks beyond the ordinary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Security {
    /// It talks to the container engine: as good as root.
    pub docker_socket: bool,
    /// It runs privileged: as good as root.
    pub privileged: bool,
    /// It shares the node's network.
    pub host_network: bool,
    /// Its root file system is read-only.
    pub read_only: bool,
    /// User it runs as, such as `1000:1000`.
    pub user: Option<String>,
    /// Why a default hardening is not possible.
    pub reason: Option<String>,
}

/// A part that may run on another node than the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Name.
    pub name: String,
    /// Compose services of this part.
    pub services: Vec<String>,
    /// What this part takes.
    pub needs: Needs,
    /// What it runs best on: `storage`, `always-on`, ….
    #[serde(default)]
    pub prefer: Vec<String>,
}

mod seconds {
    //! Reading `120s` and `5m`.
    use super::Seconds;
    use schemars::JsonSchema;
    use serde::{Deserialize, Deserializer, de};
    use std::{borrow::Cow, fmt};

    fn parse(text: &str) -> Option<Seconds> {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: u32 = text[..split].parse().ok()?;
        let factor = match text[split..].trim() {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => return None,
        };
        number.checked_mul(factor).map(Seconds)
    }

    impl<'de> Deserialize<'de> for Seconds {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl de::Visitor<'_> for Visitor {
                type Value = Seconds;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a duration such as 120s or 5m")
                }
                fn visit_u64<E: de::Error>(self, number: u64) -> Result<Seconds, E> {
                    u32::try_from(number)
                        .map(Seconds)
                        .map_err(|_| E::custom("a duration beyond 136 years"))
                }
                fn visit_i64<E: de::Error>(self, number: i64) -> Result<Seconds, E> {
                    u32::try_from(number)
                        .map(Seconds)
                        .map_err(|_| E::custom("a duration cannot be negative"))
                }
                fn visit_str<E: de::Error>(self, text: &str) -> Result<Seconds, E> {
                    parse(text).ok_or_else(|| E::custom(format!("{text:?} is not a duration such as 120s or 5m")))
                }
            }
            deserializer.deserialize_any(Visitor)
        }
    }

    impl JsonSchema for Seconds {
        fn schema_name() -> Cow<'static, str> {
            "Seconds".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({
                "description": "A duration: 120s, 5m, 1h, or a number of seconds.",
                "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+ ?[smh]?$"}]
            })
        }
    }
}
