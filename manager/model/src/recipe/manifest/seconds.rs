//! Durations as people write them: `120s`, `5m`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{borrow::Cow, fmt};
use utoipa::ToSchema;

/// A duration in whole seconds, written `120s`, `5m` or as a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = u32)]
pub struct Seconds(pub u32);

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
