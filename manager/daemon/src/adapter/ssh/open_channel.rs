//! A channel that is closed when nobody holds it any more: russh leaves that to us.

use russh::{ChannelWriteHalf, client::Msg};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{io::AsyncWrite, sync::OwnedSemaphorePermit};

/// An open channel, and the turn that it takes up while it is open.
pub(super) struct OpenChannel {
    write: Arc<ChannelWriteHalf<Msg>>,
    closed: AtomicBool,
    _turn: Option<OwnedSemaphorePermit>,
}

impl OpenChannel {
    /// Takes care of a channel.
    pub(super) fn new(write: ChannelWriteHalf<Msg>, turn: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            write: Arc::new(write),
            closed: AtomicBool::new(false),
            _turn: turn,
        }
    }

    /// Asks for a program to be run.
    pub(super) async fn run(&self, command: String) -> Result<(), russh::Error> {
        self.write.exec(true, command).await
    }

    /// What is written here goes to the other side.
    pub(super) fn writer(&self) -> Box<dyn AsyncWrite + Send + Unpin> {
        Box::new(self.write.make_writer())
    }

    /// Notes that the other side has closed it.
    pub(super) fn was_closed(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Closes it, once.
    pub(super) fn close(&self) {
        if self.closed.swap(true, Ordering::Relaxed) {
            return;
        }
        let write = Arc::clone(&self.write);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // An error means that the connection is closed, and the channel with it.
            runtime.spawn(async move { write.close().await });
        }
    }
}

impl Drop for OpenChannel {
    fn drop(&mut self) {
        self.close();
    }
}
