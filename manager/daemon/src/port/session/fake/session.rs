//! One connection to a machine in memory.

use super::{
    super::{Duplex, Exec, Line, Output, Session, SessionError},
    machine::{Condition, FakeMachine},
};
use async_trait::async_trait;
use hearth_model::fault::{Cause, Fault};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// How long a file operation may take.
const FILE_LIMIT: Duration = Duration::from_secs(60);

/// A connection to a [`FakeMachine`].
pub struct FakeSession {
    machine: Arc<FakeMachine>,
    user: String,
    cuts: u32,
    closed: AtomicBool,
}

impl FakeSession {
    /// Connects, whatever state the machine is in.
    #[must_use]
    pub fn new(machine: &Arc<FakeMachine>, user: &str) -> Arc<Self> {
        Arc::new(Self {
            machine: Arc::clone(machine),
            user: user.to_owned(),
            cuts: machine.condition().cuts,
            closed: AtomicBool::new(false),
        })
    }

    fn dead(&self, condition: Condition) -> bool {
        condition.cuts != self.cuts || condition.cut || self.closed.load(Ordering::Relaxed)
    }

    /// Waits as long as the machine hangs; fails when the link is cut meanwhile.
    async fn answered(&self, attempt: &str, limit: Duration) -> Result<Condition, SessionError> {
        let mut watch = self.machine.watch();
        let settled = watch.wait_for(|c| self.dead(*c) || !c.hanging);
        let condition = match tokio::time::timeout(limit, settled).await {
            Ok(Ok(condition)) => *condition,
            Ok(Err(_)) => return Err(self.lost(attempt)),
            Err(_) => {
                return Err(SessionError::TimedOut {
                    machine: self.machine.name().to_owned(),
                    attempt: attempt.to_owned(),
                    limit_secs: limit.as_secs(),
                });
            }
        };
        // What a real connection has to give up for, too: others run meanwhile.
        tokio::task::yield_now().await;
        if self.dead(self.machine.condition()) {
            return Err(self.lost(attempt));
        }
        Ok(condition)
    }

    fn lost(&self, attempt: &str) -> SessionError {
        SessionError::Lost {
            machine: self.machine.name().to_owned(),
            attempt: attempt.to_owned(),
        }
    }

    fn refused(&self, attempt: &str, cause: Cause, detail: String) -> SessionError {
        SessionError::Refused {
            machine: self.machine.name().to_owned(),
            attempt: attempt.to_owned(),
            fault: Fault::new(cause, detail),
        }
    }

    fn allowed(&self, exec: &Exec, attempt: &str) -> Result<(), SessionError> {
        if exec.root && !self.machine.may_sudo(&self.user) {
            let detail = format!("sudo: a password is required for {}", self.user);
            return Err(self.refused(attempt, Cause::NoSudo, detail));
        }
        Ok(())
    }

    fn too_much(&self, attempt: &str, max_bytes: usize) -> SessionError {
        SessionError::TooMuch {
            machine: self.machine.name().to_owned(),
            attempt: attempt.to_owned(),
            max_bytes,
        }
    }
}

#[async_trait]
impl Session for FakeSession {
    fn machine(&self) -> &str {
        self.machine.name()
    }

    async fn exec(&self, exec: Exec) -> Result<Output, SessionError> {
        let attempt = exec.argv.join(" ");
        self.answered(&attempt, exec.limit).await?;
        self.allowed(&exec, &attempt)?;
        let output = self.machine.run(&exec);
        if output.stdout.len() + output.stderr.len() > exec.max_output {
            return Err(self.too_much(&attempt, exec.max_output));
        }
        Ok(output)
    }

    async fn stream(&self, exec: Exec, lines: mpsc::Sender<Line>) -> Result<i32, SessionError> {
        let attempt = exec.argv.join(" ");
        let limit = exec.limit;
        let output = self.exec(exec).await?;
        let texts = [(false, output.text()), (true, output.error_text())];
        for (stderr, text) in &texts {
            for line in text.lines() {
                self.answered(&attempt, limit).await?;
                let text = line.to_owned();
                if lines.send(Line { stderr: *stderr, text }).await.is_err() {
                    return Ok(output.status);
                }
            }
        }
        Ok(output.status)
    }

    async fn write_file(&self, path: &str, contents: &[u8], mode: u32) -> Result<(), SessionError> {
        let attempt = format!("writing {path}");
        let condition = self.answered(&attempt, FILE_LIMIT).await?;
        if condition.full {
            return Err(SessionError::Failed {
                machine: self.machine.name().to_owned(),
                attempt,
                reason: "No space left on device".to_owned(),
            });
        }
        self.machine.put(path, contents, mode);
        Ok(())
    }

    async fn read_file(&self, path: &str, max_bytes: usize) -> Result<Option<Vec<u8>>, SessionError> {
        let attempt = format!("reading {path}");
        self.answered(&attempt, FILE_LIMIT).await?;
        let contents = self.machine.file(path).map(|file| file.contents);
        match contents {
            Some(contents) if contents.len() > max_bytes => Err(self.too_much(&attempt, max_bytes)),
            other => Ok(other),
        }
    }

    async fn socket(&self, path: &str) -> Result<Box<dyn Duplex>, SessionError> {
        let attempt = format!("connecting to {path}");
        self.answered(&attempt, FILE_LIMIT).await?;
        self.machine
            .connect(path)
            .ok_or_else(|| self.refused(&attempt, Cause::NoEngine, format!("nothing listens on {path}")))
    }

    fn is_open(&self) -> bool {
        !self.dead(self.machine.condition())
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}
