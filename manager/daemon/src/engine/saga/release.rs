//! Releasing a node: Hearth's key is taken out, the node and its apps are forgotten here, and go on running there.

use super::{Plain, Step, StepContext, StepError, StepOutcome, adopt::actor};
use crate::{
    engine::{
        Error,
        links::Links,
        nodes::{keys, roster::Roster},
    },
    port::session::Connector,
};
use async_trait::async_trait;
use hearth_model::{fault::Cause, id::NodeId, job::JobKind, node::Link};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Its steps, in order.
pub const STEPS: [&str; 2] = ["removing_key", "forgetting"];

/// What is to be released.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The node.
    pub node: NodeId,
    /// Whether it is forgotten also when it cannot be reached.
    pub force: bool,
}

/// What the steps work with.
pub struct Parts {
    /// Knows our key.
    pub connector: Arc<dyn Connector>,
    /// All nodes.
    pub roster: Arc<Roster>,
    /// Held connections.
    pub links: Arc<Links>,
}

/// The saga with these parts.
#[must_use]
pub fn saga(parts: Parts) -> Plain {
    let parts = Arc::new(parts);
    Plain {
        kind: JobKind::Release,
        steps: vec![Arc::new(RemovingKey(Arc::clone(&parts))), Arc::new(Forgetting(parts))],
    }
}

struct RemovingKey(Arc<Parts>);

#[async_trait]
impl Step for RemovingKey {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let Some(node) = self.0.roster.get(input.node) else {
            return Ok(StepOutcome::Skipped("it is forgotten already".to_owned()));
        };
        let Link::Ssh { user, .. } = &node.link else {
            return Ok(StepOutcome::Skipped("this machine has no key of Hearth's".to_owned()));
        };
        let key = self.0.connector.own_public_key();
        let by_hand = format!("remove the line {key:?} from ~{user}/.ssh/authorized_keys by hand");
        let session = match self.0.links.session(input.node).await {
            Ok(session) => session,
            // Refused while it answers: the key is gone, by this step before a crash or by somebody else.
            Err(Error::Node { fault, .. }) if fault.cause == Cause::WrongPassword => {
                return Ok(StepOutcome::Done("Hearth's key is gone already".to_owned()));
            }
            Err(error @ Error::Node { .. }) if input.force => {
                context.log(&format!("{error}. If the machine comes back, {by_hand}."));
                return Ok(StepOutcome::Skipped("it cannot be reached; its key stays".to_owned()));
            }
            Err(error) => {
                let more = "Release it by force if it will not come back.";
                return Err(StepError::from(error).at_once().with(more));
            }
        };
        match keys::remove(&*session, &key).await {
            Ok(()) => Ok(StepOutcome::Done(format!(
                "Hearth's key is removed from ~{user}/.ssh/authorized_keys"
            ))),
            Err(error) if input.force => {
                context.log(&format!("{error}. If the machine comes back, {by_hand}."));
                Ok(StepOutcome::Skipped("it does not answer; its key stays".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("without the key nobody can log in to put it back; what follows is only a write to the database")
    }
}

struct Forgetting(Arc<Parts>);

#[async_trait]
impl Step for Forgetting {
    fn name(&self) -> &'static str {
        STEPS[1]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let how = if input.force { "by force" } else { "" };
        let who = actor(&context.actor);
        self.0.roster.remove(input.node, &who, how.to_owned()).await?;
        self.0.links.forget(input.node).await;
        Ok(StepOutcome::Done(
            "forgotten; what runs there goes on running".to_owned(),
        ))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it is the last step, and one transaction")
    }
}
