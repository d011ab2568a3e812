//! Runs a program to its end: time limit, output bound, standard input, and ending it when nobody waits any more.

use super::{Event, Running, StartError, Transport, envelope, lines::Lines};
use crate::port::session::{Exec, Line, Output, SessionError};
use bytes::Bytes;
use futures::StreamExt;
use hearth_model::fault::{Cause, Fault};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{io::AsyncWriteExt, sync::mpsc, time::timeout};

/// How long what a program wrote is waited for after its end: something it left behind may hold the streams open.
const AFTER_END: Duration = Duration::from_secs(2);

/// How long a program waits for who reads its lines, before lines are left out. Waiting longer would hold up everything else on the connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs a program and keeps what it wrote.
pub(super) async fn collect<T: Transport>(
    transport: &Arc<T>,
    sudo: bool,
    exec: Exec,
    attempt: &str,
) -> Result<Output, SessionError> {
    let max_bytes = exec.max_output;
    let mut kept = Kept {
        output: Output::default(),
        max_bytes,
    };
    let mut run = Run::new(transport, sudo, attempt, exec.limit);
    match run.drive(exec, &mut kept).await? {
        Some(status) => Ok(Output { status, ..kept.output }),
        None => Err(SessionError::TooMuch {
            machine: transport.machine().to_owned(),
            attempt: attempt.to_owned(),
            max_bytes,
        }),
    }
}

/// Runs a program and sends what it writes line by line.
pub(super) async fn stream<T: Transport>(
    transport: &Arc<T>,
    sudo: bool,
    exec: Exec,
    attempt: &str,
    lines: mpsc::Sender<Line>,
) -> Result<i32, SessionError> {
    let mut sent = Sent {
        out: Lines::new(false),
        err: Lines::new(true),
        lines,
        left_out: 0,
    };
    let mut run = Run::new(transport, sudo, attempt, exec.limit);
    let status = run.drive(exec, &mut sent).await?;
    for line in [sent.out.end(), sent.err.end()].into_iter().flatten() {
        sent.send(line).await;
    }
    sent.tell_left_out().await;
    // None only comes of a sink that says stop, and this one does not.
    Ok(status.unwrap_or(-1))
}

/// Where what a program writes goes.
trait Sink: Send {
    /// Takes a piece; answers whether it wants more.
    fn take(&mut self, stderr: bool, data: Bytes) -> impl Future<Output = bool> + Send;
}

/// Keeps it, up to a bound.
struct Kept {
    output: Output,
    max_bytes: usize,
}

impl Sink for Kept {
    async fn take(&mut self, stderr: bool, data: Bytes) -> bool {
        let Output {
            stdout, stderr: errors, ..
        } = &mut self.output;
        let kept = if stderr { &mut *errors } else { &mut *stdout };
        kept.extend_from_slice(&data);
        stdout.len() + errors.len() <= self.max_bytes
    }
}

/// Sends it on as lines. A reader that is slow gets fewer lines, one that has gone gets none; the program runs on.
struct Sent {
    out: Lines,
    err: Lines,
    lines: mpsc::Sender<Line>,
    left_out: u64,
}

impl Sink for Sent {
    async fn take(&mut self, stderr: bool, data: Bytes) -> bool {
        let splitter = if stderr { &mut self.err } else { &mut self.out };
        for line in splitter.feed(&data) {
            self.send(line).await;
        }
        true
    }
}

impl Sent {
    async fn send(&mut self, line: Line) {
        if self.left_out > 0 && self.lines.capacity() > 1 {
            self.tell_left_out().await;
        }
        let sent = match self.left_out {
            0 => self
                .lines
                .send_timeout(line, PATIENCE)
                .await
                .map_err(|e| matches!(e, mpsc::error::SendTimeoutError::Timeout(_))),
            _ => self
                .lines
                .try_send(line)
                .map_err(|e| matches!(e, mpsc::error::TrySendError::Full(_))),
        };
        self.left_out += u64::from(sent == Err(true));
    }

    async fn tell_left_out(&mut self) {
        if self.left_out == 0 {
            return;
        }
        let note = Line {
            stderr: true,
            text: format!(
                "[{} lines left out: they came faster than they were read]",
                self.left_out
            ),
        };
        if self.lines.send_timeout(note, PATIENCE).await.is_ok() {
            self.left_out = 0;
        }
    }
}

/// One program on its way.
struct Run<'a, T: Transport> {
    transport: &'a Arc<T>,
    sudo: bool,
    attempt: &'a str,
    limit: Duration,
    /// Ends the program unless it ended by itself.
    ender: Ender<T>,
}

impl<'a, T: Transport> Run<'a, T> {
    fn new(transport: &'a Arc<T>, sudo: bool, attempt: &'a str, limit: Duration) -> Self {
        let ender = Ender {
            transport: Arc::clone(transport),
            sudo,
            process: None,
        };
        Self {
            transport,
            sudo,
            attempt,
            limit,
            ender,
        }
    }

    /// Runs it to its end, handing on what it writes; none when `sink` says stop.
    async fn drive(&mut self, exec: Exec, sink: &mut impl Sink) -> Result<Option<i32>, SessionError> {
        let limit = self.limit;
        match timeout(limit, self.until_it_ends(exec, sink)).await {
            Ok(result) => result,
            Err(_) => Err(SessionError::TimedOut {
                machine: self.transport.machine().to_owned(),
                attempt: self.attempt.to_owned(),
                limit_secs: limit.as_secs(),
            }),
        }
    }

    async fn until_it_ends(&mut self, exec: Exec, sink: &mut impl Sink) -> Result<Option<i32>, SessionError> {
        let argv = envelope::wrap(self.sudo, self.limit, exec.argv);
        let Running { mut stdin, mut events } = self
            .transport
            .start(argv, false)
            .await
            .map_err(|e| self.start_error(e))?;
        let input = exec.stdin;
        let feeding = async move {
            // A program may end without having read its input: that it is gone then is told by its status.
            if stdin.write_all(&input).await.is_ok() {
                let _ = stdin.shutdown().await;
            }
            // A pipe ends only when it is closed.
            drop(stdin);
            pending::<()>().await;
        };
        tokio::pin!(feeding);

        let (mut out, mut err) = (envelope::Unwrapper::default(), envelope::Unwrapper::default());
        let mut status = None;
        loop {
            let next = async {
                match status {
                    None => events.next().await,
                    Some(_) => timeout(AFTER_END, events.next()).await.unwrap_or(None),
                }
            };
            let event = tokio::select! {
                event = next => event,
                () = &mut feeding => continue,
            };
            let (stderr, data) = match event {
                Some(Event::Stdout(data)) => (false, out.feed(data)),
                Some(Event::Stderr(data)) => (true, err.feed(data)),
                Some(Event::Ended(ended)) => {
                    self.ender.process = None;
                    status = Some(ended);
                    continue;
                }
                None => break,
            };
            if status.is_none() && self.ender.process.is_none() {
                self.ender.process = out.process().or(err.process());
            }
            if !data.is_empty() && !sink.take(stderr, data).await {
                return Ok(None);
            }
        }
        let Some(status) = status else {
            return Err(self.lost());
        };
        self.ender.process = None;
        if out.process().is_none() && err.process().is_none() {
            if self.sudo {
                return Err(self.no_sudo(err.noise()));
            }
            // The wrapper did not start: what the shell said about it is the answer.
            sink.take(false, Bytes::copy_from_slice(out.noise())).await;
            sink.take(true, Bytes::copy_from_slice(err.noise())).await;
        }
        Ok(Some(status))
    }

    fn start_error(&self, error: StartError) -> SessionError {
        match error {
            StartError::Lost => self.lost(),
            StartError::Failed(reason) => SessionError::Failed {
                machine: self.transport.machine().to_owned(),
                attempt: self.attempt.to_owned(),
                reason,
            },
        }
    }

    fn lost(&self) -> SessionError {
        SessionError::Lost {
            machine: self.transport.machine().to_owned(),
            attempt: self.attempt.to_owned(),
        }
    }

    fn no_sudo(&self, said: &[u8]) -> SessionError {
        let said = String::from_utf8_lossy(said);
        let said = said.lines().map(str::trim).find(|line| !line.is_empty());
        let said: String = said.unwrap_or("sudo did not run it").chars().take(200).collect();
        let user = self.transport.user();
        let machine = self.transport.machine().to_owned();
        SessionError::Refused {
            attempt: self.attempt.to_owned(),
            fault: Fault::new(Cause::NoSudo, format!("user {user} on {machine}: {said}")),
            machine,
        }
    }
}

/// Ends a program that is still running when it is dropped: its time is over, it said too much, or nobody waits for it.
struct Ender<T: Transport> {
    transport: Arc<T>,
    sudo: bool,
    process: Option<u32>,
}

impl<T: Transport> Drop for Ender<T> {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (transport, sudo) = (Arc::clone(&self.transport), self.sudo);
        runtime.spawn(async move {
            let ending = async {
                let running = transport.start(envelope::kill(sudo, process), true).await.ok()?;
                running.events.collect::<Vec<_>>().await;
                Some(())
            };
            if !matches!(timeout(Duration::from_secs(10), ending).await, Ok(Some(()))) {
                // The connection is gone; the limit that it was started with ends it.
                tracing::debug!(machine = transport.machine(), process, "a program could not be ended");
            }
        });
    }
}
