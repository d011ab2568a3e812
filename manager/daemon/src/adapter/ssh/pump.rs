//! Keeps a slow reader of one channel from holding up the whole connection.
//!
//! russh reads all channels of a connection in one loop, which waits when a channel's buffer is full. A
//! pump reads each socket's channel at once into a bounded pipe; who does not empty it in time loses
//! that stream, and nobody else does.

use russh::{ChannelStream, client::Msg};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{
        AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, ReadHalf, WriteHalf, duplex, split,
    },
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

/// How much may lie unread in the pipe.
const PIPE: usize = 256 << 10;

/// How long a reader may leave the pipe full.
const PATIENCE: Duration = Duration::from_secs(5);

/// A channel's stream that is read at once. The channel is closed when this is dropped.
pub(super) struct Pumped {
    pipe: DuplexStream,
    to_machine: WriteHalf<ChannelStream<Msg>>,
    _pump: AbortOnDropHandle<()>,
}

impl Pumped {
    /// Begins to read `stream`.
    pub(super) fn new(stream: ChannelStream<Msg>) -> Self {
        let (from_machine, to_machine) = split(stream);
        let (pipe, far) = duplex(PIPE);
        Self {
            pipe,
            to_machine,
            _pump: AbortOnDropHandle::new(tokio::spawn(pump(from_machine, far))),
        }
    }
}

async fn pump(mut from: ReadHalf<ChannelStream<Msg>>, mut into: DuplexStream) {
    let mut buffer = vec![0; 32 << 10];
    // An error is the channel's end as well: the reader sees the stream end.
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        match timeout(PATIENCE, into.write_all(&buffer[..n])).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                tracing::warn!(
                    "a stream from a node was not read for {} s and was ended",
                    PATIENCE.as_secs()
                );
                return;
            }
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
