//! Puts the files on the node, has Compose check them, and pulls the images.

use super::{Input, files};
use crate::{
    engine::saga::{
        Step, StepContext, StepError, StepOutcome,
        app::{AppParts, Site},
    },
    port::containers::PullProgress,
    store::{self, apps},
};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use hearth_model::{id::AppId, plan::DeployPlan, units::Bytes};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::sync::mpsc;

/// How many images are pulled at once, as many as Compose itself would; each pulls its layers in parallel anyway.
const PULLS: usize = 3;
/// Reports of a pull that wait to be told.
const REPORTS: usize = 64;

pub(super) struct Preparing(pub(super) Arc<AppParts>);

/// How the node was before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Found {
    /// Images that it did not have.
    missing: Vec<String>,
    /// Whether the app's folder was there.
    folder: bool,
    /// The app's files as they lay there.
    pub(super) lying: files::Lying,
}

#[async_trait]
impl Step for Preparing {
    fn name(&self) -> &'static str {
        "preparing"
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let plan = plan_of(parts, input.app).await?;
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        let found = match context.own::<Found>()? {
            Some(found) => found,
            None => {
                let found = look(parts, &site, context, &plan).await?;
                context.save(&found).await?;
                found
            }
        };
        files::write(&site, &plan).await?;
        let checked = parts.compose.check(site.session.as_ref(), &site.project).await;
        checked.map_err(|error| site.told(error))?;
        pull_missing(&site, context, &found.missing).await?;
        Ok(StepOutcome::Done(match found.missing.len() {
            0 => "Files written; all images were there.".to_owned(),
            1 => "Files written; 1 image pulled.".to_owned(),
            count => format!("Files written; {count} images pulled."),
        }))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let Some(found) = context.own::<Found>()? else {
            return Ok(());
        };
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        if input.before.is_some() {
            files::restore(parts, &site, &context.job.to_string(), &found.lying).await?;
        } else {
            files::clear(&site, !found.folder).await?;
        }
        context.log("The app's files are as they were.");
        let wanted = wanted_by_others(parts, &site, input.app, input.before.map(|before| before.plan)).await?;
        for image in found.missing.iter().filter(|image| !wanted.contains(*image)) {
            let work = site.containers.remove_image(image);
            site.recorder.noted(&format!("docker image rm {image}"), work).await?;
            context.log(&format!("Image {image} removed."));
        }
        Ok(())
    }
}

async fn look(parts: &AppParts, site: &Site, context: &StepContext, plan: &DeployPlan) -> Result<Found, StepError> {
    let mut missing = Vec::new();
    for image in plan.images.iter().collect::<BTreeSet<_>>() {
        if !site.containers.has_image(image).await? {
            missing.push(image.clone());
        }
    }
    let exec = crate::port::session::Exec::new(["test", "-e", &site.project.dir]).as_root();
    Ok(Found {
        missing,
        folder: site.session.exec(exec).await?.status == 0,
        lying: files::read(parts, site, &context.job.to_string()).await?,
    })
}

async fn pull_missing(site: &Site, context: &StepContext, missing: &[String]) -> Result<(), StepError> {
    let (reports, mut receiver) = mpsc::channel(REPORTS);
    let pulls = async {
        let pulls: Vec<_> = missing
            .iter()
            .map(|image| pull(site, context, image, reports.clone()))
            .collect();
        // Gone with the last pull, so that the telling below ends too.
        drop(reports);
        stream::iter(pulls).buffer_unordered(PULLS).try_collect::<()>().await
    };
    let tell = async {
        let mut seen = BTreeMap::new();
        while let Some(report) = receiver.recv().await {
            tell(context, missing.len(), &mut seen, report);
        }
    };
    tokio::join!(pulls, tell).0
}

async fn pull(
    site: &Site,
    context: &StepContext,
    image: &str,
    reports: mpsc::Sender<PullProgress>,
) -> Result<(), StepError> {
    // After a lost connection the pull may have gone on without us, or another app may have brought the image.
    if site.containers.has_image(image).await? {
        return Ok(());
    }
    context.log(&format!("Pulling {image}."));
    let work = site.containers.pull(image, reports);
    site.recorder.noted(&format!("docker pull {image}"), work).await?;
    context.log(&format!("{image} is there."));
    Ok(())
}

/// Tells how far all pulls are together: each counts the same, for sizes are known only while they come.
fn tell(context: &StepContext, images: usize, seen: &mut BTreeMap<String, PullProgress>, report: PullProgress) {
    let status = report.status.clone();
    let image = report.image.clone();
    seen.insert(report.image.clone(), report);
    let share = |p: &PullProgress| Bytes(p.current_bytes).percent_of(Bytes(p.total_bytes)).min(100.0);
    let percent = seen.values().map(share).sum::<f64>() / images.max(1) as f64;
    let current: Bytes = seen.values().map(|p| Bytes(p.current_bytes)).sum();
    let total: Bytes = seen.values().map(|p| Bytes(p.total_bytes)).sum();
    let message = format!("{status} {image}: {current} of {total}");
    context.progress(Some(percent as u8), &message);
}

/// Images that plans of other apps on the node name, or the plan that this app goes back to.
async fn wanted_by_others(
    parts: &AppParts,
    site: &Site,
    app: AppId,
    before: Option<DeployPlan>,
) -> Result<BTreeSet<String>, StepError> {
    let node = site.node;
    let plans = parts
        .store
        .read(move |c| {
            let others = apps::on_node(c, node)?.into_iter().filter(|other| other.id != app);
            others
                .map(|other| apps::plan(c, other.id))
                .collect::<store::Result<Vec<_>>>()
        })
        .await?;
    Ok(plans
        .into_iter()
        .chain([before])
        .flatten()
        .flat_map(|plan| plan.images)
        .collect())
}

/// The plan that `validating` has made.
pub(super) async fn plan_of(parts: &AppParts, app: AppId) -> Result<DeployPlan, StepError> {
    let plan = parts.store.read(move |c| apps::plan(c, app)).await?;
    plan.ok_or_else(|| StepError::new("the app has no plan: validating did not make one"))
}
