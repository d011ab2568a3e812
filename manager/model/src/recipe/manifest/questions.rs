//! What a person is asked, and what is made anew for each install.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
