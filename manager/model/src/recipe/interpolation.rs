//! Variables in a Compose file: `${NAME}` in all its forms, found and filled in as Compose does.
//!
//! Source: the Compose specification, "Interpolation" (12-interpolation.md of compose-spec).

use std::collections::BTreeMap;

/// Deepest nesting of defaults in defaults that is followed.
const MAX_DEPTH: usize = 8;

/// What is done when a variable is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unset<'a> {
    /// It is empty: `$NAME`, `${NAME}`.
    Empty,
    /// This stands in: `${NAME:-text}`, `${NAME-text}`.
    Default(&'a str),
    /// It is a fault: `${NAME:?text}`, `${NAME?text}`.
    Fault,
    /// Nothing; when it is set, this stands in: `${NAME:+text}`, `${NAME+text}`.
    Alternative(&'a str),
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// `$$`.
    Dollar,
    Variable {
        name: &'a str,
        unset: Unset<'a>,
        /// Whether an empty value counts as none: the forms with a colon.
        colon: bool,
    },
}

/// Takes a text apart. A dollar that begins no variable stands for itself.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let (piece, used) = if after.starts_with('$') {
            (Piece::Dollar, 1)
        } else if let Some((piece, used)) = variable(after) {
            (piece, used)
        } else {
            (Piece::Text(&rest[at..=at]), 0)
        };
        if at > 0 {
            found.push(Piece::Text(&rest[..at]));
        }
        found.push(piece);
        rest = &after[used..];
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// The variable that begins here, and the bytes it takes.
fn variable(text: &str) -> Option<(Piece<'_>, usize)> {
    let Some(inner) = text.strip_prefix('{') else {
        let length = name_length(text);
        let piece = Piece::Variable {
            name: &text[..length],
            unset: Unset::Empty,
            colon: false,
        };
        return (length > 0).then_some((piece, length));
    };
    let end = closing(inner)?;
    let body = &inner[..end];
    let length = name_length(body);
    let (name, operator) = body.split_at(length);
    let (colon, operator) = match operator.strip_prefix(':') {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    let mut chars = operator.chars();
    let unset = match (chars.next(), chars.as_str()) {
        (None, _) if !colon => Unset::Empty,
        (Some('-'), default) => Unset::Default(default),
        (Some('?'), _) => Unset::Fault,
        (Some('+'), text) => Unset::Alternative(text),
        _ => return None,
    };
    (length > 0).then_some((Piece::Variable { name, unset, colon }, end + 2))
}

fn name_length(text: &str) -> usize {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if starts { end.unwrap_or(text.len()) } else { 0 }
}

/// Where the brace that is open closes; inner variables may have braces of their own.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A variable that a Compose file uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// First line it stands in.
    pub line: u32,
    /// Whether the file says what to do without it: a default somewhere, or an alternative.
    pub optional: bool,
    /// Whether the file is refused without it somewhere (`:?`).
    pub demanded: bool,
    /// Its default where it is first used, as written.
    pub default: Option<String>,
}

/// Notes every variable of a text, those in defaults too.
pub(super) fn collect(line: u32, text: &str, found: &mut BTreeMap<String, Variable>) {
    collect_to(line, text, found, 0);
}

fn collect_to(line: u32, text: &str, found: &mut BTreeMap<String, Variable>, depth: usize) {
    for piece in pieces(text) {
        let Piece::Variable { name, unset, .. } = piece else {
            continue;
        };
        let default = match &unset {
            Unset::Default(default) => Some((*default).to_owned()),
            _ => None,
        };
        let optional = matches!(unset, Unset::Default(_) | Unset::Alternative(_));
        let known = found.entry(name.to_owned()).or_insert(Variable {
            line,
            optional: true,
            demanded: false,
            default,
        });
        // One use that cannot do without it is enough.
        known.optional &= optional;
        known.demanded |= unset == Unset::Fault;
        if let (Unset::Default(inner) | Unset::Alternative(inner), true) = (unset, depth < MAX_DEPTH) {
            collect_to(line, inner, found, depth + 1);
        }
    }
}

/// Fills in variables.
///
/// # Errors
/// The name of a variable that must be set and is not.
pub(super) fn resolve(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    resolve_to(text, lookup, 0)
}

fn resolve_to(text: &str, lookup: &dyn Fn(&str) -> Option<String>, depth: usize) -> Result<String, String> {
    let mut out = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Dollar => out.push('$'),
            Piece::Variable { name, unset, colon } => {
                let value = lookup(name).filter(|value| !(colon && value.is_empty()));
                let inner = |text: &str| {
                    if depth < MAX_DEPTH {
                        resolve_to(text, lookup, depth + 1)
                    } else {
                        Err(name.to_owned())
                    }
                };
                match (value, unset) {
                    (Some(_), Unset::Alternative(text)) | (None, Unset::Default(text)) => out.push_str(&inner(text)?),
                    (Some(value), _) => out.push_str(&value),
                    (None, Unset::Fault) => return Err(name.to_owned()),
                    (None, Unset::Empty | Unset::Alternative(_)) => {}
                }
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(text: &str) -> Result<String, String> {
        resolve(text, &|name| match name {
            "SET" => Some("set".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn every_form() {
        for (text, expected) in [
            ("a$SET-b", "aset-b"),
            ("${SET}", "set"),
            ("${NONE}", ""),
            ("${SET:-d}${NONE:-d}${EMPTY:-d}", "setdd"),
            ("${EMPTY-d}${NONE-d}", "d"),
            ("${SET:+alt}${NONE:+alt}${EMPTY:+alt}${EMPTY+alt}", "altalt"),
            ("${NONE:-${SET:-x}}/y", "set/y"),
            ("$$SET $${SET} 5$ $1", "$SET ${SET} 5$ $1"),
            ("${NONE:-a:b}", "a:b"),
            ("${bad name}", "${bad name}"),
            ("${open", "${open"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(filled("${NONE:?must}"), Err("NONE".to_owned()));
        assert_eq!(filled("${EMPTY:?}"), Err("EMPTY".to_owned()));
        assert_eq!(filled("${EMPTY?}").as_deref(), Ok(""));
    }

    #[test]
    fn variables_are_noted_with_what_happens_without_them() {
        let mut found = BTreeMap::new();
        collect(3, "${A:-${B}} $C ${A:?} $$D", &mut found);
        let optional: Vec<(&str, bool)> = found.iter().map(|(name, v)| (name.as_str(), v.optional)).collect();
        assert_eq!(optional, [("A", false), ("B", false), ("C", false)]);
        assert_eq!(found["A"].default.as_deref(), Some("${B}"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\$|\\{|\\}|:|-|\\?|\\+|A|é|.){0,40}") {
            let _ = filled(&text);
            collect(1, &text, &mut BTreeMap::new());
        }

        #[test]
        fn without_dollars_nothing_changes(text in "[^$]{0,40}") {
            prop_assert_eq!(filled(&text), Ok(text));
        }
    }
}
