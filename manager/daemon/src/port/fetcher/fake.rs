//! An internet of a few files in memory.

use super::{FetchError, Fetcher};
use async_trait::async_trait;
use hearth_model::units::Bytes;
use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    sync::{Mutex, PoisonError},
};
use tokio::sync::watch;
use url::Url;

/// Serves what it was given. A download is cut after `cut_after` bytes, once, when that is set.
#[derive(Debug, Default)]
pub struct FakeFetcher {
    /// Files by address.
    pub files: Mutex<BTreeMap<String, Vec<u8>>>,
    /// How many bytes the next download brings before the line breaks.
    pub cut_after: Mutex<Option<usize>>,
}

impl FakeFetcher {
    fn file(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(url.as_str()).cloned().ok_or_else(|| FetchError::Status {
            url: url.clone(),
            status: 404,
        })
    }
}

#[async_trait]
impl Fetcher for FakeFetcher {
    async fn get(&self, url: &Url, limit: Bytes) -> Result<Vec<u8>, FetchError> {
        let file = self.file(url)?;
        if file.len() as u64 > limit.0 {
            let url = url.clone();
            return Err(FetchError::TooLarge { url, limit });
        }
        Ok(file)
    }

    async fn download(
        &self,
        url: &Url,
        size: Bytes,
        path: &Path,
        progress: &watch::Sender<Bytes>,
    ) -> Result<(), FetchError> {
        let file = self.file(url)?;
        let failed = |source| FetchError::Write {
            path: path.display().to_string(),
            source,
        };
        let mut target = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        let have = target.metadata().map_err(failed)?.len().min(file.len() as u64) as usize;
        let cut = self.cut_after.lock().unwrap_or_else(PoisonError::into_inner).take();
        let end = cut.map_or(file.len(), |bytes| (have + bytes).min(file.len()));
        target.write_all(&file[have..end]).map_err(failed)?;
        progress.send_replace(Bytes(end as u64));
        if (end as u64) < size.0 {
            let url = url.clone();
            let reason = "the line broke".to_owned();
            return Err(FetchError::Network { url, reason });
        }
        Ok(())
    }
}
