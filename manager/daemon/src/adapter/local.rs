//! This machine itself, as a node: programs as child processes, the engine by its own socket.

use super::shell::{ConnectError, Event, Running, ShellSession, StartError, Transport};
use crate::port::session::{Duplex, Session};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{FutureExt, Stream, StreamExt, future, stream};
use std::{os::unix::process::ExitStatusExt, process::Stdio, sync::Arc};
use tokio::{
    io::AsyncRead,
    net::UnixStream,
    process::{Child, Command},
};
use tokio_util::io::ReaderStream;

/// How this machine is called in messages.
const NAME: &str = "this machine";

/// What the user that Hearth runs as may do on this machine as a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnRights {
    /// What `sudo` lets it do, unless it is root.
    Sudo,
    /// All that is needed: on Hearth's own image the node's folders are its own, it may use the engine, and there is no `sudo`.
    Enough,
}

/// A session on this machine, as the user that Hearth runs as.
#[must_use]
pub(super) fn session(rights: OwnRights) -> Arc<dyn Session> {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid());
    let user = match user {
        Ok(Some(user)) => user.name,
        _ => nix::unistd::geteuid().to_string(),
    };
    let transport = LocalTransport { user };
    match rights {
        OwnRights::Sudo => Arc::new(ShellSession::new(transport)),
        OwnRights::Enough => Arc::new(ShellSession::without_sudo(transport)),
    }
}

struct LocalTransport {
    user: String,
}

#[async_trait]
impl Transport for LocalTransport {
    fn machine(&self) -> &str {
        NAME
    }

    fn user(&self) -> &str {
        &self.user
    }

    async fn start(&self, argv: Vec<String>, _urgent: bool) -> Result<Running, StartError> {
        let Some((program, arguments)) = argv.split_first() else {
            return Err(StartError::Failed("there is no program to run".to_owned()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| StartError::Failed(format!("{program}: {error}")))?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(StartError::Failed(format!("{program}: no pipes")));
        };
        let written = stream::select(chunks(stdout).map(Event::Stdout), chunks(stderr).map(Event::Stderr));
        Ok(Running {
            stdin: Box::new(stdin),
            events: until_ended(written, child).boxed(),
        })
    }

    async fn connect(&self, path: &str) -> Result<Box<dyn Duplex>, ConnectError> {
        match UnixStream::connect(path).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(ConnectError::Io(error)),
        }
    }

    fn is_open(&self) -> bool {
        true
    }

    async fn close(&self) {}
}

fn chunks(pipe: impl AsyncRead + Send + 'static) -> impl Stream<Item = Bytes> + Send {
    // A pipe that cannot be read has ended.
    ReaderStream::with_capacity(pipe, 16 << 10).filter_map(|chunk| future::ready(chunk.ok()))
}

/// What was written, and the status as soon as it is known: also when something that the program left behind keeps the pipes open.
fn until_ended(written: impl Stream<Item = Event> + Send + 'static, child: Child) -> impl Stream<Item = Event> + Send {
    let ended = async move {
        let mut child = child;
        match child.wait().await {
            Ok(status) => Some(Event::Ended(
                status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            )),
            Err(_) => None,
        }
    };
    let ended = ended.into_stream().filter_map(future::ready);
    stream::select(written, Box::pin(ended))
}
