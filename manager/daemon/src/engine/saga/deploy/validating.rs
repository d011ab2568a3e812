//! Looks at the node and makes the plan.

use super::{Input, Material, make_plan, ports};
use crate::{
    engine::{
        Error,
        apps::secrets::by_name,
        saga::{
            Step, StepContext, StepError, StepOutcome,
            app::{AppParts, Site},
        },
    },
    store::{apps, jobs},
};
use async_trait::async_trait;
use hearth_model::{node::Node, plan::DeployPlan};
use std::{collections::BTreeSet, sync::Arc};

/// Where tools that we bring lie on a node.
const BIN: &str = "/var/lib/hearth/bin";
/// Compose as we bring it.
const COMPOSE: &str = "docker-compose";

pub(super) struct Validating(pub(super) Arc<AppParts>);

#[async_trait]
impl Step for Validating {
    fn name(&self) -> &'static str {
        "validating"
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let site = parts.site(context, input.app, &input.slug, input.node).await?;
        let node = parts
            .roster
            .get(input.node)
            .ok_or_else(|| StepError::from(Error::not_found("node", input.node)))?;
        let engine = site.containers.info().await?;
        let compose = self.compose(&site, &node, context).await?;
        context.log(&format!(
            "{} has engine {} and Compose {compose}.",
            node.name, engine.version
        ));
        if input.before.is_none() {
            nothing_foreign(&site, &node, &input).await?;
        }
        let mut taken = ports::taken(&site).await?;
        // What holds the app's own ports is the app itself.
        let own = input.before.iter().flat_map(|before| &before.app.ports);
        for port in own {
            taken.remove(&port.given);
        }
        let plan = self.plan(context, &input, node, taken).await?;
        for port in plan.ports.iter().filter(|port| port.given != port.wanted) {
            context.log(&format!(
                "Port {} is taken; {} gets {}.",
                port.wanted, port.name, port.given
            ));
        }
        Ok(StepOutcome::Done(plan.reason))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let Self(parts) = self;
        let input: Input = context.input()?;
        let (plan, ports) = match input.before {
            Some(before) => (Some(before.plan), before.app.ports),
            None => (None, Vec::new()),
        };
        let now = parts.clock.now();
        parts
            .store
            .write(move |tx| apps::set_plan(tx, input.app, plan.as_ref(), &ports, now))
            .await?;
        Ok(())
    }
}

impl Validating {
    /// The version of Compose on the node, brought there when it has none.
    async fn compose(&self, site: &Site, node: &Node, context: &StepContext) -> Result<String, StepError> {
        let Self(parts) = self;
        if let Some(version) = parts.compose.version(site.session.as_ref()).await? {
            return Ok(version);
        }
        let arch = node.facts.as_ref().and_then(|facts| facts.arch);
        let arch = arch.ok_or_else(|| StepError::new(format!("the architecture of {} is not known", node.name)))?;
        let tool = parts.tools.get(COMPOSE, arch).await?;
        context.log(&format!(
            "{} has no Compose; bringing {} {}.",
            node.name, tool.name, tool.version
        ));
        let path = format!("{BIN}/{}", tool.name);
        site.session.write_file(&path, &tool.program, 0o755).await?;
        let version = parts.compose.version(site.session.as_ref()).await?;
        version.ok_or_else(|| StepError::new(format!("the Compose that was brought to {} does not run", node.name)))
    }

    /// Makes the plan and keeps it, with its ports, in one transaction: of two apps that wish for the same port one
    /// sees what the other was given.
    async fn plan(
        &self,
        context: &StepContext,
        input: &Input,
        node: Arc<Node>,
        ports_taken: BTreeSet<u16>,
    ) -> Result<DeployPlan, StepError> {
        let Self(parts) = self;
        let (job, now, input) = (context.job, parts.clock.now(), input.clone());
        let app = parts.app(input.app).await?;
        let recipe = parts.catalogue.get(&app.recipe)?;
        let plan = parts
            .store
            .write(move |tx| {
                let app = apps::get(tx, input.app)?.ok_or_else(|| Error::not_found("app", input.slug))?;
                let material = Material {
                    recipe: &recipe,
                    node: &node,
                    reason: &input.reason,
                    secrets: &by_name(tx, app.id, &recipe.manifest)?,
                    ports_taken,
                };
                let plan = make_plan(tx, &app, material)?.map_err(Error::Conflict)?;
                let text = serde_json::to_string(&plan).map_err(|source| Error::internal("keeping a plan", source))?;
                jobs::set_plan(tx, job, &text)?;
                apps::set_plan(tx, app.id, Some(&plan), &plan.ports, now)?;
                Ok::<_, Error>(plan)
            })
            .await?;
        Ok(plan)
    }
}

/// That nobody else's project or data is there under this name.
async fn nothing_foreign(site: &Site, node: &Node, input: &Input) -> Result<(), StepError> {
    let name = &site.project.name;
    let there = site.containers.project(name).await?;
    if !there.containers.is_empty() {
        return Err(StepError::new(format!(
            "{} already runs a Compose project {name} that Hearth did not deploy. Give the app another name, or remove \
             that project (docker compose -p {name} down).",
            node.name
        )));
    }
    if !there.volumes.is_empty() && !input.kept {
        return Err(StepError::new(format!(
            "{} has volumes of a project {name} that Hearth did not deploy: {}. Give the app another name, or remove \
             them (docker volume rm).",
            node.name,
            there.volumes.join(", ")
        )));
    }
    let path = site.path(super::files::COMPOSE);
    if site.session.read_file(&path, 1 << 20).await?.is_some() {
        return Err(StepError::new(format!(
            "{path} is on {} already, and Hearth did not put it there. Give the app another name, or move the file away.",
            node.name
        )));
    }
    Ok(())
}
