//! Names that people choose and that end in paths, host names and URLs: parsed once, harmless ever after.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};
use utoipa::ToSchema;

/// A lower-case name: a recipe's, an app's or a node's. 1 to 63 of `a-z`, `0-9` and `-`, not beginning or ending with `-`.
///
/// Source: the label grammar of RFC 1123, section 2.1, so that it can be a host name too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "miniflux")]
pub struct Slug(String);

/// Why a text is no [`Slug`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid name: use 1 to 63 of a-z, 0-9 and -, and begin and end with a letter or digit")]
pub struct SlugError {
    text: String,
}

impl Slug {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest valid name to any text, such as a host name with dots; `fallback` when nothing is left.
    #[must_use]
    pub fn nearest(text: &str, fallback: &str) -> Self {
        let lowered: String = text
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect();
        let trimmed = lowered.trim_matches('-');
        let cut = trimmed[..trimmed.len().min(63)].trim_end_matches('-');
        Self(if cut.is_empty() {
            fallback.to_owned()
        } else {
            cut.to_owned()
        })
    }
}

impl FromStr for Slug {
    type Err = SlugError;
    fn from_str(text: &str) -> Result<Self, SlugError> {
        let bytes = text.as_bytes();
        let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        let good = (1..=63).contains(&bytes.len())
            && bytes.iter().all(inner)
            && bytes.first() != Some(&b'-')
            && bytes.last() != Some(&b'-');
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError {
                text: text.chars().take(80).collect(),
            })
        }
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;
    fn try_from(text: String) -> Result<Self, SlugError> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl JsonSchema for Slug {
    fn schema_name() -> Cow<'static, str> {
        "Slug".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"})
    }
}

/// Whether a text can be the name of a host: labels of letters, digits and inner hyphens, with dots between them.
///
/// Source: RFC 1123, section 2.1; lengths from RFC 1035, section 2.3.4.
#[must_use]
pub fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names() {
        for good in ["a", "miniflux", "node-1", "0", &"a".repeat(63)] {
            assert_eq!(good.parse::<Slug>().map(String::from), Ok(good.to_owned()));
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "a b", "ä", "a/..", &"a".repeat(64)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
        assert_eq!(Slug::nearest("My NAS.lan", "x").as_str(), "my-nas-lan");
        assert_eq!(Slug::nearest("...", "node").as_str(), "node");
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_harmless_and_comes_back(text in "\\PC{0,70}|[a-z0-9-]{0,70}") {
            let Ok(slug) = text.parse::<Slug>() else { return Ok(()) };
            prop_assert_eq!(slug.as_str(), &text);
            prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            prop_assert!(!text.starts_with('-') && !text.ends_with('-') && (1..=63).contains(&text.len()));
            let json = serde_json::to_string(&slug).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<Slug>(&json).expect("a name"), slug);
        }

        #[test]
        fn the_nearest_name_is_a_name(text in "\\PC{0,100}") {
            let slug = Slug::nearest(&text, "fallback");
            prop_assert_eq!(slug.as_str().parse::<Slug>(), Ok(slug.clone()));
        }

        #[test]
        fn a_name_is_nearest_to_itself(text in "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?") {
            prop_assert_eq!(String::from(Slug::nearest(&text, "x")), text);
        }
    }
}
