//! One action on every node of a group. A node that fails does not hinder the others; each has a result of its own.

use super::{Plain, Step, StepContext, StepError, StepOutcome, adopt::actor, bootstrap};
use crate::{
    engine::{
        Error, Result,
        jobs::Jobs,
        links::Links,
        nodes::{GroupAction, inspector::Inspector, look, roster::Roster},
        once::Once,
        preflight::{Looker, judge},
    },
    port::clock::Clock,
};
use async_trait::async_trait;
use futures::{StreamExt, stream};
use hearth_model::{
    fault::Preflight,
    id::{JobId, NodeId},
    job::{JobKind, JobState, NodeResult, StepState},
    node::Node,
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

/// The saga with these parts.
#[must_use]
pub fn saga(parts: Parts) -> Plain {
    Plain {
        kind: JobKind::Group,
        steps: vec![Arc::new(Acting(parts))],
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
        let results = Results::begin(context, &self.0.roster, &input.nodes)?;
        results.save(context).await?;
        let count = input.nodes.len();
        let works: Vec<_> = results
            .open()
            .into_iter()
            .map(|place| self.one(context, &results, place, input.action))
            .collect();
        stream::iter(works).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
        results.save(context).await?;
        let good = results.count(|state| state == StepState::Done);
        let message = format!("{good} of {count} nodes succeeded");
        if good == count {
            Ok(StepOutcome::Done(message))
        } else {
            Err(StepError::new(format!("{message}; each node's result says why")))
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
    /// Does it on one node and notes what came of it.
    async fn one(&self, context: &StepContext, results: &Results, place: usize, action: GroupAction) {
        let (id, name) = results.note(place, StepState::Running, "");
        let outcome = match self.0.roster.get(id) {
            Some(node) => self.act(context, action, &node).await,
            None => Err(Error::not_found("node", id)),
        };
        let (good, text) = outcome.unwrap_or_else(|error| (false, error.to_string()));
        results.note(place, if good { StepState::Done } else { StepState::Failed }, &text);
        context.log(&format!("{name}: {text}"));
        results.save_soon(context).await;
        let (count, ended) = (results.count(|_| true), results.count(has_ended));
        let percent = u8::try_from(ended * 100 / count.max(1)).unwrap_or(100);
        context.progress(Some(percent), &format!("{ended} of {count} nodes"));
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
                let once = Once::new(Some(&key), bootstrap::ACTION, &node.id)?;
                let job = bootstrap::submit(&parts.jobs, node, once, &verdict.bootstrap, &who).await?;
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

/// What came of it on each node, kept in the database, so that after a restart only those go on that had not ended.
struct Results {
    nodes: Mutex<Vec<NodeResult>>,
    saving: tokio::sync::Mutex<()>,
}

const fn has_ended(state: StepState) -> bool {
    matches!(state, StepState::Done | StepState::Failed)
}

impl Results {
    fn begin(context: &StepContext, roster: &Roster, nodes: &[NodeId]) -> std::result::Result<Self, StepError> {
        let fresh = |id: &NodeId| NodeResult {
            node: *id,
            name: roster
                .get(*id)
                .map_or_else(|| id.to_string(), |node| node.name.to_string()),
            state: StepState::Pending,
            text: String::new(),
        };
        let saved: Option<Vec<NodeResult>> = context.own()?;
        Ok(Self {
            nodes: Mutex::new(saved.unwrap_or_else(|| nodes.iter().map(fresh).collect())),
            saving: tokio::sync::Mutex::default(),
        })
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<NodeResult>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Places of those that have not ended.
    fn open(&self) -> Vec<usize> {
        let nodes = self.nodes();
        let open = nodes.iter().enumerate().filter(|(_, result)| !has_ended(result.state));
        open.map(|(place, _)| place).collect()
    }

    fn count(&self, which: impl Fn(StepState) -> bool) -> usize {
        self.nodes().iter().filter(|result| which(result.state)).count()
    }

    fn note(&self, place: usize, state: StepState, text: &str) -> (NodeId, String) {
        let result = &mut self.nodes()[place];
        result.state = state;
        result.text = text.to_owned();
        (result.node, result.name.clone())
    }

    async fn save(&self, context: &StepContext) -> std::result::Result<(), StepError> {
        let _one_at_a_time = self.saving.lock().await;
        let nodes = self.nodes().clone();
        context.save(&nodes).await
    }

    /// Saves unless that is being done; what is missed is saved with the next, or at the end.
    async fn save_soon(&self, context: &StepContext) {
        let Ok(_one_at_a_time) = self.saving.try_lock() else {
            return;
        };
        let nodes = self.nodes().clone();
        if let Err(error) = context.save(&nodes).await {
            context.log(&format!("the results cannot be kept at the moment: {error}"));
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
