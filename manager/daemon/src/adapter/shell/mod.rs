//! What SSH and this machine itself share: programs run through a POSIX shell, files written by
//! fixed scripts, and finding out why a socket does not answer.
//!
//! A [`Transport`] only starts programs and opens sockets; [`ShellSession`] makes a
//! [`Session`] of it. So both behave alike, and what holds for the one is tested on the other.

mod envelope;
mod files;
mod lines;
mod quote;
mod run;
mod socket;

pub(super) use quote::command_line;

use crate::port::session::{Duplex, Exec, Line, Output, Session, SessionError};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hearth_model::fault::{Cause, Fault};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWrite,
    sync::{OnceCell, mpsc},
};

/// Something that a running program did.
#[derive(Debug)]
pub(super) enum Event {
    /// It wrote to standard output.
    Stdout(Bytes),
    /// It wrote to standard error.
    Stderr(Bytes),
    /// It ended with this status; what it wrote may still follow.
    Ended(i32),
}

/// A program that was started. What comes of it ends without [`Event::Ended`] when the connection is lost.
pub(super) struct Running {
    /// What it reads.
    pub(super) stdin: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it does.
    pub(super) events: BoxStream<'static, Event>,
}

/// Why a program could not be started.
#[derive(Debug)]
pub(super) enum StartError {
    /// The connection is gone.
    Lost,
    /// The machine does not want to.
    Failed(String),
}

/// Why a socket could not be connected to.
#[derive(Debug)]
pub(super) enum ConnectError {
    /// The connection is gone.
    Lost,
    /// The machine says no, and not why.
    Refused,
    /// The machine says why.
    Io(io::Error),
}

/// A way to start programs and open sockets on a machine.
#[async_trait]
pub(super) trait Transport: Send + Sync + 'static {
    /// The machine's name, for messages.
    fn machine(&self) -> &str;

    /// The user that programs run as, for messages.
    fn user(&self) -> &str;

    /// Starts a program in a process group of its own; waits for its turn unless it is urgent.
    async fn start(&self, argv: Vec<String>, urgent: bool) -> Result<Running, StartError>;

    /// Connects to a Unix socket.
    async fn connect(&self, path: &str) -> Result<Box<dyn Duplex>, ConnectError>;

    /// Whether programs can still be started.
    fn is_open(&self) -> bool;

    /// Ends it.
    async fn close(&self);
}

/// A session over a transport.
pub(super) struct ShellSession<T> {
    transport: Arc<T>,
    /// Whether nothing has to be put in front of what wants root.
    suffices: OnceCell<bool>,
}

impl<T: Transport> ShellSession<T> {
    /// A session over `transport`.
    pub(super) fn new(transport: T) -> Self {
        Self {
            transport: Arc::new(transport),
            suffices: OnceCell::new(),
        }
    }

    /// A session over `transport` whose user needs no `sudo`, whoever it is.
    pub(super) fn without_sudo(transport: T) -> Self {
        Self {
            transport: Arc::new(transport),
            suffices: OnceCell::from(true),
        }
    }

    /// Whether the user is root by number, whatever its name, or needs not be.
    async fn suffices(&self) -> Result<bool, SessionError> {
        self.suffices
            .get_or_try_init(|| async {
                let exec = Exec::new(["id", "-u"]);
                let answer = run::collect(&self.transport, false, exec, "asking for the user's number").await?;
                Ok(answer.text().trim() == "0")
            })
            .await
            .copied()
    }

    /// Whether `sudo` has to be put in front.
    async fn needs_sudo(&self, exec: &Exec) -> Result<bool, SessionError> {
        Ok(exec.root && !self.suffices().await?)
    }

    async fn collect(&self, exec: Exec, attempt: &str) -> Result<Output, SessionError> {
        let sudo = self.needs_sudo(&exec).await?;
        run::collect(&self.transport, sudo, exec, attempt).await
    }
}

/// What is attempted, for messages: the program alone, as arguments may hold secrets.
fn attempt(exec: &Exec) -> String {
    let program = exec.argv.first().map_or("nothing", String::as_str);
    let program = program.rsplit('/').next().unwrap_or(program);
    if program == "sh" {
        "running a script".to_owned()
    } else {
        format!("running {program}")
    }
}

/// How long opening a socket may take.
const SOCKET_LIMIT: Duration = Duration::from_secs(10);

#[async_trait]
impl<T: Transport> Session for ShellSession<T> {
    fn machine(&self) -> &str {
        self.transport.machine()
    }

    async fn exec(&self, exec: Exec) -> Result<Output, SessionError> {
        let attempt = attempt(&exec);
        self.collect(exec, &attempt).await
    }

    async fn stream(&self, exec: Exec, lines: mpsc::Sender<Line>) -> Result<i32, SessionError> {
        let attempt = attempt(&exec);
        let sudo = self.needs_sudo(&exec).await?;
        run::stream(&self.transport, sudo, exec, &attempt, lines).await
    }

    async fn write_file(&self, path: &str, contents: &[u8], mode: u32) -> Result<(), SessionError> {
        let attempt = format!("writing {path}");
        let output = self.collect(files::write(path, contents, mode), &attempt).await?;
        files::written(self.transport.machine(), attempt, &output)
    }

    async fn read_file(&self, path: &str, max_bytes: usize) -> Result<Option<Vec<u8>>, SessionError> {
        let attempt = format!("reading {path}");
        let output = self.collect(files::read(path, max_bytes), &attempt).await?;
        files::contents(self.transport.machine(), attempt, output, max_bytes)
    }

    async fn socket(&self, path: &str) -> Result<Box<dyn Duplex>, SessionError> {
        let attempt = || format!("connecting to {path}");
        let machine = || self.transport.machine().to_owned();
        let error = match tokio::time::timeout(SOCKET_LIMIT, self.transport.connect(path)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(ConnectError::Lost)) => {
                return Err(SessionError::Lost {
                    machine: machine(),
                    attempt: attempt(),
                });
            }
            Err(_) => {
                return Err(SessionError::TimedOut {
                    machine: machine(),
                    attempt: attempt(),
                    limit_secs: SOCKET_LIMIT.as_secs(),
                });
            }
            Ok(Err(error)) => error,
        };
        let looked = self.collect(socket::look(path), &attempt()).await?;
        let looked = looked.text();
        if looked.trim() == "listening" {
            // It may have begun to listen only now, or have had too many connections waiting.
            if let Ok(Ok(stream)) = tokio::time::timeout(SOCKET_LIMIT, self.transport.connect(path)).await {
                return Ok(stream);
            }
        }
        let (cause, found) = socket::cause(&error, looked.trim());
        let user = self.transport.user();
        let detail = match cause {
            Cause::NoSocketRights => format!("user {user} on {} may not use {path}", machine()),
            _ => format!("{path} on {}: {found}", machine()),
        };
        Err(SessionError::Refused {
            machine: machine(),
            attempt: attempt(),
            fault: Fault::new(cause, detail),
        })
    }

    fn is_open(&self) -> bool {
        self.transport.is_open()
    }

    async fn close(&self) {
        self.transport.close().await;
    }
}
