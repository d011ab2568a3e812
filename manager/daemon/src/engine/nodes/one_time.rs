//! What a person gave for one adoption only: password or key. It is in memory, nowhere else, and for as long as that adoption
//! needs it; a restart of Hearth forgets it.

use crate::port::{session::Session, vault::Plaintext};
use hearth_model::{id::JobId, node::Login};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What the adoptions under way hold.
#[derive(Default)]
pub struct OneTime {
    held: Mutex<BTreeMap<JobId, Held>>,
}

#[derive(Default)]
struct Held {
    login: Option<Plaintext>,
    session: Option<Arc<dyn Session>>,
}

impl OneTime {
    fn held(&self) -> MutexGuard<'_, BTreeMap<JobId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes hold of a login. In memory it is wiped when it is dropped.
    pub fn keep(&self, job: JobId, login: &Login) {
        // A login is two strings: it always becomes JSON.
        if let Ok(bytes) = serde_json::to_vec(login) {
            self.held().entry(job).or_default().login = Some(Plaintext::new(bytes));
        }
    }

    /// The login of a job, unless Hearth was restarted since.
    #[must_use]
    pub fn login(&self, job: JobId) -> Option<Login> {
        let held = self.held();
        let login = held.get(&job)?.login.as_ref()?;
        serde_json::from_slice(login.expose()).ok()
    }

    /// Keeps the connection of a job for its next step.
    pub fn hold(&self, job: JobId, session: &Arc<dyn Session>) {
        self.held().entry(job).or_default().session = Some(Arc::clone(session));
    }

    /// The connection that an earlier step has opened, when it still stands.
    #[must_use]
    pub fn session(&self, job: JobId) -> Option<Arc<dyn Session>> {
        let session = self.held().get(&job)?.session.clone();
        session.filter(|session| session.is_open())
    }

    /// Wipes the login of a job.
    pub fn wipe(&self, job: JobId) {
        if let Some(held) = self.held().get_mut(&job) {
            held.login = None;
        }
    }

    /// Forgets everything of a job.
    pub fn forget(&self, job: JobId) {
        self.held().remove(&job);
    }
}
