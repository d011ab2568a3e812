//! Printing: JSON as the API answers it, or a table without frills.

use super::{CliError, error::io};
use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// Prints a text; a reader that has gone (such as `head`) is no error.
pub(super) fn text(text: &str) -> Result<(), CliError> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(io("writing")),
    }
}

/// Prints JSON.
pub(super) fn json<T: Serialize>(value: &T) -> Result<(), CliError> {
    text(&serde_json::to_string_pretty(value).map_err(|e| CliError::Usage(e.to_string()))?)
}

/// Prints rows under a header.
pub(super) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<(), CliError> {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    for row in rows {
        table.add_row(row);
    }
    text(&table.trim_fmt())
}

/// Prints names and values.
pub(super) fn fields(rows: impl IntoIterator<Item = (&'static str, String)>) -> Result<(), CliError> {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .into_iter()
        .map(|(name, value)| format!("{name:width$}  {value}"))
        .collect();
    text(&lines.join("\n"))
}
