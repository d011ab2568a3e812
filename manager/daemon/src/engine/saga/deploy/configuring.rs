//! Records where the app answers.

use super::{Input, preparing::plan_of};
use crate::{
    engine::saga::{Step, StepContext, StepError, StepOutcome, app::AppParts},
    store::apps,
};
use async_trait::async_trait;
use hearth_model::app::App;
use std::sync::Arc;

pub(super) struct Configuring(pub(super) Arc<AppParts>);

#[async_trait]
impl Step for Configuring {
    fn name(&self) -> &'static str {
        "configuring"
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let plan = plan_of(parts, input.app).await?;
        let app = parts.app(input.app).await?;
        let url = plan.url.clone();
        let app = App {
            url: plan.url,
            ports: plan.ports,
            updated_at: parts.clock.now(),
            ..app
        };
        parts.store.write(move |tx| apps::put(tx, &app)).await?;
        Ok(StepOutcome::Done(match url {
            Some(url) => format!("It answers at {url}."),
            None => "It has no pages.".to_owned(),
        }))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let app = parts.app(input.app).await?;
        let url = input.before.and_then(|before| before.app.url);
        parts.store.write(move |tx| apps::put(tx, &App { url, ..app })).await?;
        Ok(())
    }
}
