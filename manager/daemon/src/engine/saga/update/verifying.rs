//! Looks whether the bundle is what was promised, signed by Hearth's releases, for this box, and newer than what runs.
//! Nothing is written before that.

use super::{
    super::{Step, StepContext, StepError, StepOutcome},
    Input, Parts, STEPS, Source,
    downloading::remove,
    refused,
};
use async_trait::async_trait;
use hearth_model::update::judge;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    sync::Arc,
};

pub(super) struct Verifying(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Verifying {
    fn name(&self) -> &'static str {
        STEPS[1]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let Some(path) = self.0.bundle(&input.source) else {
            return Ok(StepOutcome::Skipped("it ran here before".to_owned()));
        };
        if let Source::Feed { offer } = &input.source {
            context.progress(None, "computing its SHA-256");
            let found = sha256(path.clone()).await?;
            if !found.eq_ignore_ascii_case(&offer.bundle.sha256) {
                // Going on with it would never make it right.
                remove(&path).await?;
                return Err(StepError::new(format!(
                    "what was downloaded is not what the feed names: its SHA-256 is {found}, not {}. Try again.",
                    offer.bundle.sha256
                )));
            }
        }
        context.progress(None, "checking its signature");
        let bundle = self.0.updater.inspect(&path).await.map_err(refused)?;
        let slots = self.0.updater.slots().await.map_err(refused)?;
        let judged = judge(&bundle, &slots.compatible, &self.0.version, input.downgrade);
        let version = judged.map_err(|refusal| StepError::new(refusal.to_string()))?;
        context.save(&version).await?;
        Ok(StepOutcome::Done(format!(
            "version {version} for {}, its signature is good",
            bundle.compatible
        )))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it only looks")
    }
}

async fn sha256(path: PathBuf) -> Result<String, StepError> {
    let shown = path.display().to_string();
    let computed = tokio::task::spawn_blocking(move || -> io::Result<String> {
        let mut hash = Sha256::new();
        let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
        loop {
            let part = file.fill_buf()?;
            if part.is_empty() {
                break;
            }
            hash.update(part);
            let read = part.len();
            file.consume(read);
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    })
    .await;
    let failed = |error: &dyn std::fmt::Display| StepError::new(format!("{shown} cannot be read: {error}"));
    computed
        .map_err(|error| failed(&error))?
        .map_err(|error| failed(&error))
}
