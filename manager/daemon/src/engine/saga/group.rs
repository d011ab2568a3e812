//! One action on every node of a group. A node that fails does not hinder the others; the log has a result a node.

use super::{Saga, Step, StepContext, StepError, StepOutcome, adopt::actor, bootstrap};
use crate::{
    engine::{
        Result,
        jobs::{Announcement, Jobs},
        links::Links,
        nodes::{GroupAction, inspector::Inspector, look, roster::Roster},
        preflight::{Looker, judge},
    },
    port::clock::Clock,
    store,
};
use async_trait::async_trait;
use futures::{StreamExt, stream};
use hearth_model::{
    fault::Preflight,
    id::{JobId, NodeId},
    job::{Job, JobKind, JobState},
    node::Node,
};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Its steps, in order.
pub const STEPS: [&str; 1] = ["acting"];
/// On how many nodes it works at once.
const AT_ONCE: usize = 16;
/// How often a node's own job is looked after.
const LOOK: Duration = Duration::from_secs(1);

/// What is to be done with which nodes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The action.
    pub action: GroupAction,
    /// The nodes.
    pub nodes: Vec<NodeId>,
}

/// What the step works with.
pub struct Parts {
    /// All nodes.
    pub roster: Arc<Roster>,
    /// Held connections.
    pub links: Arc<Links>,
    /// Asks what a node is.
    pub inspector: Arc<Inspector>,
    /// Asks what a node lacks.
    pub looker: Arc<Looker>,
    /// Other jobs.
    pub jobs: Arc<Jobs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// An action on a group.
pub struct GroupSaga {
    steps: Vec<Arc<dyn Step>>,
}

impl GroupSaga {
    /// Actions with these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            steps: vec![Arc::new(Acting(parts))],
        }
    }
}

impl Saga for GroupSaga {
    fn kind(&self) -> JobKind {
        JobKind::Group
    }

    fn steps(&self) -> &[Arc<dyn Step>] {
        &self.steps
    }

    fn entering(
        &self,
        _: &Transaction<'_>,
        _: &Job,
        _: &str,
        _: JobState,
        _: &str,
    ) -> store::Result<Vec<Announcement>> {
        Ok(Vec::new())
    }
}

struct Acting(Parts);

#[async_trait]
impl Step for Acting {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> std::result::Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let count = input.nodes.len();
        let done = AtomicUsize::new(0);
        let each = input.nodes.iter().filter_map(|id| self.0.roster.get(*id));
        let works: Vec<_> = each
            .map(|node| self.one(context, &done, count, input.action, node))
            .collect();
        let good = stream::iter(works)
            .buffer_unordered(AT_ONCE)
            .filter(|good| std::future::ready(*good))
            .count()
            .await;
        let message = format!("{good} of {count} nodes succeeded");
        if good == count {
            Ok(StepOutcome::Done(message))
        } else {
            Err(StepError::new(format!("{message}; the log tells what came of each")))
        }
    }

    async fn undo(&self, _: &StepContext) -> std::result::Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("each node's own job undoes what it did when it fails")
    }
}

impl Acting {
    /// Does it on one node, and says whether it went well.
    async fn one(
        &self,
        context: &StepContext,
        done: &AtomicUsize,
        count: usize,
        action: GroupAction,
        node: Arc<Node>,
    ) -> bool {
        let outcome = self.act(context, action, &node).await;
        let ended = done.fetch_add(1, Ordering::Relaxed) + 1;
        let percent = u8::try_from(ended * 100 / count.max(1)).unwrap_or(100);
        context.progress(Some(percent), &format!("{ended} of {count} nodes"));
        let (good, text) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => (false, error.to_string()),
        };
        context.log(&format!("{}: {text}", node.name));
        good
    }

    async fn act(&self, context: &StepContext, action: GroupAction, node: &Node) -> Result<(bool, String)> {
        let parts = &self.0;
        match action {
            GroupAction::Refresh => {
                let facts = parts.inspector.refresh(node.id).await?;
                Ok((true, format!("{}, {}", facts.os_name, facts.kernel)))
            }
            GroupAction::Preflight => {
                let found = look(&parts.inspector, &parts.links, &parts.looker, node).await?;
                // To have looked is the success; what was found is the result.
                Ok((true, words(&judge(&found))))
            }
            GroupAction::Bootstrap => {
                let found = look(&parts.inspector, &parts.links, &parts.looker, node).await?;
                let verdict = judge(&found);
                if verdict.bootstrap.is_empty() {
                    return Ok((verdict.ready, words(&verdict)));
                }
                // The same key after a restart finds the same job.
                let key = format!("group-{}-{}", context.job, node.id);
                let who = actor(&context.actor);
                let job = bootstrap::submit(&parts.jobs, node, Some(key), &verdict.bootstrap, &who).await?;
                self.ended(job.id).await
            }
        }
    }

    async fn ended(&self, id: JobId) -> Result<(bool, String)> {
        loop {
            let job = self.0.jobs.get(id).await?;
            if job.state.is_final() {
                let text = job.error.unwrap_or_else(|| format!("{:?}", job.state).to_lowercase());
                return Ok((job.state == JobState::Succeeded, format!("{text} (job {id})")));
            }
            self.0.clock.sleep(LOOK).await;
        }
    }
}

fn words(verdict: &Preflight) -> String {
    let faults = verdict.checks.iter().filter_map(|check| check.fault.as_ref());
    let faults: Vec<String> = faults.map(|fault| format!("{fault}. {}", fault.cause.mend())).collect();
    if faults.is_empty() {
        "ready".to_owned()
    } else {
        faults.join(" ")
    }
}
