//! Large files that come in: written to the disk as they come, whole or not at all.

use super::problem::Problem;
use crate::engine;
use axum::{body::Bytes, http::StatusCode};
use futures::{Stream, StreamExt};
use std::{io, path::Path};
use tokio::{fs, io::AsyncWriteExt};

/// Longest file: several times a bundle.
pub const MAX_FILE: u64 = 2 << 30;

/// Writes a stream into `path`, in the place of what is there.
///
/// # Errors
/// A problem: 413 when it is too long, 400 when it ends early, 507 when the disk is full.
pub async fn receive<S, E>(stream: S, path: &Path) -> Result<(), Problem>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let part = path.with_extension("part");
    let written = write(stream, &part).await;
    if written.is_ok() {
        return fs::rename(&part, path).await.map_err(|error| failed(path, error));
    }
    // What came so far is of no use; that it could not be removed is less than why it did not come.
    let _ = fs::remove_file(&part).await;
    written
}

async fn write<S, E>(stream: S, part: &Path) -> Result<(), Problem>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    if let Some(folder) = part.parent() {
        fs::create_dir_all(folder)
            .await
            .map_err(|error| failed(folder, error))?;
    }
    let mut file = fs::File::create(part).await.map_err(|error| failed(part, error))?;
    let mut stream = std::pin::pin!(stream);
    let mut have = 0;
    while let Some(piece) = stream.next().await {
        let piece =
            piece.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("the file ended early: {error}")))?;
        have += piece.len() as u64;
        if have > MAX_FILE {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the file is longer than 2 GiB",
            ));
        }
        file.write_all(&piece).await.map_err(|error| failed(part, error))?;
    }
    file.sync_all().await.map_err(|error| failed(part, error))
}

fn failed(path: &Path, error: io::Error) -> Problem {
    if error.kind() == io::ErrorKind::StorageFull {
        let detail = "the data disk of this box is full: remove something from it, such as an app's data";
        return Problem::new(StatusCode::INSUFFICIENT_STORAGE, detail);
    }
    engine::Error::internal(format!("writing {}", path.display()), error).into()
}
