//! A machine that one is logged in to: commands, files and sockets over one held connection.
//!
//! The real ones are SSH (`adapter::ssh`) and this machine itself (`adapter::local`).

use async_trait::async_trait;
use hearth_model::{
    fault::Fault,
    node::{Host, HostKey, Login},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};

mod fake;
pub use fake::{FakeConnector, FakeFile, FakeMachine, FakeSession};

/// A program to run. It is never put together into a shell line by the caller; the adapter quotes each argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// What it reads.
    pub stdin: Vec<u8>,
    /// Whether it needs root: run by `sudo -n` where the user is not root.
    pub root: bool,
    /// How long it may take.
    pub limit: Duration,
    /// How many bytes of output (both streams together) are kept; more is an error.
    pub max_output: usize,
    /// The same as one could type it, where the arguments do not say it themselves.
    pub shown: Option<String>,
}

impl Exec {
    /// A program with arguments, as the user, with 30 s and 1 MiB.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            stdin: Vec::new(),
            root: false,
            limit: Duration::from_secs(30),
            max_output: 1 << 20,
            shown: None,
        }
    }

    /// A fixed shell script, read from standard input; what varies comes in as arguments (`$1`, …).
    pub fn script<S: Into<String>>(script: &str, args: impl IntoIterator<Item = S>) -> Self {
        let argv = ["sh", "-s", "--"]
            .into_iter()
            .map(String::from)
            .chain(args.into_iter().map(Into::into));
        Self {
            stdin: script.as_bytes().to_vec(),
            ..Self::new(argv)
        }
    }

    /// The same as root.
    #[must_use]
    pub fn as_root(self) -> Self {
        Self { root: true, ..self }
    }

    /// The same, shown to people as this command.
    #[must_use]
    pub fn shown_as(self, command: impl Into<String>) -> Self {
        Self {
            shown: Some(command.into()),
            ..self
        }
    }

    /// The same with another time limit.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }
}

/// What a program answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Exit status; 128 + n when ended by signal n.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text, damaged bytes replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, damaged bytes replaced.
    #[must_use]
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A line of a program's output as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whether it came on standard error.
    pub stderr: bool,
    /// The line without its end, at most 8 KiB.
    pub text: String,
}

/// Why something could not be done on a machine.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The connection is gone; whether the program ran to its end is not known.
    #[error("connection to {machine} lost while {attempt}")]
    Lost {
        /// Machine.
        machine: String,
        /// What was attempted.
        attempt: String,
    },
    /// It took longer than it may.
    #[error("{attempt} on {machine} took longer than {limit_secs} s")]
    TimedOut {
        /// Machine.
        machine: String,
        /// What was attempted.
        attempt: String,
        /// The limit.
        limit_secs: u64,
    },
    /// It answered more than is kept.
    #[error("{attempt} on {machine} answered more than {max_bytes} bytes")]
    TooMuch {
        /// Machine.
        machine: String,
        /// What was attempted.
        attempt: String,
        /// The bound.
        max_bytes: usize,
    },
    /// The machine refused, with a cause a person can mend.
    #[error("{attempt} on {machine} refused")]
    Refused {
        /// Machine.
        machine: String,
        /// What was attempted.
        attempt: String,
        /// Cause.
        #[source]
        fault: Fault,
    },
    /// A file or program could not be read, written or started.
    #[error("{attempt} on {machine} failed: {reason}")]
    Failed {
        /// Machine.
        machine: String,
        /// What was attempted.
        attempt: String,
        /// What the machine said.
        reason: String,
    },
}

/// A two-way stream, such as a connection to a socket on the machine.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A machine that one is logged in to.
#[async_trait]
pub trait Session: Send + Sync {
    /// What the machine is called in messages.
    fn machine(&self) -> &str {
        "the machine"
    }

    /// Runs a program to its end. A status other than 0 is an answer, not an error.
    ///
    /// # Errors
    /// See [`SessionError`]; [`SessionError::Refused`] with `NoSudo` when root was asked for and is not to be had.
    async fn exec(&self, exec: Exec) -> Result<Output, SessionError>;

    /// Runs a program and sends its output line by line as it comes; answers its exit status. Dropping the future ends the program.
    ///
    /// # Errors
    /// See [`SessionError`].
    async fn stream(&self, exec: Exec, lines: mpsc::Sender<Line>) -> Result<i32, SessionError>;

    /// Writes a file as root, whole or not at all (written beside and renamed); makes its folder.
    ///
    /// # Errors
    /// See [`SessionError`]; a full disk is [`SessionError::Failed`].
    async fn write_file(&self, path: &str, contents: &[u8], mode: u32) -> Result<(), SessionError>;

    /// Reads a file as root; none when there is no such file.
    ///
    /// # Errors
    /// See [`SessionError`]; [`SessionError::TooMuch`] when it is longer than `max_bytes`.
    async fn read_file(&self, path: &str, max_bytes: usize) -> Result<Option<Vec<u8>>, SessionError>;

    /// Connects to a Unix socket on the machine.
    ///
    /// # Errors
    /// [`SessionError::Refused`] with `ForwardingForbidden`, `NoSocketRights`, `NoEngine` or `EngineDown`, as far as it can be told.
    async fn socket(&self, path: &str) -> Result<Box<dyn Duplex>, SessionError>;

    /// Whether the connection still stands.
    fn is_open(&self) -> bool;

    /// Ends the connection.
    async fn close(&self);
}

/// Which host key is acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedKey {
    /// Exactly this one (pinned): anything else is `HostKeyChanged`.
    Pinned(HostKey),
    /// The one with this fingerprint, which a person confirmed: anything else is `HostKeyMismatch`.
    Fingerprint(String),
}

/// How to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// As the person said, once.
    Once(Login),
    /// With Hearth's own key.
    OwnKey,
}

/// Where to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This machine.
    Local,
    /// Over SSH.
    Ssh {
        /// Address or name.
        host: Host,
        /// Port.
        port: u16,
        /// User.
        user: String,
        /// Acceptable host key.
        expected: ExpectedKey,
    },
}

/// Opens sessions.
#[async_trait]
pub trait Connector: Send + Sync {
    /// The host key that an SSH server shows, without logging in.
    ///
    /// # Errors
    /// A [`Fault`] that names why it does not answer.
    async fn host_key(&self, host: &Host, port: u16) -> Result<HostKey, Fault>;

    /// Logs in.
    ///
    /// # Errors
    /// A [`Fault`] that names the cause.
    async fn connect(&self, target: &Target, credentials: &Credentials) -> Result<Arc<dyn Session>, Fault>;

    /// Hearth's own public key, one line in OpenSSH's format with its comment, to be installed on nodes.
    fn own_public_key(&self) -> String;
}
