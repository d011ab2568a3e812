//! A TCP proxy that can stop forwarding without closing anything: what a cut line looks like.

use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::AbortHandle,
};

/// A proxy on loopback.
pub(crate) struct Proxy {
    /// Its port.
    pub(crate) port: u16,
    cut: Arc<watch::Sender<bool>>,
    accepting: AbortHandle,
}

impl Proxy {
    /// Forwards to `to`.
    pub(crate) async fn start(to: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(watch::Sender::new(false));
        let watched = Arc::clone(&cut);
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&to).await else {
                    continue;
                };
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                tokio::spawn(forward(near_read, far_write, watched.subscribe()));
                tokio::spawn(forward(far_read, near_write, watched.subscribe()));
            }
        })
        .abort_handle();
        Self { port, cut, accepting }
    }

    /// Lets nothing through any more.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut cut: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        if *cut.borrow_and_update() {
            // Nothing is read any more, and nothing is closed, until the proxy goes away.
            if cut.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            read = from.read(&mut buffer) => match read {
                Ok(n @ 1..) if to.write_all(&buffer[..n]).await.is_ok() => {}
                _ => return,
            },
            changed = cut.changed() => if changed.is_err() { return },
        }
    }
}
