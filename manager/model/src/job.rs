//! A job: a piece of work that outlasts a request, with its steps, as everyone sees it.
//!
//! The states and their legal transitions stand here alone; whoever runs jobs asks [`JobState::can_become`].

use crate::{
    fault::Cause,
    id::{JobId, NodeId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of work a job does. Each kind is one saga in the engine, in a file of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Adopt a machine over SSH.
    Adopt,
    /// Release a node; its apps keep running.
    Release,
    /// Install a container engine or Compose on a node.
    Bootstrap,
    /// Look for machines.
    Discover,
    /// Install an app, or render it anew with other answers.
    Deploy,
    /// Start an app's containers.
    Start,
    /// Stop an app's containers.
    Stop,
    /// Restart an app's containers.
    Restart,
    /// Remove an app, with or without its data.
    Remove,
    /// Run one action on every node of a group.
    Group,
    /// Put another version of Hearth into service on this box.
    Update,
    /// Look for a newer version of Hearth.
    CheckUpdate,
    /// Remove all that is on a disk of this box, and add it empty.
    FormatDisk,
    /// Put Hearth onto another disk of this box.
    InstallDisk,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// A step is being carried out.
    Running,
    /// All steps are done.
    Succeeded,
    /// A step failed and there was nothing to undo.
    Failed,
    /// A step failed, or the job was cancelled, and what was done is being undone.
    RollingBack,
    /// All that was done has been undone.
    RolledBack,
    /// An undo failed: a person is needed, and can have it tried again.
    Stuck,
    /// Cancelled before anything was done, or after all was undone on request.
    Cancelled,
}

impl JobState {
    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::RolledBack | Self::Cancelled | Self::Stuck
        )
    }

    /// Whether a job in this state may go over to `next`.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Running | Self::Cancelled | Self::Failed),
            Self::Running => matches!(
                next,
                Self::Succeeded | Self::Failed | Self::RollingBack | Self::Cancelled
            ),
            Self::RollingBack => matches!(next, Self::RolledBack | Self::Cancelled | Self::Stuck),
            Self::Stuck => matches!(next, Self::RollingBack),
            Self::Succeeded | Self::Failed | Self::RolledBack | Self::Cancelled => false,
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Being carried out.
    Running,
    /// Done.
    Done,
    /// Not needed this time.
    Skipped,
    /// Could not be carried out.
    Failed,
    /// Being undone.
    Undoing,
    /// Undone.
    Undone,
    /// Could not be undone.
    Stuck,
}

/// One step of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// Name, stable for programs: `validating`, `preparing`, …
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// When it was begun.
    pub started_at: Option<Timestamp>,
    /// When it ended, well or not.
    pub ended_at: Option<Timestamp>,
    /// What it does at the moment, or what came of it.
    pub message: String,
    /// How far it is, 0 to 100, where that can be told.
    pub progress: Option<u8>,
}

impl Step {
    /// A step that has not begun.
    #[must_use]
    pub fn pending(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            state: StepState::Pending,
            started_at: None,
            ended_at: None,
            message: String::new(),
            progress: None,
        }
    }
}

/// A job as everyone sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Stable id.
    pub id: JobId,
    /// What kind of work.
    pub kind: JobKind,
    /// What it works on, for people: `app miniflux`, `node nas`.
    pub subject: String,
    /// Where it stands.
    pub state: JobState,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When nothing more was to be done.
    pub ended_at: Option<Timestamp>,
    /// Why it failed: what happened, why, and what to do next.
    pub error: Option<String>,
    /// What is wrong with the machine, for programs, when that is why it failed.
    pub cause: Option<Cause>,
    /// Who asked for it.
    pub actor: String,
}

/// What came of a job on one of the nodes that it works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeResult {
    /// The node.
    pub node: NodeId,
    /// Its name at the time.
    pub name: String,
    /// Where it stands: `pending`, `running`, `done`, `failed`.
    pub state: StepState,
    /// What came of it; empty until it has ended.
    pub text: String,
}

/// A line of a job's log: what was run, what it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// Position in the job's log, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Step it belongs to.
    pub step: String,
    /// The text, secrets redacted.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const ALL: [JobState; 8] = [
        JobState::Queued,
        JobState::Running,
        JobState::Succeeded,
        JobState::Failed,
        JobState::RollingBack,
        JobState::RolledBack,
        JobState::Stuck,
        JobState::Cancelled,
    ];

    fn next(state: JobState) -> impl Iterator<Item = JobState> {
        ALL.into_iter().filter(move |next| state.can_become(*next))
    }

    /// Every state that can come of a state, itself too.
    fn reachable(from: JobState) -> HashSet<JobState> {
        let mut found = HashSet::from([from]);
        let mut open = vec![from];
        while let Some(state) = open.pop() {
            open.extend(next(state).filter(|state| found.insert(*state)));
        }
        found
    }

    #[test]
    fn every_state_comes_of_queued_and_every_job_can_end() {
        assert_eq!(reachable(JobState::Queued), HashSet::from(ALL));
        for state in ALL {
            assert!(reachable(state).into_iter().any(JobState::is_final), "{state:?}");
        }
    }

    #[test]
    fn only_what_is_stuck_goes_on_after_its_end() {
        for state in ALL {
            let goes_on = next(state).next().is_some();
            assert_eq!(goes_on, !state.is_final() || state == JobState::Stuck, "{state:?}");
            assert!(!state.can_become(state), "{state:?} is no change");
            assert!(!state.can_become(JobState::Queued), "{state:?} is never begun twice");
        }
    }

    proptest! {
        #[test]
        fn what_is_being_undone_never_succeeds(choices in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
            let mut state = JobState::Queued;
            let mut undone = false;
            for choice in choices {
                let open: Vec<JobState> = next(state).collect();
                if open.is_empty() {
                    prop_assert!(state.is_final());
                    break;
                }
                state = open[choice.index(open.len())];
                undone |= state == JobState::RollingBack;
                prop_assert!(!(undone && matches!(state, JobState::Succeeded | JobState::Failed | JobState::Running)));
            }
        }
    }
}
