//! Notes every command that is run on a node for an app, as one could type it, secrets redacted.
//!
//! A session is wrapped, so that nothing can be run past it; what goes through the engine's API instead of a
//! command is noted by who does it. Writing never fails the work: a note that cannot be kept is logged.

use crate::{
    port::{
        clock::Clock,
        ids::Ids,
        session::{Duplex, Exec, Line, Output, Session, SessionError},
    },
    store::{Store, commands},
};
use async_trait::async_trait;
use hearth_model::{
    app::CommandRecord,
    id::{AppId, JobId, NodeId},
    plan::Redactor,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;

/// Shorter secrets are not looked for: they would redact half of every line.
const SHORTEST: usize = 4;

/// For whom commands are run.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// Node they run on.
    pub node: NodeId,
    /// App that they are for.
    pub app: AppId,
    /// Job that they are for.
    pub job: JobId,
    /// In a word: the job's kind.
    pub word: String,
}

/// Notes commands.
pub struct Recorder {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    purpose: Purpose,
    known: Mutex<Known>,
}

/// The secrets that are not to be noted.
#[derive(Default)]
struct Known {
    secrets: Vec<String>,
    redactor: Redactor,
}

/// Hides those of these secrets that are long enough to be looked for.
pub(in crate::engine) fn redactor<'a>(secrets: impl Iterator<Item = &'a str>) -> Redactor {
    Redactor::new(secrets.filter(|secret| secret.len() >= SHORTEST))
}

impl Recorder {
    /// A recorder for one purpose.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, purpose: Purpose) -> Arc<Self> {
        Arc::new(Self {
            store,
            clock,
            ids,
            purpose,
            known: Mutex::default(),
        })
    }

    /// Redacts these secrets from now on.
    pub fn redact_these(&self, secrets: impl IntoIterator<Item = String>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.secrets.extend(secrets);
        known.redactor = redactor(known.secrets.iter().map(String::as_str));
    }

    /// A text without the secrets.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.redactor.redact(text)
    }

    /// Notes a command. `exit_status` none when it did not end by itself.
    pub async fn note(&self, command: &str, exit_status: Option<i32>, took: Duration) {
        let record = CommandRecord {
            at: self.clock.now(),
            node: self.purpose.node,
            command: self.redact(command),
            exit_status,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            purpose: self.purpose.word.clone(),
        };
        let (id, app, job) = (self.ids.make(), self.purpose.app, self.purpose.job);
        let written = self
            .store
            .write(move |tx| commands::insert(tx, id, Some(app), Some(job), &record))
            .await;
        if let Err(error) = written {
            tracing::warn!(%job, error = &error as &dyn std::error::Error, "a command could not be noted");
        }
    }

    /// Runs work that stands for a command, and notes it with 0 when it went well and 1 when not.
    ///
    /// # Errors
    /// What the work answers.
    pub async fn noted<T, E>(&self, command: &str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let begun = self.clock.monotonic();
        let outcome = work.await;
        let status = i32::from(outcome.is_err());
        self.note(command, Some(status), self.clock.monotonic().saturating_sub(begun))
            .await;
        outcome
    }

    /// A session whose every command is noted.
    #[must_use]
    pub fn wrap(self: &Arc<Self>, session: Arc<dyn Session>) -> Arc<dyn Session> {
        Arc::new(RecordedSession {
            session,
            recorder: Arc::clone(self),
        })
    }
}

struct RecordedSession {
    session: Arc<dyn Session>,
    recorder: Arc<Recorder>,
}

impl RecordedSession {
    async fn noted<T>(
        &self,
        command: &str,
        status: impl Fn(&T) -> i32,
        work: impl Future<Output = Result<T, SessionError>>,
    ) -> Result<T, SessionError> {
        let clock = &self.recorder.clock;
        let begun = clock.monotonic();
        let mut unfinished = Unfinished {
            recorder: &self.recorder,
            command,
            begun,
            armed: true,
        };
        let outcome = work.await;
        unfinished.armed = false;
        let took = clock.monotonic().saturating_sub(begun);
        self.recorder
            .note(command, outcome.as_ref().ok().map(status), took)
            .await;
        outcome
    }
}

/// Notes a command whose caller gave it up.
struct Unfinished<'a> {
    recorder: &'a Arc<Recorder>,
    command: &'a str,
    begun: Duration,
    armed: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // While the runtime itself ends, nobody could write any more.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.armed {
            let (recorder, command) = (Arc::clone(self.recorder), self.command.to_owned());
            let took = recorder.clock.monotonic().saturating_sub(self.begun);
            runtime.spawn(async move { recorder.note(&command, None, took).await });
        }
    }
}

#[async_trait]
impl Session for RecordedSession {
    fn machine(&self) -> &str {
        self.session.machine()
    }

    async fn exec(&self, exec: Exec) -> Result<Output, SessionError> {
        let command = shown(&exec);
        let work = self.session.exec(exec);
        self.noted(&command, |output| output.status, work).await
    }

    async fn stream(&self, exec: Exec, lines: mpsc::Sender<Line>) -> Result<i32, SessionError> {
        let command = shown(&exec);
        let work = self.session.stream(exec, lines);
        self.noted(&command, |status| *status, work).await
    }

    async fn write_file(&self, path: &str, contents: &[u8], mode: u32) -> Result<(), SessionError> {
        let command = format!("install -D -m {mode:o} /dev/stdin {}", quoted(path));
        let work = self.session.write_file(path, contents, mode);
        self.noted(&command, |()| 0, work).await
    }

    async fn read_file(&self, path: &str, max_bytes: usize) -> Result<Option<Vec<u8>>, SessionError> {
        let command = format!("cat {}", quoted(path));
        let work = self.session.read_file(path, max_bytes);
        self.noted(&command, |found| i32::from(found.is_none()), work).await
    }

    async fn socket(&self, path: &str) -> Result<Box<dyn Duplex>, SessionError> {
        self.session.socket(path).await
    }

    fn is_open(&self) -> bool {
        self.session.is_open()
    }

    async fn close(&self) {
        self.session.close().await;
    }
}

/// A program as one could type it.
fn shown(exec: &Exec) -> String {
    if let Some(shown) = &exec.shown {
        return shown.clone();
    }
    let words: Vec<String> = exec.argv.iter().map(|word| quoted(word)).collect();
    let sudo = if exec.root { "sudo " } else { "" };
    format!("{sudo}{}", words.join(" "))
}

/// A word as a shell takes it: in single quotes where it needs any (POSIX, Shell Command Language, 2.2.2).
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{
        clock::FakeClock,
        ids::FakeIds,
        session::{FakeMachine, FakeSession},
    };
    use uuid::Uuid;

    #[tokio::test]
    async fn notes_what_was_run_without_secrets() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("hearth.db")).unwrap();
        let app = AppId(Uuid::from_u128(1));
        let purpose = Purpose {
            node: NodeId(Uuid::from_u128(2)),
            app,
            job: JobId(Uuid::from_u128(3)),
            word: "deploy".to_owned(),
        };
        let recorder = Recorder::new(
            store.clone(),
            Arc::new(FakeClock::default()),
            Arc::new(FakeIds::default()),
            purpose,
        );
        recorder.redact_these(["hunter".to_owned(), "hunter22".to_owned(), "ab".to_owned()]);
        let machine = FakeMachine::new("cellar");
        let session = recorder.wrap(FakeSession::new(&machine, "root"));
        session
            .exec(Exec::new(["echo", "it's", "hunter22"]).as_root())
            .await
            .unwrap();
        session.write_file("/a b", b"hunter22", 0o600).await.unwrap();
        machine.hang();
        let given_up = tokio::time::timeout(Duration::from_millis(20), session.exec(Exec::new(["sleep", "9"])));
        assert!(given_up.await.is_err());
        let commands = loop {
            let commands = store.read(move |c| commands::of_app(c, app)).await.unwrap();
            if commands.len() == 3 {
                break commands;
            }
            tokio::task::yield_now().await;
        };
        let seen: Vec<_> = commands.iter().map(|c| (c.command.as_str(), c.exit_status)).collect();
        assert_eq!(
            seen,
            [
                ("sleep 9", None),
                ("install -D -m 600 /dev/stdin '/a b'", Some(0)),
                (r"sudo echo 'it'\''s' ********", Some(127)),
            ]
        );
    }
}
