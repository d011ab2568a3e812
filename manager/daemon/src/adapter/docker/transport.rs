//! HTTP over streams that a session opens to the engine's socket.

use crate::port::session::{Duplex, Session, SessionError};
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tower_service::Service;

/// How long an unused stream is kept for the next request.
const IDLE: Duration = Duration::from_secs(30);
/// How many of them are kept.
const MAX_IDLE: usize = 4;

/// Opens a stream for each connection that the HTTP client wants.
#[derive(Clone)]
pub(super) struct SocketConnector {
    session: Arc<dyn Session>,
    socket: Arc<str>,
}

impl SocketConnector {
    /// An HTTP client that reaches nothing but this socket, whatever the address of a request.
    pub(super) fn client<B>(session: Arc<dyn Session>, socket: &str) -> Client<Self, B>
    where
        B: hyper::body::Body + Send,
        B::Data: Send,
    {
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MAX_IDLE)
            .build(Self {
                session,
                socket: socket.into(),
            })
    }
}

impl Service<Uri> for SocketConnector {
    type Response = SocketStream;
    type Error = SessionError;
    type Future = Pin<Box<dyn Future<Output = Result<SocketStream, SessionError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { session, socket } = self.clone();
        Box::pin(async move { Ok(SocketStream(TokioIo::new(session.socket(&socket).await?))) })
    }
}

/// A stream to the engine's socket.
pub(super) struct SocketStream(TokioIo<Box<dyn Duplex>>);

impl Connection for SocketStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for SocketStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for SocketStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
