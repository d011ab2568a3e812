//! Bringing Compose v2 to a node whose distribution has none.

use super::{COMMAND_LIMIT, Parts, STEPS, Step, StepContext, StepError, StepOutcome, run};
use crate::{
    engine::bootstrap::{Action, COMPOSE_TOOL, TOOLS_DIR},
    port::session::Exec,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What lay there before.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    there: bool,
}

pub(super) struct BringingCompose(pub(super) Arc<Parts>);

fn path() -> String {
    format!("{TOOLS_DIR}/{COMPOSE_TOOL}")
}

#[async_trait]
impl Step for BringingCompose {
    fn name(&self) -> &'static str {
        STEPS[4]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let sight = self.0.look(context).await?;
        let is_bring = |action: &Action| *action == Action::Bring;
        let (Some(_), Some(arch)) = (sight.action(is_bring), sight.found.arch) else {
            let version = sight.found.compose.as_deref().unwrap_or("none to be had");
            return Ok(StepOutcome::Skipped(format!("Compose: {version}")));
        };
        let tool = self.0.tools.get(COMPOSE_TOOL, arch).await?;
        let path = path();
        if context.own::<Before>()?.is_none() {
            let look = Exec::new(["test", "-e", path.as_str()]).as_root();
            let there = sight.session.exec(look).await?.status == 0;
            context.save(&Before { there }).await?;
        }
        context.progress(
            None,
            &format!("copying Compose {} ({} bytes)", tool.version, tool.program.len()),
        );
        sight.session.write_file(&path, &tool.program, 0o755).await?;
        let sum = Exec::new(["sha256sum", path.as_str()]).as_root();
        let sum = sight.session.exec(sum).await?.text();
        if sum.split_whitespace().next() != Some(tool.sha256.as_str()) {
            return Err(StepError::new(format!("{path} was damaged on its way; try again")));
        }
        context.log(&format!("{path}: Compose {}, sha256 {}", tool.version, tool.sha256));
        Ok(StepOutcome::Done(format!("Compose {} is in {TOOLS_DIR}", tool.version)))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        if context.own::<Before>()?.is_none_or(|before| before.there) {
            return Ok(());
        }
        let session = self.0.session(context).await?;
        let argv = ["rm", "-f", &path()].map(str::to_owned);
        run(context, &*session, &argv, COMMAND_LIMIT).await
    }
}
