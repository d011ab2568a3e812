//! What a step tells while it is at work: gathered, and put into the store at most twice a second.

use crate::{
    engine::jobs::Jobs,
    store::{self, job_log, job_steps},
};
use hearth_model::{event::Channel, id::JobId};
use serde_json::json;
use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// Time between two writes of what a step tells.
const PACE: Duration = Duration::from_millis(500);
/// Longest line.
const MAX_LINE: usize = 8 << 10;

#[derive(Default)]
struct Pending {
    lines: VecDeque<job_log::New>,
    progress: Option<u8>,
    message: Option<String>,
}

/// Takes what one step tells.
pub(super) struct Reporter {
    jobs: Arc<Jobs>,
    job: JobId,
    step: &'static str,
    pending: Mutex<Pending>,
    told: Notify,
}

impl Reporter {
    pub(super) fn new(jobs: Arc<Jobs>, job: JobId, step: &'static str) -> Self {
        Self {
            jobs,
            job,
            step,
            pending: Mutex::default(),
            told: Notify::new(),
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn line(&self, text: &str) {
        let mut end = text.len().min(MAX_LINE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let line = job_log::New {
            at: self.jobs.clock.now(),
            step: self.step,
            text: text[..end].to_owned(),
        };
        let mut pending = self.pending();
        // More than the log keeps is not gathered either.
        if pending.lines.len() >= job_log::KEPT as usize {
            pending.lines.pop_front();
        }
        pending.lines.push_back(line);
        drop(pending);
        self.told.notify_one();
    }

    pub(super) fn progress(&self, percent: Option<u8>, message: &str) {
        let mut pending = self.pending();
        pending.progress = percent.map(|p| p.min(100)).or(pending.progress);
        pending.message = Some(message.to_owned());
        drop(pending);
        self.told.notify_one();
    }

    /// Writes what is told, at its pace, for as long as it is polled.
    pub(super) async fn pump(&self) -> Infallible {
        loop {
            self.told.notified().await;
            self.flush().await;
            // The pace is about this machine's disk, not about the time that a simulation lets pass.
            tokio::time::sleep(PACE).await;
        }
    }

    /// Writes all that was told and not yet written.
    pub(super) async fn flush(&self) {
        let Pending {
            lines,
            progress,
            message,
        } = std::mem::take(&mut *self.pending());
        if lines.is_empty() && message.is_none() {
            return;
        }
        let (job, step) = (self.job, self.step);
        let text = message.clone();
        let written = self
            .jobs
            .store
            .write(move |tx| {
                if text.is_some() {
                    job_steps::set_progress(tx, job, step, progress, text.as_deref())?;
                }
                job_log::append(tx, job, lines.into())
            })
            .await;
        match written {
            Ok(lines) => self.tell(&lines, progress, message.as_deref()),
            Err(error) => self.lament(&error),
        }
    }

    fn tell(&self, lines: &[hearth_model::job::LogLine], progress: Option<u8>, message: Option<&str>) {
        let events = &self.jobs.events;
        if let Some(message) = message {
            let data = json!({"job": self.job, "step": self.step, "progress": progress, "message": message});
            events.tell(Channel::Jobs, "progress", data);
        }
        for line in lines {
            let data = json!({"job": self.job, "step": line.step, "seq": line.seq, "at": line.at, "text": line.text});
            events.tell(Channel::Jobs, "log", data);
        }
    }

    /// Lost words are no reason to give the work up; the next record of the step will fail on its own if it must.
    fn lament(&self, error: &store::Error) {
        tracing::warn!(job = %self.job, step = self.step, error = error as &dyn std::error::Error, "what a step told could not be kept");
    }
}
