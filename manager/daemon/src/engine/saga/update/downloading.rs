//! Brings the bundle onto the box's disk; goes on where an earlier download ended.

use super::{
    super::{Step, StepContext, StepError, StepOutcome},
    Input, Parts, STEPS, Source, telling,
};
use crate::port::fetcher::FetchError;
use async_trait::async_trait;
use hearth_model::units::Bytes;
use std::{io, path::Path, sync::Arc};
use tokio::{fs, sync::watch};

/// What is left free beside a bundle, for the database and the logs.
const SPARE: Bytes = Bytes::mib(64);

pub(super) struct Downloading(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Downloading {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let Source::Feed { offer } = &input.source else {
            return Ok(StepOutcome::Skipped("it is here already".to_owned()));
        };
        let Some(path) = self.0.bundle(&input.source) else {
            return Ok(StepOutcome::Skipped("it is here already".to_owned()));
        };
        let (url, size) = (&offer.bundle.url, offer.bundle.size);
        let address = url
            .parse()
            .map_err(|error| StepError::new(format!("the feed's address {url:?} is none: {error}")))?;
        self.make_room(&path, size).await?;
        context.log(&format!("GET {url}"));
        let (progress, told) = watch::channel(Bytes(0));
        let fetch = self.0.fetcher.download(&address, size, &path, &progress);
        let tell = |have: Bytes| context.progress(Some(percent(have, size)), &format!("{have} of {size}"));
        let fetched = telling(fetch, told, tell).await;
        match fetched {
            Ok(()) => Ok(StepOutcome::Done(format!("{size} downloaded"))),
            Err(error @ FetchError::Network { .. }) => Err(StepError::transient(error.to_string())),
            Err(FetchError::Write { path, source }) => Err(StepError::new(format!(
                "{path} cannot be written: {source}. Free some space and try again."
            ))),
            Err(error) => Err(StepError::new(error.to_string())),
        }
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let input: Input = context.input()?;
        match (&input.source, self.0.bundle(&input.source)) {
            (Source::Feed { .. }, Some(path)) => remove(&path).await,
            _ => Ok(()),
        }
    }
}

impl Downloading {
    /// Removes what other downloads have left, and sees that this one fits.
    async fn make_room(&self, path: &Path, size: Bytes) -> Result<(), StepError> {
        let folder = &self.0.folder;
        let failed = |error: io::Error| StepError::new(format!("{}: {error}", folder.display()));
        fs::create_dir_all(folder).await.map_err(failed)?;
        let mut files = fs::read_dir(folder).await.map_err(failed)?;
        while let Some(file) = files.next_entry().await.map_err(failed)? {
            if file.path() != path && file.file_type().await.map_err(failed)?.is_file() {
                remove(&file.path()).await?;
            }
        }
        let have = fs::metadata(path).await.map_or(0, |file| file.len());
        let free = self.0.host.space().map_err(failed)?.free;
        let wanted = Bytes(size.minus(Bytes(have)).0 + SPARE.0);
        if free < wanted {
            return Err(StepError::new(format!(
                "the update needs {wanted} on the data disk, and {free} is free. Remove something from this box, such as \
                 an app's data, and try again."
            )));
        }
        Ok(())
    }
}

pub(super) async fn remove(path: &Path) -> Result<(), StepError> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StepError::new(format!("{} cannot be removed: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

fn percent(have: Bytes, size: Bytes) -> u8 {
    have.percent_of(size).clamp(0.0, 100.0) as u8
}
