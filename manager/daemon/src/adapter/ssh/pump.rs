//! Keeps a slow reader of one channel from holding up the whole connection.
//!
//! russh reads all channels of a connection in one loop, which waits when a channel's buffer is full. A
//! pump reads each socket's channel at once into a bounded pipe; who does not empty it in time loses
//! that stream, and nobody else does.

use super::open_channel::OpenChannel;
use bytes::Bytes;
use russh::{ChannelMsg, ChannelReadHalf};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex},
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

/// How much may lie unread in the pipe.
const PIPE: usize = 256 << 10;

/// How long a reader may leave the pipe full.
const PATIENCE: Duration = Duration::from_secs(5);

/// A channel as a stream that is read at once. The channel is closed when this is dropped.
pub(super) struct Pumped {
    pipe: DuplexStream,
    to_machine: Box<dyn AsyncWrite + Send + Unpin>,
    _channel: Arc<OpenChannel>,
    _pump: AbortOnDropHandle<()>,
}

impl Pumped {
    /// Begins to read the channel.
    pub(super) fn new(read: ChannelReadHalf, channel: OpenChannel) -> Self {
        let channel = Arc::new(channel);
        let (pipe, far) = duplex(PIPE);
        Self {
            pipe,
            to_machine: channel.writer(),
            _pump: AbortOnDropHandle::new(tokio::spawn(pump(read, far, Arc::clone(&channel)))),
            _channel: channel,
        }
    }
}

/// Ends, and with it the reader's stream, when the machine says so or when the reader takes too long.
async fn pump(mut read: ChannelReadHalf, mut into: DuplexStream, channel: Arc<OpenChannel>) {
    while let Some(message) = read.wait().await {
        match message {
            ChannelMsg::Data { data } if hand_on(&mut into, &data).await => {}
            ChannelMsg::Data { .. } => {
                channel.close();
                return;
            }
            ChannelMsg::Eof | ChannelMsg::Close => return,
            _ => {}
        }
    }
}

async fn hand_on(into: &mut DuplexStream, data: &Bytes) -> bool {
    match timeout(PATIENCE, into.write_all(data)).await {
        Ok(result) => result.is_ok(),
        Err(_) => {
            let secs = PATIENCE.as_secs();
            tracing::warn!(secs, "a stream from a node was not read for too long and was ended");
            false
        }
    }
}

impl AsyncRead for Pumped {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_read(cx, buf)
    }
}

impl AsyncWrite for Pumped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.to_machine).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.to_machine).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.to_machine).poll_shutdown(cx)
    }
}
