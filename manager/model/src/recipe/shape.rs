//! Compares a manifest with its schema and tells every field that is unknown, missing or of the wrong kind.
//!
//! A typed parse stops at the first fault; an author wants all of them. It knows as much of JSON Schema as the
//! manifest's types need; the typed parse that follows has the last word.

use super::{
    lint::Findings,
    manifest::Seconds,
    yaml::{Node, Value as Yaml},
};
use crate::{name::Slug, units::Bytes};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Notes every fault in the shape of a file.
pub(super) fn check(schema: &Json, root: &Node, findings: &mut Findings) {
    Walk { schema, findings }.node(schema, root, "");
}

struct Walk<'a> {
    schema: &'a Json,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    fn node(&mut self, schema: &Json, node: &Node, path: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if let Some(fault) = special(name, node) {
                if let Err(message) = fault {
                    self.findings.add(node.line, path, message);
                }
                return;
            }
            let definition = self.schema["$defs"][name].clone();
            return self.node(&definition, node, path);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(choices) = schema[key].as_array() {
                return self.choice(choices, node, path);
            }
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.words(words, node, path);
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        if !kinds.is_empty() && !kinds.iter().any(|kind| is_kind(kind, node)) {
            let wanted = kinds
                .iter()
                .find(|kind| **kind != "null")
                .map_or("nothing", |kind| kind_name(kind));
            let message = format!("is {}, {wanted} is expected", found_name(node));
            self.findings.add(node.line, path, message);
            return;
        }
        self.range(schema, node, path);
        if schema["properties"].is_object() || schema["additionalProperties"].is_object() {
            self.object(schema, node, path);
        }
        if schema["items"].is_object() {
            for (index, item) in node.items().iter().enumerate() {
                self.node(&schema["items"], item, &format!("{path}[{index}]"));
            }
        }
    }

    fn object(&mut self, schema: &Json, node: &Node, path: &str) {
        let known = schema["properties"].as_object();
        let open = &schema["additionalProperties"];
        for (key, value) in node.entries() {
            let path = join(path, &key.text);
            if let Some(property) = known.and_then(|known| known.get(&key.text)) {
                self.node(property, value, &path);
            } else if open.is_object() {
                self.node(open, value, &path);
            } else if open == &Json::Bool(false) {
                let names: Vec<&str> = known
                    .iter()
                    .flat_map(|known| known.keys())
                    .map(String::as_str)
                    .collect();
                let message = match nearest(&key.text, &names) {
                    Some(near) => format!("is an unknown field; did you mean {near}?"),
                    None => format!("is an unknown field; known are {}", names.join(", ")),
                };
                self.findings.add(key.line, &path, message);
            }
        }
        for required in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            if node.get(required).is_none() {
                self.findings.add(node.line, &join(path, required), "is missing");
            }
        }
    }

    /// One of several schemas: the first that finds no fault, or else what the first that is not `null` finds.
    fn choice(&mut self, choices: &[Json], node: &Node, path: &str) {
        let words: Vec<Json> = choices
            .iter()
            .filter_map(|choice| choice.get("const").cloned())
            .collect();
        if !words.is_empty() && words.len() == choices.len() {
            return self.words(&words, node, path);
        }
        let mut first: Option<Findings> = None;
        for choice in choices {
            let mut findings = self.findings.empty();
            Walk {
                schema: self.schema,
                findings: &mut findings,
            }
            .node(choice, node, path);
            if findings.is_empty() {
                return;
            }
            if first.is_none() && choice["type"] != "null" {
                first = Some(findings);
            }
        }
        if let Some(findings) = first {
            self.findings.append(findings);
        }
    }

    fn words(&mut self, words: &[Json], node: &Node, path: &str) {
        let found = node.scalar();
        let known: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
        if !found.as_deref().is_some_and(|found| known.contains(&found)) {
            let found = found.unwrap_or_else(|| found_name(node).to_owned());
            let found: String = found.chars().take(60).collect();
            let message = format!("is {found:?}, one of {} is expected", known.join(", "));
            self.findings.add(node.line, path, message);
        }
    }

    fn range(&mut self, schema: &Json, node: &Node, path: &str) {
        let Yaml::Integer(number) = node.value else { return };
        let bound = |key: &str| schema[key].as_f64();
        #[expect(clippy::cast_precision_loss, reason = "bounds of ports and counts are small")]
        let value = number as f64;
        if bound("minimum").is_some_and(|least| value < least) || bound("maximum").is_some_and(|most| value > most) {
            let message = match (bound("minimum"), bound("maximum")) {
                (Some(least), Some(most)) => format!("is {number}, {least} to {most} is expected"),
                (Some(least), None) => format!("is {number}, at least {least} is expected"),
                (_, most) => format!("is {number}, at most {} is expected", most.unwrap_or_default()),
            };
            self.findings.add(node.line, path, message);
        }
    }
}

/// Types that read text themselves; none for a type that does not.
fn special(name: &str, node: &Node) -> Option<Result<(), String>> {
    match name {
        "Bytes" => Some(reads::<Bytes>(node)),
        "Seconds" => Some(reads::<Seconds>(node)),
        "Slug" => Some(reads::<Slug>(node)),
        _ => None,
    }
}

fn reads<T: DeserializeOwned>(node: &Node) -> Result<(), String> {
    let json = match &node.value {
        Yaml::Integer(number) => i64::try_from(*number).map_or(Json::Null, Json::from),
        Yaml::Text(text) => Json::from(text.clone()),
        _ => Json::Null,
    };
    serde_json::from_value::<T>(json)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// Whether a node can be read as a kind. Any scalar but null can be read as a string: it is taken as it is written.
fn is_kind(kind: &str, node: &Node) -> bool {
    match kind {
        "string" => node.scalar().is_some(),
        "integer" => matches!(node.value, Yaml::Integer(_)),
        "number" => matches!(node.value, Yaml::Integer(_) | Yaml::Float(_)),
        "boolean" => matches!(node.value, Yaml::Bool(_)),
        "array" => matches!(node.value, Yaml::List(_)),
        "object" => matches!(node.value, Yaml::Map(_)),
        "null" => matches!(node.value, Yaml::Null),
        _ => true,
    }
}

fn kind_name(kind: &str) -> &str {
    match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a mapping",
        other => other,
    }
}

fn found_name(node: &Node) -> &'static str {
    match node.value {
        Yaml::Null => "empty",
        Yaml::Bool(_) => "a truth value",
        Yaml::Integer(_) | Yaml::Float(_) => "a number",
        Yaml::Text(_) => "a text",
        Yaml::List(_) => "a list",
        Yaml::Map(_) => "a mapping",
    }
}

fn join(path: &str, key: &str) -> String {
    let key: String = key.chars().take(60).collect();
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The known name that differs by two letters at most.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|one| (distance(name, one), *one))
        .filter(|(distance, one)| *distance <= 2 && *distance < one.len())
        .min()
        .map(|(_, one)| one)
}

/// Levenshtein's distance, for short names only.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 40 || b.len() > 40 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
