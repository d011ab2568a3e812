//! Programs and sockets over one SSH connection (RFC 4254).

use super::{handler::HostKeyCheck, open_channel::OpenChannel, pump::Pumped};
use crate::{
    adapter::shell::{ConnectError, Event, Running, StartError, Transport, command_line},
    port::session::Duplex,
};
use async_trait::async_trait;
use futures::{StreamExt, stream};
use russh::{
    Channel, ChannelMsg, ChannelReadHalf, Disconnect, Sig,
    client::{Handle, Msg},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::sleep};

/// How many programs run at the same time; the others wait for their turn. OpenSSH allows 10 unless told
/// otherwise (`MaxSessions`); what ends programs must still get through.
const PROGRAMS: usize = 8;

/// How long to wait before asking again a server that allows fewer.
const AGAIN: Duration = Duration::from_millis(100);

/// How often to ask again when no other program of ours runs.
const TRIES_ALONE: u32 = 10;

/// The number of the stream on which standard error comes (`SSH_EXTENDED_DATA_STDERR`, RFC 4254, section 5.2).
const STDERR: u32 = 1;

/// One SSH connection.
pub(super) struct SshTransport {
    handle: Handle<HostKeyCheck>,
    machine: String,
    user: String,
    turns: Arc<Semaphore>,
}

impl SshTransport {
    /// Takes over a connection that is logged in.
    pub(super) fn new(handle: Handle<HostKeyCheck>, machine: String, user: String) -> Self {
        Self {
            handle,
            machine,
            user,
            turns: Arc::new(Semaphore::new(PROGRAMS)),
        }
    }

    /// Opens a channel for a program, waiting while the server has its hands full with our other programs.
    async fn channel(&self) -> Result<Channel<Msg>, StartError> {
        let mut tries_alone = 0;
        loop {
            match self.handle.channel_open_session().await {
                Ok(channel) => return Ok(channel),
                Err(russh::Error::ChannelOpenFailure(reason)) => {
                    // A program of ours that has just ended may still be counted by the server.
                    let alone = self.turns.available_permits() + 1 >= PROGRAMS;
                    tries_alone += u32::from(alone);
                    if tries_alone > TRIES_ALONE {
                        return Err(StartError::Failed(format!(
                            "the SSH server opens no session ({reason:?}); look at MaxSessions in its configuration"
                        )));
                    }
                    sleep(AGAIN).await;
                }
                Err(_) => return Err(StartError::Lost),
            }
        }
    }
}

#[async_trait]
impl Transport for SshTransport {
    fn machine(&self) -> &str {
        &self.machine
    }

    fn user(&self) -> &str {
        &self.user
    }

    async fn start(&self, argv: Vec<String>, urgent: bool) -> Result<Running, StartError> {
        let command = command_line(&argv).map_err(|error| StartError::Failed(error.to_string()))?;
        let turn = match urgent {
            true => None,
            false => Arc::clone(&self.turns).acquire_owned().await.ok(),
        };
        let (mut read, write) = self.channel().await?.split();
        let channel = OpenChannel::new(write, turn);
        channel.run(command).await.map_err(|_| StartError::Lost)?;
        loop {
            match read.wait().await {
                Some(ChannelMsg::Success) => break,
                Some(ChannelMsg::Failure) => {
                    let reason = "the SSH server does not let this user run programs";
                    return Err(StartError::Failed(reason.to_owned()));
                }
                Some(_) => {}
                None => return Err(StartError::Lost),
            }
        }
        Ok(Running {
            stdin: channel.writer(),
            events: stream::unfold((read, channel), next_event).boxed(),
        })
    }

    async fn connect(&self, path: &str) -> Result<Box<dyn Duplex>, ConnectError> {
        match self.handle.channel_open_direct_streamlocal(path).await {
            Ok(channel) => {
                let (read, write) = channel.split();
                Ok(Box::new(Pumped::new(read, OpenChannel::new(write, None))))
            }
            Err(russh::Error::ChannelOpenFailure(_)) => Err(ConnectError::Refused),
            Err(_) => Err(ConnectError::Lost),
        }
    }

    fn is_open(&self) -> bool {
        !self.handle.is_closed()
    }

    async fn close(&self) {
        // When it cannot be said any more, the connection is closed already.
        let _ = self.handle.disconnect(Disconnect::ByApplication, "done", "en").await;
    }
}

/// The next thing that a program did; what is no concern of ours is passed over.
async fn next_event(
    (mut read, channel): (ChannelReadHalf, OpenChannel),
) -> Option<(Event, (ChannelReadHalf, OpenChannel))> {
    loop {
        let Some(message) = read.wait().await else {
            channel.was_closed();
            return None;
        };
        let event = match message {
            ChannelMsg::Data { data } => Event::Stdout(data),
            ChannelMsg::ExtendedData { data, ext: STDERR } => Event::Stderr(data),
            ChannelMsg::ExitStatus { exit_status } => Event::Ended(i32::try_from(exit_status).unwrap_or(i32::MAX)),
            ChannelMsg::ExitSignal { signal_name, .. } => Event::Ended(128 + number(&signal_name)),
            ChannelMsg::Close => {
                channel.was_closed();
                return None;
            }
            _ => continue,
        };
        return Some((event, (read, channel)));
    }
}

/// The number that Linux gives to a signal (signal(7)); 0 for one without a fixed number.
fn number(signal: &Sig) -> i32 {
    match signal {
        Sig::HUP => 1,
        Sig::INT => 2,
        Sig::QUIT => 3,
        Sig::ILL => 4,
        Sig::ABRT => 6,
        Sig::FPE => 8,
        Sig::KILL => 9,
        Sig::USR1 => 10,
        Sig::SEGV => 11,
        Sig::PIPE => 13,
        Sig::ALRM => 14,
        Sig::TERM => 15,
        Sig::Custom(_) => 0,
    }
}
