//! Fetching files over HTTP: feeds and bundles.

use async_trait::async_trait;
use hearth_model::units::Bytes;
use std::path::Path;
use tokio::sync::watch;
use url::Url;

mod fake;
pub use fake::FakeFetcher;

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The other side cannot be reached, or ended before the file did. What was fetched is kept.
    #[error("{url} cannot be fetched: {reason}")]
    Network {
        /// Address.
        url: Url,
        /// The innermost cause.
        reason: String,
    },
    /// It answered, but not with the file.
    #[error("{url} answers with status {status}")]
    Status {
        /// Address.
        url: Url,
        /// HTTP status code.
        status: u16,
    },
    /// It is larger than what is taken.
    #[error("{url} is larger than {limit}")]
    TooLarge {
        /// Address.
        url: Url,
        /// What is taken.
        limit: Bytes,
    },
    /// It cannot be written here.
    #[error("{path} cannot be written")]
    Write {
        /// File.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
}

/// Fetches files.
#[async_trait]
pub trait Fetcher: Send + Sync {
    /// A small file, whole. Takes at most 30 s.
    ///
    /// # Errors
    /// See [`FetchError`].
    async fn get(&self, url: &Url, limit: Bytes) -> Result<Vec<u8>, FetchError>;

    /// Fetches `size` bytes into `path`, going on where an earlier call ended; tells how many there are. Ends when
    /// nothing has come for 60 s. What is in `path` afterwards is not checked in any way.
    ///
    /// # Errors
    /// See [`FetchError`]; `path` then holds what has come so far.
    async fn download(
        &self,
        url: &Url,
        size: Bytes,
        path: &Path,
        progress: &watch::Sender<Bytes>,
    ) -> Result<(), FetchError>;
}
