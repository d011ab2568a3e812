//! The steps with Hearth's own key: what the machine is, and making it a node.

use super::{Input, Inspected, Parts, STEPS, actor, already};
use crate::{
    engine::{
        bootstrap::family::Family,
        nodes::{
            inspector::{self, fault_of},
            roster::Added,
        },
        saga::{Step, StepContext, StepError, StepOutcome},
    },
    port::{containers::DEFAULT_SOCKET, session::Exec},
};
use async_trait::async_trait;
use hearth_model::{
    fault::{Cause, Fault},
    name::Slug,
    node::{Link, Node, NodeState},
};
use std::sync::Arc;

pub(super) struct Inspecting(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Inspecting {
    fn name(&self) -> &'static str {
        STEPS[3]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        if already(context)?.is_some() {
            return Ok(StepOutcome::Skipped("it is a node already".to_owned()));
        }
        let (input, connected, session) = self.0.verified(context).await?;
        let of = |fault: Fault| StepError::of_fault(input.address.as_str(), &fault);
        let facts = inspector::facts(&*session).await.map_err(|error| of(error.fault()))?;
        context.log(&format!("{} on {}, {}", facts.hostname, facts.os_name, facts.kernel));
        if let Some(twin) = self.0.roster.twin(&facts, Some(&connected.host_key)) {
            self.0.take_key_back(context, &input, twin, &*session).await?;
            let already = Some(twin);
            context.save(&Inspected { facts, already }).await?;
            let name = self.0.name_of(twin);
            return Ok(StepOutcome::Done(format!(
                "it is the node {name} already, under another address or user"
            )));
        }
        if facts.arch.is_none() || Family::of(&facts).is_none() {
            let detail = format!(
                "{} on {}",
                facts.os_name,
                facts.arch.map_or("an unknown architecture", |a| a.as_str())
            );
            return Err(of(Fault::new(Cause::UnsupportedSystem, detail)));
        }
        session
            .exec(Exec::new(["true"]).as_root())
            .await
            .map_err(|error| of(fault_of(error)))?;
        let (facts, missing) = match self.0.engines.open(Arc::clone(&session), DEFAULT_SOCKET).await {
            Ok(containers) => (self.0.inspector.with_engine(facts, &*session, &*containers).await, None),
            Err(fault) => (facts, Some(fault)),
        };
        let lacks_compose = facts.engine.as_ref().is_some_and(|engine| engine.compose.is_none());
        let message = match &missing {
            None if lacks_compose => format!("{}, ready for apps; Compose comes with the first one", facts.os_name),
            None => format!("{}, ready for apps", facts.os_name),
            Some(fault) => format!(
                "{}; not yet ready for apps: {fault}. {}",
                facts.os_name,
                fault.cause.mend()
            ),
        };
        context.log(&message);
        context.save(&Inspected { facts, already: None }).await?;
        Ok(StepOutcome::Done(message))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it changes nothing on the machine but what installing_key undoes")
    }
}

pub(super) struct Registering(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Registering {
    fn name(&self) -> &'static str {
        STEPS[4]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let inspected: Option<Inspected> = context.saved("inspecting")?;
        let known = already(context)?.or_else(|| inspected.as_ref()?.already);
        if let Some(node) = known {
            return Ok(StepOutcome::Skipped(format!(
                "already a node: {}; nothing was changed",
                self.0.name_of(node)
            )));
        }
        let inspected = inspected.ok_or_else(|| StepError::new("the facts were not kept; adopt the machine again"))?;
        let (input, connected, session) = self.0.verified(context).await?;
        let again = input.clone();
        let name = input.name.clone().unwrap_or_else(|| {
            let hostname = inspected.facts.hostname.split('.').next().unwrap_or_default();
            self.0.roster.free_name(&Slug::nearest(hostname, "node"))
        });
        let detail = format!(
            "{}@{}:{}, host key {}",
            input.user, input.address, input.port, connected.host_key.fingerprint
        );
        let node = Node {
            id: input.node,
            name,
            link: Link::Ssh {
                host: input.address,
                port: input.port,
                user: input.user,
                host_key: connected.host_key,
            },
            state: NodeState::Connecting,
            facts: Some(inspected.facts),
            labels: Default::default(),
            groups: Default::default(),
            adopted_at: self.0.clock.now(),
            last_seen_at: None,
            outages_30d: 0,
        };
        let added = self.0.roster.add(node, &actor(&context.actor), detail).await?;
        match added {
            // Another adoption of the same machine was faster.
            Added::Twin(twin) => {
                self.0.take_key_back(context, &again, twin, &*session).await?;
                let name = self.0.name_of(twin);
                Ok(StepOutcome::Skipped(format!(
                    "already a node: {name}; nothing was changed"
                )))
            }
            Added::New(node) => {
                self.0.links.hold(node.id, session);
                Ok(StepOutcome::Done(format!("it is now the node {}", node.name)))
            }
        }
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let input: Input = context.input()?;
        let detail = "adoption undone".to_owned();
        self.0.roster.remove(input.node, &actor(&context.actor), detail).await?;
        self.0.links.forget(input.node).await;
        Ok(())
    }
}
