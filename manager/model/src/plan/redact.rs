//! Hiding secrets in what is shown or kept.

use super::env::quote;
use aho_corasick::{AhoCorasick, MatchKind};

/// What stands where a secret was.
pub const REDACTED: &str = "********";

/// Hides secrets in texts: as they are, as they stand quoted in `.env`, and as they stand in JSON.
#[derive(Debug, Clone)]
pub struct Redactor(Option<AhoCorasick>);

impl Default for Redactor {
    fn default() -> Self {
        Self::new([])
    }
}

impl Redactor {
    /// Of these secrets.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<String> = Vec::new();
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            let json = serde_json::Value::from(secret).to_string();
            for quoted in [quote(secret), json] {
                forms.push(quoted[1..quoted.len() - 1].to_owned());
            }
            forms.push(secret.to_owned());
        }
        // The longest of them at a place: a secret may be part of another.
        let found = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(forms);
        Self(found.ok())
    }

    /// A text without the secrets; nothing of it where they are too many to be looked for.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let Some(forms) = &self.0 else {
            return REDACTED.to_owned();
        };
        let mut out = String::with_capacity(text.len());
        forms.replace_all_with(text, &mut out, |_, _, out| {
            out.push_str(REDACTED);
            true
        });
        out
    }
}
