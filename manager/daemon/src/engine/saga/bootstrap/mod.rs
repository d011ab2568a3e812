//! Bootstrap: installs what a node lacks for apps, from its own distribution, and undoes exactly that when it fails.
//!
//! Each step looks again at what is missing (`engine::bootstrap::plan` decides), so a step that was interrupted, or that
//! somebody else has done meanwhile, is not done twice. What was there before is written down before anything is
//! changed; the undo takes away what has been added since.

mod packages;
mod service;
mod tools;

use super::{Plain, Step, StepContext, StepError, StepOutcome};
use crate::{
    engine::{
        Result,
        bootstrap::{Action, findings::Findings, plan},
        jobs::{Jobs, Prepared, Wish},
        links::Links,
        nodes::{inspector::Inspector, look, roster::Roster},
        once::Once,
        preflight::Looker,
    },
    port::{
        clock::Clock,
        session::{Exec, Line, Session},
        tools::Tools,
    },
};
use async_trait::async_trait;
use hearth_model::{
    account::Actor,
    fault::{Cause, Fault},
    id::NodeId,
    job::{Job, JobKind},
    node::Node,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Its steps, in order.
pub const STEPS: [&str; 6] = [
    "refreshing",
    "installing",
    "starting",
    "granting",
    "bringing_compose",
    "verifying",
];

/// What the audit log calls it.
pub const ACTION: &str = "node.bootstrap";
/// How long a package manager may take: a slow card, a slow line.
const PACKAGES_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How long everything else may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(180);
/// How many of the last lines of a failed command go into the reason.
const LAST_LINES: usize = 5;

/// What is to be made ready.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The node.
    pub node: NodeId,
}

/// What the steps work with.
pub struct Parts {
    /// All nodes.
    pub roster: Arc<Roster>,
    /// Held connections.
    pub links: Arc<Links>,
    /// Asks what a node is.
    pub inspector: Arc<Inspector>,
    /// Asks what a node lacks.
    pub looker: Arc<Looker>,
    /// What can be brought.
    pub tools: Arc<dyn Tools>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// The saga with these parts.
#[must_use]
pub fn saga(parts: Parts) -> Plain {
    let parts = Arc::new(parts);
    Plain {
        kind: JobKind::Bootstrap,
        steps: vec![
            Arc::new(packages::Refreshing(Arc::clone(&parts))),
            Arc::new(packages::Installing(Arc::clone(&parts))),
            Arc::new(service::Starting(Arc::clone(&parts))),
            Arc::new(service::Granting(Arc::clone(&parts))),
            Arc::new(tools::BringingCompose(Arc::clone(&parts))),
            Arc::new(Verifying(parts)),
        ],
    }
}

/// Begins it for a node; `shown` is what the person agreed to.
///
/// # Errors
/// `Conflict` while another job works on the node.
pub async fn submit(jobs: &Jobs, node: &Node, once: Once, shown: &[String], actor: &Actor) -> Result<Job> {
    let input = serde_json::json!({"node": node.id});
    let wish = Wish {
        kind: JobKind::Bootstrap,
        steps: &STEPS,
        action: ACTION,
        once,
    };
    let subject = format!("node {}", node.name);
    let detail = shown.join("; ");
    jobs.submit(wish, actor, move |_, _| {
        Ok(Prepared {
            subject,
            exclusive: true,
            input,
            detail,
            tell: Vec::new(),
        })
    })
    .await
}

/// A node and what was found on it a moment ago.
struct Sight {
    node: Arc<Node>,
    session: Arc<dyn Session>,
    found: Findings,
}

impl Sight {
    /// The action of a kind that is still to be done.
    fn action(&self, is: fn(&Action) -> bool) -> Option<Action> {
        plan(&self.found).into_iter().find(is)
    }
}

impl Parts {
    async fn look(&self, context: &StepContext) -> Result<Sight, StepError> {
        let input: Input = context.input()?;
        let node = self
            .roster
            .get(input.node)
            .ok_or_else(|| StepError::new("the node was released meanwhile"))?;
        let found = look(&self.inspector, &self.links, &self.looker, &node).await?;
        let session = self.links.session(node.id).await?;
        Ok(Sight { node, session, found })
    }

    async fn session(&self, context: &StepContext) -> Result<Arc<dyn Session>, StepError> {
        let input: Input = context.input()?;
        Ok(self.links.session(input.node).await?)
    }
}

/// Runs a command as root, its output line by line in the job's log.
async fn run(context: &StepContext, session: &dyn Session, argv: &[String], limit: Duration) -> Result<(), StepError> {
    let shown = argv.join(" ");
    context.log(&format!("# {shown}"));
    let (lines, mut told) = mpsc::channel::<Line>(64);
    let exec = Exec::new(argv.iter().cloned()).as_root().within(limit);
    let mut last: Vec<String> = Vec::new();
    let listen = async {
        while let Some(line) = told.recv().await {
            context.log(&line.text);
            if last.len() == LAST_LINES {
                last.remove(0);
            }
            last.push(line.text);
        }
    };
    let (status, ()) = tokio::join!(session.stream(exec, lines), listen);
    match status? {
        0 => Ok(()),
        status => Err(StepError::new(format!(
            "{shown} ended with status {status}: {}",
            last.join(" / ")
        ))),
    }
}

struct Verifying(Arc<Parts>);

#[async_trait]
impl Step for Verifying {
    fn name(&self) -> &'static str {
        STEPS[5]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let sight = self.0.look(context).await?;
        let name = sight.node.name.as_str();
        match (&sight.found.engine, &sight.found.compose) {
            (Ok(info), Some(compose)) => {
                let text = format!("Docker {} and Compose {compose} are ready", info.version);
                Ok(StepOutcome::Done(text))
            }
            (Ok(_), None) => {
                let fault = Fault::new(
                    Cause::NoCompose,
                    "neither the distribution nor this control node has it",
                );
                Err(StepError::of_fault(name, &fault))
            }
            // The engine is well; what hinders is the SSH server, and only a person can change that.
            (Err(fault), _) if fault.cause == Cause::ForwardingForbidden => Ok(StepOutcome::Done(format!(
                "the engine is installed, and not yet to be used: {fault}. {}",
                fault.cause.mend()
            ))),
            (Err(fault), _) => Err(StepError::of_fault(name, fault).at_once()),
        }
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it changes nothing on the machine")
    }
}

#[cfg(test)]
mod tests;
