//! One job, from wherever its records say it stands to its end.

use super::{Saga, Step, StepContext, StepError, StepOutcome, reporter::Reporter};
use crate::{
    engine::{Error, Result, jobs::Jobs},
    port::crash::{CrashPoint, Moment},
    store::{
        job_steps,
        jobs::{self, Cause, Inside},
    },
};
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::FutureExt;
use hearth_model::{
    event::Channel,
    id::JobId,
    job::{JobState, StepState},
};
use serde_json::json;
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How long a lost connection is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// An attempt that went well for this long before it lost the connection begins the patience anew.
const FRESH: Duration = Duration::from_secs(30);
/// How many jobs are kept; a job and its log may take half a megabyte.
const KEPT: u32 = 1_000;
/// Between why a job failed and why that could not be undone.
const NOT_UNDONE: &str = "\nIt could not be undone: ";

/// One job in hand.
pub(super) struct Work {
    pub(super) jobs: Arc<Jobs>,
    pub(super) saga: Arc<dyn Saga>,
    pub(super) crash: Arc<dyn CrashPoint>,
    pub(super) id: JobId,
    pub(super) cancel: CancellationToken,
}

/// How the way forward ended, when not well.
struct Halt {
    cause: Cause,
    reason: String,
}

/// How an attempt ended, when not well.
enum Attempt {
    Failed(StepError),
    Cancelled,
}

impl Work {
    /// Carries the job to its end.
    ///
    /// # Errors
    /// When the store fails: then the job stays where its records say, and goes on at the next start.
    pub(super) async fn carry_out(&self) -> Result<()> {
        let inside = self.load().await?;
        // Asked for before this job was in hand, when there was no token to tell it by.
        if inside.cancel_asked {
            self.cancel.cancel();
        }
        match inside.job.state {
            JobState::Queued => self.change(JobState::Cancelled, Some(Cause::Cancelled), None).await,
            JobState::Running => match self.forward(&inside).await? {
                None => Ok(()),
                Some(halt) => self.halt(halt).await,
            },
            JobState::RollingBack => self.backward().await,
            JobState::Succeeded | JobState::Failed | JobState::RolledBack | JobState::Stuck | JobState::Cancelled => {
                Ok(())
            }
        }
    }

    async fn load(&self) -> Result<Inside> {
        let id = self.id;
        self.jobs
            .store
            .read(move |c| jobs::inside(c, id)?.ok_or_else(|| Error::not_found("job", id)))
            .await
    }

    async fn forward(&self, inside: &Inside) -> Result<Option<Halt>> {
        for step in self.saga.steps() {
            let done = inside.job.steps.iter().any(|record| {
                record.name == step.name() && matches!(record.state, StepState::Done | StepState::Skipped)
            });
            if done {
                continue;
            }
            if self.cancel.is_cancelled() {
                return Ok(Some(cancelled()));
            }
            self.record(step, StepState::Running, None).await?;
            self.crash_point(step, false, Moment::Before);
            let outcome = self.attempt(step, false).await?;
            self.crash_point(step, false, Moment::After);
            match outcome {
                Ok(StepOutcome::Done(message)) => self.record(step, StepState::Done, Some(message)).await?,
                Ok(StepOutcome::Skipped(message)) => self.record(step, StepState::Skipped, Some(message)).await?,
                Err(Attempt::Cancelled) => return Ok(Some(cancelled())),
                Err(Attempt::Failed(error)) => {
                    let reason = error.to_string();
                    self.record(step, StepState::Failed, Some(reason.clone())).await?;
                    if let Some(fault) = error.cause() {
                        let id = self.id;
                        self.jobs.store.write(move |tx| jobs::set_fault(tx, id, fault)).await?;
                    }
                    let cause = Cause::Failed;
                    return Ok(Some(Halt { cause, reason }));
                }
            }
        }
        self.succeed().await
    }

    /// The last transition forward; a cancel that was accepted before it is still honoured.
    async fn succeed(&self) -> Result<Option<Halt>> {
        match self.change(JobState::Succeeded, None, None).await {
            Err(Error::Conflict(_)) => Ok(Some(cancelled())),
            other => other.map(|()| None),
        }
    }

    async fn halt(&self, halt: Halt) -> Result<()> {
        let inside = self.load().await?;
        let to_undo = self
            .saga
            .steps()
            .iter()
            .any(|step| step.no_undo().is_none() && begun(&inside, step));
        let (state, error) = match (to_undo, halt.cause) {
            (true, _) => (JobState::RollingBack, Some(halt.reason)),
            (false, Cause::Failed) => (JobState::Failed, Some(halt.reason)),
            (false, Cause::Cancelled) => (JobState::Cancelled, None),
        };
        self.change(state, Some(halt.cause), error).await?;
        if to_undo { self.backward().await } else { Ok(()) }
    }

    async fn backward(&self) -> Result<()> {
        let inside = self.load().await?;
        // A job that was stuck comes here without having been told so.
        self.enter_again(&inside).await?;
        let reason = inside.job.error.clone().unwrap_or_default();
        let reason = reason.split(NOT_UNDONE).next().unwrap_or_default().to_owned();
        for step in self.saga.steps().iter().rev().filter(|step| begun(&inside, step)) {
            self.record(step, StepState::Undoing, None).await?;
            self.crash_point(step, true, Moment::Before);
            let outcome = self.attempt(step, true).await?;
            self.crash_point(step, true, Moment::After);
            match outcome {
                Ok(_) => self.record(step, StepState::Undone, None).await?,
                Err(Attempt::Failed(error)) => {
                    self.record(step, StepState::Stuck, Some(error.to_string())).await?;
                    let text = format!("{reason}{NOT_UNDONE}{}: {error}", step.name());
                    return self.change(JobState::Stuck, None, Some(text)).await;
                }
                Err(Attempt::Cancelled) => return Err(Error::Conflict("an undo is never cancelled".to_owned())),
            }
        }
        let state = match inside.cause {
            Some(Cause::Cancelled) => JobState::Cancelled,
            Some(Cause::Failed) | None => JobState::RolledBack,
        };
        self.change(state, None, Some(reason)).await
    }

    /// Carries a step out, or undoes it; tries again while the connection is lost.
    async fn attempt(&self, step: &Arc<dyn Step>, undo: bool) -> Result<Result<StepOutcome, Attempt>> {
        let context = self.context(step).await?;
        let clock = &self.jobs.clock;
        let mut first = None;
        let mut delays = delays();
        loop {
            let begun = clock.monotonic();
            let Some(outcome) = self.once(step, &context, undo).await else {
                return Ok(Err(Attempt::Cancelled));
            };
            let error = match outcome {
                Ok(outcome) => return Ok(Ok(outcome)),
                Err(error) if error.is_transient() => error,
                Err(error) => return Ok(Err(Attempt::Failed(error))),
            };
            let now = clock.monotonic();
            if now.saturating_sub(begun) > FRESH {
                (first, delays) = (None, self::delays());
            }
            let waited = now.saturating_sub(*first.get_or_insert(now));
            let Some(delay) = delays.next().filter(|_| waited < PATIENCE) else {
                return Ok(Err(Attempt::Failed(error)));
            };
            context.log(&format!("{error} Trying again in {} s.", delay.as_secs().max(1)));
            context.progress(None, &format!("Waiting: {error}"));
            context.reporter.flush().await;
            tokio::select! {
                () = self.cancel.cancelled(), if !undo => return Ok(Err(Attempt::Cancelled)),
                () = clock.sleep(delay) => {}
            }
        }
    }

    /// One try; none when it was cancelled.
    async fn once(
        &self,
        step: &Arc<dyn Step>,
        context: &StepContext,
        undo: bool,
    ) -> Option<Result<StepOutcome, StepError>> {
        let work = async {
            if undo {
                step.undo(context).await.map(|()| StepOutcome::Done(String::new()))
            } else {
                step.run(context).await
            }
        };
        let outcome = tokio::select! {
            biased;
            () = self.cancel.cancelled(), if !undo => None,
            // A panic is a fault of ours in one step: it fails this job and must not end the others.
            outcome = AssertUnwindSafe(work).catch_unwind() => Some(outcome),
            never = context.reporter.pump() => match never {},
        };
        context.reporter.flush().await;
        outcome.map(|outcome| {
            outcome.unwrap_or_else(|_| {
                let text = format!(
                    "step {} ended by a fault in Hearth itself; the log of the service tells where",
                    step.name()
                );
                Err(StepError::new(text))
            })
        })
    }

    async fn context(&self, step: &Arc<dyn Step>) -> Result<StepContext> {
        let id = self.id;
        let (inside, outputs) = self
            .jobs
            .store
            .read(move |c| {
                let inside = jobs::inside(c, id)?.ok_or_else(|| Error::not_found("job", id))?;
                Ok::<_, Error>((inside, job_steps::outputs(c, id)?))
            })
            .await?;
        Ok(StepContext {
            job: id,
            kind: inside.job.kind,
            actor: inside.job.actor,
            step: step.name(),
            input: inside.input,
            outputs: Mutex::new(outputs),
            jobs: Arc::clone(&self.jobs),
            reporter: Arc::new(Reporter::new(Arc::clone(&self.jobs), id, step.name())),
        })
    }

    async fn record(&self, step: &Arc<dyn Step>, state: StepState, message: Option<String>) -> Result<()> {
        let (id, name, at, text) = (self.id, step.name(), self.jobs.clock.now(), message.clone());
        self.jobs
            .store
            .write(move |tx| job_steps::set_state(tx, id, name, state, text.as_deref(), at))
            .await?;
        let data = json!({"job": id, "step": name, "state": state, "message": message});
        self.jobs.events.tell(Channel::Jobs, "progress", data);
        Ok(())
    }

    /// Takes the job over to another state, with what the saga changes then, in one transaction.
    async fn change(&self, next: JobState, cause: Option<Cause>, error: Option<String>) -> Result<()> {
        let (id, at, saga) = (self.id, self.jobs.clock.now(), Arc::clone(&self.saga));
        let (job, announcements) = self
            .jobs
            .store
            .write(move |tx| {
                let inside = jobs::inside(tx, id)?.ok_or_else(|| Error::not_found("job", id))?;
                let overtaken = next == JobState::Succeeded && inside.cancel_asked;
                if overtaken || !inside.job.state.can_become(next) {
                    let text = format!("job {id} is {:?} and cannot become {next:?}", inside.job.state);
                    return Err(Error::Conflict(text));
                }
                jobs::set_state(tx, id, next, cause, error.as_deref(), next.is_final().then_some(at))?;
                let job = jobs::get(tx, id)?.ok_or_else(|| Error::not_found("job", id))?;
                if next.is_final() {
                    jobs::prune(tx, KEPT)?;
                }
                let reason = job.error.clone().unwrap_or_default();
                let announcements = saga.entering(tx, &job, &inside.input, next, &reason)?;
                Ok::<_, Error>((job, announcements))
            })
            .await?;
        self.jobs.announce(announcements);
        self.jobs.tell_state(&job);
        Ok(())
    }

    async fn enter_again(&self, inside: &Inside) -> Result<()> {
        let (job, input, saga) = (inside.job.clone(), inside.input.clone(), Arc::clone(&self.saga));
        let announcements = self
            .jobs
            .store
            .write(move |tx| {
                let reason = job.error.clone().unwrap_or_default();
                saga.entering(tx, &job, &input, JobState::RollingBack, &reason)
            })
            .await?;
        self.jobs.announce(announcements);
        Ok(())
    }

    fn crash_point(&self, step: &Arc<dyn Step>, undo: bool, moment: Moment) {
        let kind = format!("{:?}", self.saga.kind()).to_lowercase();
        self.crash.reached(&kind, step.name(), undo, moment);
    }
}

/// Whether a step was begun and is not yet undone.
fn begun(inside: &Inside, step: &Arc<dyn Step>) -> bool {
    inside.job.steps.iter().any(|record| {
        record.name == step.name()
            && !matches!(
                record.state,
                StepState::Pending | StepState::Skipped | StepState::Undone
            )
    })
}

fn cancelled() -> Halt {
    Halt {
        cause: Cause::Cancelled,
        reason: "It was cancelled.".to_owned(),
    }
}

/// 1, 2, 4, 8, 15, 15 … s.
fn delays() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_secs(15))
        .without_max_times()
        .build()
}
