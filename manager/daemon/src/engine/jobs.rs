//! Jobs: accepted here, seen here, cancelled and tried again here. Carried out by [`super::saga::Runner`].
//!
//! Whoever wants long work done submits a [`Wish`]; what it changes at once (an app's row, a reservation) is
//! written in the same transaction as the job, so that neither can be there without the other.

use super::{
    Error, Result,
    audit::{Page, Slice},
    events::Events,
    once::Once,
    saga::group,
};
use crate::{
    port::{clock::Clock, ids::Ids, vault::Vault},
    store::{self, Store, audit, job_log, job_steps, jobs},
};
use hearth_model::{
    account::Actor,
    event::Channel,
    id::JobId,
    job::{Job, JobKind, JobState, LogLine, NodeResult},
    plan::DeployPlan,
};
use rusqlite::Transaction;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, futures::Notified};
use tokio_util::sync::CancellationToken;

/// A wish for long work.
#[derive(Debug)]
pub struct Wish {
    /// What kind of work.
    pub kind: JobKind,
    /// Names of its saga's steps, in order.
    pub steps: &'static [&'static str],
    /// What the audit log calls it, such as `app.deploy`.
    pub action: &'static str,
    /// What was asked for: the same idempotency key with something else is a conflict.
    pub once: Once,
}

/// What a job is to work on, made in the transaction that adds it.
#[derive(Debug)]
pub struct Prepared {
    /// What it works on, such as `app miniflux`; one job a subject runs at a time.
    pub subject: String,
    /// Whether it is a conflict when another job works on the subject; otherwise it waits for its turn.
    pub exclusive: bool,
    /// What its saga reads.
    pub input: Value,
    /// Details for the audit log, never a secret.
    pub detail: String,
    /// What watchers are told once it is written.
    pub tell: Vec<Announcement>,
}

/// Something that watchers are told once the transaction that made it true is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    /// Channel.
    pub channel: Channel,
    /// What happened.
    pub event: &'static str,
    /// Details.
    pub data: Value,
}

/// Jobs.
pub struct Jobs {
    pub(super) store: Store,
    pub(super) events: Arc<Events>,
    pub(super) clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    vault: Arc<dyn Vault>,
    wake: Notify,
    in_hand: Mutex<BTreeMap<JobId, CancellationToken>>,
}

impl Jobs {
    /// Jobs of a store.
    #[must_use]
    pub fn new(
        store: Store,
        events: Arc<Events>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        vault: Arc<dyn Vault>,
    ) -> Self {
        Self {
            store,
            events,
            clock,
            ids,
            vault,
            wake: Notify::new(),
            in_hand: Mutex::default(),
        }
    }

    /// The job that a request has begun already, if it came with a key. Asked before anything else is looked at: what
    /// that job has changed since, such as an app that is gone, must not stand in the way of the same answer.
    ///
    /// # Errors
    /// `Conflict` when the key was used for another request.
    pub async fn begun(&self, once: &Once) -> Result<Option<Job>> {
        if once.key().is_none() {
            return Ok(None);
        }
        let (once, vault) = (once.clone(), Arc::clone(&self.vault));
        self.store.read(move |c| known(c, vault.as_ref(), &once)).await
    }

    /// Accepts a wish: writes what `prepare` does and the job in one transaction. The same idempotency key and
    /// request answer the same job, and then `prepare` is not called.
    ///
    /// # Errors
    /// What `prepare` answers; `Conflict` when the key was used for another request, or when the subject is to be
    /// worked on alone and is not free.
    pub async fn submit<F>(&self, wish: Wish, actor: &Actor, prepare: F) -> Result<Job>
    where
        F: FnOnce(&Transaction<'_>, JobId) -> Result<Prepared> + Send + 'static,
    {
        let id: JobId = self.ids.make();
        let audit_id = self.ids.make();
        let now = self.clock.now();
        let actor = actor.clone();
        let vault = Arc::clone(&self.vault);
        let (job, tell) = self
            .store
            .write(move |tx| {
                if let Some(known) = known(tx, vault.as_ref(), &wish.once)? {
                    return Ok((known, None));
                }
                let prepared = prepare(tx, id)?;
                if prepared.exclusive {
                    free(tx, &prepared.subject)?;
                }
                let sealed = wish.once.sealed(vault.as_ref());
                let key = wish.once.key().zip(sealed.as_deref());
                jobs::insert(
                    tx,
                    &jobs::New {
                        id,
                        kind: wish.kind,
                        subject: &prepared.subject,
                        input: &prepared.input.to_string(),
                        actor: &actor.name,
                        key,
                        created_at: now,
                        steps: wish.steps,
                    },
                )?;
                audit::insert(
                    tx,
                    audit::Entry {
                        id: audit_id,
                        at: now,
                        actor: &actor,
                        action: wish.action,
                        subject: &prepared.subject,
                        detail: &prepared.detail,
                    },
                )?;
                Ok::<_, Error>((load(tx, id)?, Some(prepared.tell)))
            })
            .await?;
        if let Some(tell) = tell {
            self.announce(tell);
            self.tell_state(&job);
            self.wake.notify_one();
        }
        Ok(job)
    }

    /// Jobs, newest first; of one state, or of one subject such as `app miniflux`.
    ///
    /// # Errors
    /// `Invalid` for a bad cursor.
    pub async fn list(&self, state: Option<JobState>, subject: Option<&str>, slice: Slice) -> Result<Page<Job>> {
        let before = slice.after.as_deref().map(str::parse::<JobId>).transpose();
        let before = before.map_err(|_| Error::field("/after", "is not a cursor that a list has answered"))?;
        let limit = slice.limit.clamp(1, 1_000);
        let subject = subject.map(str::to_owned);
        let mut items = self
            .store
            .read(move |c| jobs::list(c, state, subject.as_deref(), before, limit + 1))
            .await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|job| job.id.to_string());
        Ok(Page { items, next })
    }

    /// One job.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: JobId) -> Result<Job> {
        self.store.read(move |c| load(c, id)).await
    }

    /// Its log after line `after`.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn log(&self, id: JobId, after: u64) -> Result<Vec<LogLine>> {
        self.store
            .read(move |c| {
                load(c, id)?;
                Ok(job_log::after(c, id, after)?)
            })
            .await
    }

    /// The plan of a deployment, once it was made.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn plan(&self, id: JobId) -> Result<Option<DeployPlan>> {
        let text = self
            .store
            .read(move |c| {
                load(c, id)?;
                Ok::<_, Error>(jobs::plan(c, id)?)
            })
            .await?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|source| Error::internal("reading the plan of a job", source))
    }

    /// What came of it on each node, for a job that works on a group; empty for any other.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn results(&self, id: JobId) -> Result<Vec<NodeResult>> {
        let text = self
            .store
            .read(move |c| {
                let kind = load(c, id)?.kind;
                let mut saved = job_steps::outputs(c, id)?;
                Ok::<_, Error>(saved.remove(group::STEPS[0]).filter(|_| kind == JobKind::Group))
            })
            .await?;
        text.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text))
            .map_err(|source| Error::internal("reading the results of a job", source))
    }

    /// Cancels it: what was done is undone.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has ended or is past the point of return.
    pub async fn cancel(&self, id: JobId, actor: &Actor) -> Result<Job> {
        let (now, audit_id, actor) = (self.clock.now(), self.ids.make(), actor.clone());
        let job = self
            .store
            .write(move |tx| {
                let job = load(tx, id)?;
                may_cancel(&job)?;
                jobs::ask_cancel(tx, id)?;
                audit::insert(tx, entry(audit_id, now, &actor, "job.cancel", &job))?;
                Ok::<_, Error>(job)
            })
            .await?;
        if let Some(token) = self.in_hand().get(&id) {
            token.cancel();
        }
        self.wake.notify_one();
        Ok(job)
    }

    /// Tries the undoing of a stuck job again.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is not stuck.
    pub async fn retry(&self, id: JobId, actor: &Actor) -> Result<Job> {
        let (now, audit_id, actor) = (self.clock.now(), self.ids.make(), actor.clone());
        let job = self
            .store
            .write(move |tx| {
                let job = load(tx, id)?;
                if !job.state.can_become(JobState::RollingBack) || job.state != JobState::Stuck {
                    return Err(Error::Conflict(format!(
                        "job {id} is not stuck: there is nothing to try again"
                    )));
                }
                free(tx, &job.subject)?;
                jobs::set_state(tx, id, JobState::RollingBack, None, None, None)?;
                audit::insert(tx, entry(audit_id, now, &actor, "job.retry", &job))?;
                load(tx, id)
            })
            .await?;
        self.tell_state(&job);
        self.wake.notify_one();
        Ok(job)
    }

    /// Waits until there may be something to do. Taken before looking, it misses nothing that comes after the look.
    pub(super) fn woken(&self) -> Notified<'_> {
        self.wake.notified()
    }

    /// Wakes the runner.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) fn in_hand(&self) -> MutexGuard<'_, BTreeMap<JobId, CancellationToken>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn announce(&self, announcements: Vec<Announcement>) {
        for Announcement { channel, event, data } in announcements {
            self.events.tell(channel, event, data);
        }
    }

    pub(super) fn tell_state(&self, job: &Job) {
        let data = json!({
            "job": job.id, "kind": job.kind, "subject": job.subject, "state": job.state, "error": job.error,
        });
        self.events.tell(Channel::Jobs, "state", data);
    }
}

fn load(connection: &rusqlite::Connection, id: JobId) -> Result<Job> {
    jobs::get(connection, id)?.ok_or_else(|| Error::not_found("job", id))
}

/// The job that a request has begun already.
fn known(connection: &rusqlite::Connection, vault: &dyn Vault, once: &Once) -> Result<Option<Job>> {
    let found = once.key().map(|key| jobs::by_key(connection, key)).transpose()?;
    let Some((id, sealed)) = found.flatten() else {
        return Ok(None);
    };
    once.check(vault, &sealed)?;
    load(connection, id).map(Some)
}

/// That no job works on a subject.
fn free(connection: &rusqlite::Connection, subject: &str) -> Result<()> {
    match jobs::active_on(connection, subject)? {
        None => Ok(()),
        Some(other) => Err(Error::Conflict(format!(
            "job {other} works on {subject}; wait until it has ended, or cancel it"
        ))),
    }
}

fn may_cancel(job: &Job) -> Result<()> {
    let why = match job.state {
        JobState::Queued => return Ok(()),
        JobState::Running if is_undoable(job.kind) => return Ok(()),
        JobState::Running => "cannot be undone once it was begun",
        JobState::RollingBack => "is already being undone",
        JobState::Succeeded | JobState::Failed | JobState::RolledBack | JobState::Stuck | JobState::Cancelled => {
            "has ended"
        }
    };
    Err(Error::Conflict(format!("job {} {why}", job.id)))
}

/// Whether a job of this kind can be cancelled once it was begun: its saga undoes what it did.
#[must_use]
pub const fn is_undoable(kind: JobKind) -> bool {
    match kind {
        JobKind::Adopt
        | JobKind::Bootstrap
        | JobKind::Discover
        | JobKind::Deploy
        | JobKind::Update
        | JobKind::CheckUpdate
        | JobKind::InstallDisk => true,
        JobKind::Release
        | JobKind::Start
        | JobKind::Stop
        | JobKind::Restart
        | JobKind::Remove
        | JobKind::Group
        | JobKind::FormatDisk => false,
    }
}

fn entry<'a>(
    id: hearth_model::id::AuditId,
    at: jiff::Timestamp,
    actor: &'a Actor,
    action: &'static str,
    job: &'a Job,
) -> store::audit::Entry<'a> {
    store::audit::Entry {
        id,
        at,
        actor,
        action,
        subject: &job.subject,
        detail: "",
    }
}
