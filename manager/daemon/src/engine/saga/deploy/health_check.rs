//! Waits until the app is well: all containers run, and the recipe's own check is content.

use super::Input;
use crate::engine::{
    health,
    saga::{
        Step, StepContext, StepError, StepOutcome,
        app::{AppParts, Site},
    },
};
use async_trait::async_trait;
use hearth_model::app::Container;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// First wait between two looks; they grow, so that a quick app is not waited for and a slow one not pestered.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How many looks in a row must find a container ended for good.
const ENDED_LOOKS: u32 = 3;
/// How many of a failing container's last lines are shown.
const LAST_LINES: u32 = 20;

pub(super) struct HealthCheck(pub(super) Arc<AppParts>);

#[async_trait]
impl Step for HealthCheck {
    fn name(&self) -> &'static str {
        "health_check"
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        let app = parts.app(input.app).await?;
        let manifest = &parts.catalogue.get(&app.recipe)?.manifest;
        let node = parts
            .roster
            .get(input.node)
            .ok_or_else(|| StepError::new("the node was released meanwhile"))?;
        let check = health::Check::new(manifest, &node, &app.ports);
        let within = Duration::from_secs(manifest.health.within.0.into());
        let begun = parts.clock.monotonic();
        let mut wait = FIRST_WAIT;
        let mut ended_looks = 0;
        loop {
            let containers = site.containers.list(Some(&site.project.name)).await?;
            let Err(ill) = check.look(&containers, parts.prober.as_ref()).await else {
                let took = parts.clock.monotonic().saturating_sub(begun);
                return Ok(StepOutcome::Done(format!("Well after {} s.", took.as_secs())));
            };
            ended_looks = if ill.ended { ended_looks + 1 } else { 0 };
            let over = parts.clock.monotonic().saturating_sub(begun) >= within;
            if over || ended_looks >= ENDED_LOOKS {
                let limit = format!("{} s", within.as_secs());
                let why = if over {
                    format!("within {limit}")
                } else {
                    "at all".to_owned()
                };
                let text = format!(
                    "The health check was not content {why}: {}. Look at the last lines of its log below; \
                     if the app only needs longer, deploy it again or choose a faster node.",
                    ill.reason
                );
                return Err(StepError::new(text).with(&last_lines(&site, &containers).await));
            }
            context.progress(None, &format!("Waiting: {}", ill.reason));
            parts.clock.sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it only looks")
    }
}

/// The last lines of every container that is not well, or of all when none stands out.
async fn last_lines(site: &Site, containers: &[Container]) -> String {
    let (lines, mut receiver) = mpsc::channel(64);
    let work = site.containers.logs(&site.project.name, LAST_LINES, false, lines);
    let gather = async {
        let mut gathered = Vec::new();
        while let Some(line) = receiver.recv().await {
            gathered.push(line);
        }
        gathered
    };
    let (outcome, gathered) = tokio::join!(work, gather);
    if let Err(error) = outcome {
        return format!("Its log cannot be read: {error}.");
    }
    let ill: Vec<&str> = containers
        .iter()
        .filter(|container| !health::is_well(container))
        .filter_map(|container| container.service.as_deref())
        .collect();
    let shown = gathered
        .iter()
        .filter(|line| ill.is_empty() || ill.contains(&line.service.as_str()))
        .map(|line| site.recorder.redact(&format!("{} | {}", line.service, line.text)));
    shown.collect::<Vec<_>>().join("\n")
}
