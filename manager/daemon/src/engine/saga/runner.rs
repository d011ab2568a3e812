//! Claims jobs one by one and carries them out, a bounded number at once, one a subject.
//!
//! Whatever the records call begun and nobody here has in hand is taken up again: that is how a job survives a
//! crash, and how one that was stuck is tried again.

use super::{Saga, execute::Work};
use crate::{
    engine::{Error, Result, jobs::Jobs},
    port::crash::CrashPoint,
    store::jobs,
};
use hearth_model::{
    id::JobId,
    job::{Job, JobKind, JobState},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How many jobs run at once.
const AT_ONCE: usize = 8;
/// Time until the store is asked again after it failed.
const AFTER_FAULT: Duration = Duration::from_secs(5);

/// Carries jobs out.
pub struct Runner {
    jobs: Arc<Jobs>,
    crash: Arc<dyn CrashPoint>,
    sagas: BTreeMap<JobKind, Arc<dyn Saga>>,
}

impl Runner {
    /// A runner of these sagas.
    #[must_use]
    pub fn new(jobs: Arc<Jobs>, crash: Arc<dyn CrashPoint>, sagas: Vec<Arc<dyn Saga>>) -> Self {
        let sagas = sagas.into_iter().map(|saga| (saga.kind(), saga)).collect();
        Self { jobs, crash, sagas }
    }

    /// Carries jobs out until `stop`; those in hand are then left where their records say, and go on at the next start.
    pub async fn run(&self, stop: CancellationToken) {
        let mut tasks: JoinSet<()> = JoinSet::new();
        loop {
            // Taken before looking, so that a job which comes during the look is not slept over.
            let woken = self.jobs.woken();
            let faulty = self.take_up(&mut tasks).await.is_err();
            tokio::select! {
                () = stop.cancelled() => break,
                () = woken => {}
                Some(ended) = tasks.join_next() => if let Err(error) = ended {
                    tracing::error!(%error, "a job was dropped by a fault in its runner; it goes on at the next start");
                },
                () = tokio::time::sleep(AFTER_FAULT), if faulty => {}
            }
        }
        tasks.shutdown().await;
        self.jobs.in_hand().clear();
    }

    async fn take_up(&self, tasks: &mut JoinSet<()>) -> Result<()> {
        loop {
            let free = tasks.len() < AT_ONCE;
            let next = match self.next(free).await {
                Ok(Some(next)) => next,
                Ok(None) => return Ok(()),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "jobs cannot be claimed");
                    return Err(error);
                }
            };
            self.spawn(next, tasks);
        }
    }

    /// The next job to take up, claimed: one that was cancelled in the queue in any case, another one when there is room.
    async fn next(&self, free: bool) -> Result<Option<Job>> {
        let in_hand: Vec<JobId> = self.jobs.in_hand().keys().copied().collect();
        self.jobs
            .store
            .write(move |tx| {
                let new = |id: &JobId| !in_hand.contains(id);
                if let Some(id) = jobs::cancelled_in_queue(tx)?.into_iter().find(new) {
                    return Ok(jobs::get(tx, id)?);
                }
                if !free {
                    return Ok(None);
                }
                if let Some(id) = jobs::begun(tx)?.into_iter().find(new) {
                    return Ok(jobs::get(tx, id)?);
                }
                let Some(id) = jobs::next_queued(tx)? else {
                    return Ok(None);
                };
                jobs::set_state(tx, id, JobState::Running, None, None, None)?;
                Ok::<_, Error>(jobs::get(tx, id)?)
            })
            .await
    }

    fn spawn(&self, job: Job, tasks: &mut JoinSet<()>) {
        let cancel = CancellationToken::new();
        self.jobs.in_hand().insert(job.id, cancel.clone());
        let Some(saga) = self.sagas.get(&job.kind) else {
            tracing::error!(job = %job.id, kind = ?job.kind, "no saga carries out jobs of this kind");
            return;
        };
        self.jobs.tell_state(&job);
        let work = Work {
            jobs: Arc::clone(&self.jobs),
            saga: Arc::clone(saga),
            crash: Arc::clone(&self.crash),
            id: job.id,
            cancel,
        };
        tasks.spawn(async move {
            let outcome = work.carry_out().await;
            if let Err(error) = outcome {
                tracing::error!(job = %work.id, error = &error as &dyn std::error::Error, "a job could not be recorded");
                // Left in hand, it would wait for the next start; a store that failed may work again before.
                tokio::time::sleep(AFTER_FAULT).await;
            }
            work.jobs.in_hand().remove(&work.id);
            work.jobs.wake();
        });
    }
}
