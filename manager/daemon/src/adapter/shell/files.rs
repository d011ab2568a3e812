//! Files, by fixed scripts: they need no SFTP server on the machine and work through `sudo`.

use crate::port::session::{Exec, Output, SessionError};
use std::time::Duration;

/// Writes standard input beside and renames it. The size is compared because a broken connection looks like the
/// input's end; the temporary file goes away whatever happens (also when nobody is there any more to tell of a fault).
const WRITE: &str = r#"set -eu
path=$1 mode=$2 size=$3
if [ -d "$path" ]; then echo "it is a folder" >&2; exit 1; fi
folder=$(dirname -- "$path")
umask 022
mkdir -p -- "$folder"
beside=
trap 'rm -f -- "$beside"' EXIT
trap 'exit 143' HUP INT TERM
trap '' PIPE
beside=$(mktemp -- "$folder/.hearth.XXXXXX")
cat >"$beside"
found=$(wc -c <"$beside")
if [ "$found" -ne "$size" ]; then echo "only $found of $size bytes arrived" >&2; exit 1; fi
chmod "$mode" -- "$beside"
sync "$beside"
mv -f -- "$beside" "$path"
beside=
"#;

/// Status of [`READ`] when there is no such file.
const MISSING: i32 = 66;

const READ: &str = r#"if [ ! -e "$1" ]; then exit 66; fi
exec head -c "$2" -- "$1"
"#;

/// Slower than this no connection is that one would want to use.
const SLOWEST_BYTES_PER_SEC: usize = 64 << 10;

/// What standard error may say beside a file.
const MAX_MESSAGE: usize = 64 << 10;

/// The program that writes a file.
pub(super) fn write(path: &str, contents: &[u8], mode: u32) -> Exec {
    let size = contents.len().to_string();
    let mode = format!("{mode:o}");
    let limit = Duration::from_secs(30 + (contents.len() / SLOWEST_BYTES_PER_SEC) as u64);
    Exec {
        stdin: contents.to_vec(),
        ..Exec::new(["sh", "-c", WRITE, "write", path, &mode, &size])
    }
    .as_root()
    .within(limit)
}

/// What came of writing.
pub(super) fn written(machine: &str, attempt: String, output: &Output) -> Result<(), SessionError> {
    match output.status {
        0 => Ok(()),
        _ => Err(failed(machine, attempt, output)),
    }
}

/// The program that reads a file, and a byte more than is wanted, to tell that it is longer.
pub(super) fn read(path: &str, max_bytes: usize) -> Exec {
    let limit = Duration::from_secs(30 + (max_bytes / SLOWEST_BYTES_PER_SEC) as u64);
    let bytes = (max_bytes + 1).to_string();
    Exec {
        max_output: max_bytes.saturating_add(MAX_MESSAGE),
        ..Exec::new(["sh", "-c", READ, "read", path, &bytes])
    }
    .as_root()
    .within(limit)
}

/// What came of reading.
pub(super) fn contents(
    machine: &str,
    attempt: String,
    output: Output,
    max_bytes: usize,
) -> Result<Option<Vec<u8>>, SessionError> {
    match output.status {
        0 if output.stdout.len() > max_bytes => Err(SessionError::TooMuch {
            machine: machine.to_owned(),
            attempt,
            max_bytes,
        }),
        0 => Ok(Some(output.stdout)),
        MISSING => Ok(None),
        _ => Err(failed(machine, attempt, &output)),
    }
}

fn failed(machine: &str, attempt: String, output: &Output) -> SessionError {
    let said = output.error_text();
    // A full disk is what a person can do something about: it goes before what else went wrong with it.
    let reason = said
        .lines()
        .find(|line| line.contains("No space left on device"))
        .or_else(|| said.lines().rfind(|line| !line.trim().is_empty()));
    SessionError::Failed {
        machine: machine.to_owned(),
        attempt,
        reason: match reason {
            Some(line) => line.trim().chars().take(300).collect(),
            None => format!("status {}", output.status),
        },
    }
}
