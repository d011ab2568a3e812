//! Reads YAML that anyone may have written: bounded before and while it is parsed, with the line of each value.
//!
//! The tree keeps what a typed parse throws away: where things stand, and fields that nobody asked for. So every
//! fault can be told at once, not just the first.

use super::lint::LintFinding;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Options, Spanned};
use std::fmt;

/// Most bytes of a recipe's file.
pub const MAX_FILE_BYTES: usize = 64 * 1024;

/// A value and the line it stands in, from 1; 0 where a parser lost it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) value: Value,
}

/// A YAML value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) line: u32,
    pub(super) text: String,
}

impl Node {
    /// The value under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    /// The entries of a mapping; none for anything else.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Key, &Self)> {
        let entries: &[(Key, Self)] = match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        };
        entries.iter().map(|(key, node)| (key, node))
    }

    /// The entries of a list; none for anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar, as Compose would see it; none for null, lists and mappings.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Whether it is the truth value `true`.
    pub(super) fn is_true(&self) -> bool {
        self.value == Value::Bool(true)
    }

    /// The node at a path such as `questions[0].default`; the deepest one that is there when the rest is missing.
    pub(super) fn at(&self, path: &str) -> &Self {
        let mut node = self;
        for part in path.split(['.', '[']) {
            let next = match part.strip_suffix(']').and_then(|index| index.parse::<usize>().ok()) {
                Some(index) => node.items().get(index),
                None => node.get(part),
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// Every text in it, keys too, with its line.
    pub(super) fn texts<'a>(&'a self, found: &mut Vec<(u32, &'a str)>) {
        match &self.value {
            Value::Text(text) => found.push((self.line, text)),
            Value::List(items) => items.iter().for_each(|item| item.texts(found)),
            Value::Map(entries) => {
                for (key, node) in entries {
                    found.push((key.line, &key.text));
                    node.texts(found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => {}
        }
    }
}

/// What a file may hold at most. Far above any honest recipe, and parsed within milliseconds.
pub(super) fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 40_000,
            max_aliases: 200,
            max_anchors: 50,
            max_recorded_anchor_events: 5_000,
            max_recorded_anchor_bytes: 256 * 1024,
            max_depth: 24,
            max_documents: 1,
            max_nodes: 20_000,
            max_total_scalar_bytes: 512 * 1024,
            max_merge_keys: 50,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 10_000,
            max_replay_stack_depth: 8,
            max_alias_expansions_per_anchor: 200,
        },
        strict_booleans: true,
        with_snippet: false,
    }
}

/// Refuses a file that is too long, before anything looks into it.
pub(super) fn check_size(file: &str, text: &str) -> Result<(), LintFinding> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!("has {} bytes, at most {MAX_FILE_BYTES} are read", text.len());
        return Err(LintFinding::new(file, 1, "", message));
    }
    Ok(())
}

/// Reads a file as a tree.
pub(super) fn tree(file: &str, text: &str) -> Result<Node, LintFinding> {
    check_size(file, text)?;
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| finding(file, &error))
}

/// Reads a file as a type.
pub(super) fn typed<T: de::DeserializeOwned>(file: &str, text: &str) -> Result<T, LintFinding> {
    check_size(file, text)?;
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| finding(file, &error))
}

fn finding(file: &str, error: &serde_saphyr::Error) -> LintFinding {
    let line = error
        .location()
        .and_then(|at| u32::try_from(at.line()).ok())
        .unwrap_or(0);
    let message = error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect::<String>();
    LintFinding::new(file, line, "", message)
}

fn line_of<T>(spanned: &Spanned<T>) -> u32 {
    u32::try_from(spanned.referenced.line()).unwrap_or(0)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self {
            line: line_of(&spanned),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self {
            line: line_of(&spanned),
            text: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }
    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }
    fn visit_i128<E: de::Error>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }
    fn visit_u128<E: de::Error>(self, number: u128) -> Result<Value, E> {
        Ok(i128::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Integer))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    #[test]
    fn lines_and_paths() {
        let text = "a: 1\nb:\n  c: [x, yes, true, 0755]\n  d: ~\n\"e\":\n  - f: 1.5\n    g: text\n";
        let root = tree("f", text).expect("good YAML");
        assert_eq!(root.at("b.c").line, 3);
        assert_eq!(root.at("e[0].g").line, 7);
        assert_eq!(root.at("e[0].g").scalar().as_deref(), Some("text"));
        assert_eq!(
            root.at("b.c[1]").value,
            Value::Text("yes".to_owned()),
            "strict booleans"
        );
        assert_eq!(root.at("b.c[2]").value, Value::Bool(true));
        assert_eq!(root.at("b.d").value, Value::Null);
        let lines: Vec<u32> = root.entries().map(|(key, _)| key.line).collect();
        assert_eq!(lines, [1, 2, 5]);
    }

    #[test]
    fn anchors_and_merges_are_followed() {
        let text = "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n";
        let root = tree("f", text).expect("good YAML");
        assert_eq!(root.at("y.a").value, Value::Integer(1));
        assert_eq!(root.at("y.b").value, Value::Integer(3));
        assert_eq!(root.at("z.b").value, Value::Integer(2));
    }

    #[test]
    fn duplicate_keys_are_faults() {
        let finding = tree("compose.yaml", "a: 1\nb: 2\na: 3\n").expect_err("a twice");
        assert_eq!((finding.line, finding.file.as_str()), (3, "compose.yaml"), "{finding}");
    }

    fn bombs() -> Vec<(&'static str, String)> {
        let mut laughs = String::from("a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n");
        for n in 1..30 {
            let refs = vec![format!("*a{}", n - 1); 9].join(",");
            laughs.push_str(&format!("a{n}: &a{n} [{refs}]\n"));
        }
        let wide = format!("a: &a {}\nb: [{}]\n", "x".repeat(30_000), "*a,".repeat(10_000));
        let list = format!("a: &a [{}]\nb: [{}]\n", "1,".repeat(4_000), "*a,".repeat(10_000));
        let mut merges = String::from("a0: &a0 {k0: 1}\n");
        for n in 1..200 {
            merges.push_str(&format!(
                "a{n}: &a{n}\n  <<: [{}]\n  k{n}: 1\n",
                vec![format!("*a{}", n - 1); 20].join(",")
            ));
        }
        vec![
            ("laughs", laughs),
            ("wide", wide),
            ("list", list),
            ("merges", merges.chars().take(MAX_FILE_BYTES).collect()),
            ("depth", "[".repeat(MAX_FILE_BYTES)),
            ("blocks", "- ".repeat(MAX_FILE_BYTES / 2)),
            ("maps", "{a: ".repeat(MAX_FILE_BYTES / 4)),
            ("keys", "? ".repeat(MAX_FILE_BYTES / 2)),
            ("anchors", "&a ".repeat(MAX_FILE_BYTES / 3)),
            ("tags", "!t ".repeat(MAX_FILE_BYTES / 3)),
            ("documents", "---\n".repeat(MAX_FILE_BYTES / 4)),
            ("quotes", format!("a: \"{}", "\\u0041".repeat(10_000))),
            ("long", "a".repeat(100 * MAX_FILE_BYTES)),
        ]
    }

    #[test]
    fn bombs_are_refused_in_milliseconds() {
        // A debug build is some twenty times slower than what ships.
        let limit = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 25 });
        for (name, text) in bombs() {
            let start = Instant::now();
            let refused = tree("f", &text);
            let took = start.elapsed();
            println!("{name}: {took:?}");
            assert!(refused.is_err(), "{name} is refused");
            assert!(took < limit, "{name} took {took:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            let _ = tree("f", &text);
        }

        #[test]
        fn no_yaml_like_text_panics(text in "([a-c]: |- |\\[|\\]|\\{|\\}|&a |\\*a |!t |\"|'|\\||>|\n|\n  |#|1|~|<<: ){0,60}") {
            let _ = tree("f", &text);
        }
    }
}
