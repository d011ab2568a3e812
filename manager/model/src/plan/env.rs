//! The text of `.env`, quoted so that Compose reads back exactly what was meant, and hiding of secrets.

use super::{DeployPlan, EnvValue};
use crate::id::SecretId;
use std::fmt::Write;

/// Why `.env` cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// A sealed value could not be had.
    #[error("the secret for {name} is not at hand")]
    NoSecret {
        /// Variable.
        name: String,
    },
    /// A value that no environment can hold.
    #[error("the value of {name} holds a zero byte, which no environment variable can")]
    ZeroByte {
        /// Variable.
        name: String,
    },
}

/// The text of `.env`: a line a variable, in order of names. `lookup` unseals.
///
/// # Errors
/// See [`EnvError`].
pub fn render_env(plan: &DeployPlan, lookup: impl Fn(SecretId) -> Option<String>) -> Result<String, EnvError> {
    let mut text = String::new();
    for (name, value) in &plan.env {
        let value = match value {
            EnvValue::Plain { value } => value.clone(),
            EnvValue::Sealed { secret } => lookup(*secret).ok_or_else(|| EnvError::NoSecret { name: name.clone() })?,
        };
        if value.contains('\0') {
            return Err(EnvError::ZeroByte { name: name.clone() });
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}={}", quote(&value));
    }
    Ok(text)
}

/// Quotes a value. Within single quotes Compose takes everything as it is; only what cannot stand there is put into
/// double quotes, with escapes: a single quote, a backslash at the end (it would escape the quote) and a carriage
/// return (it would be taken for the end of a line of Windows).
///
/// Source: dotenv/parser.go of compose-go; tried with Compose 2.26.1.
pub(super) fn quote(value: &str) -> String {
    if !value.contains(['\'', '\r']) && !value.ends_with('\\') {
        return format!("'{value}'");
    }
    let mut quoted = String::with_capacity(value.len() + 8);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '\\' | '"' | '$' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
