//! HTTP over streams that a session opens to the engine's socket: one stream a request.
//!
//! Opening one is a round trip on the held connection. It buys that a bound on what may come in holds for
//! one request: bollard reads answers whole, and a stream's items however long, and an engine may be hostile.

use crate::port::session::{Duplex, Session, SessionError};
use bollard::{BollardRequest, Docker, errors::Error};
use http::{HeaderValue, Uri, header};
use hyper::{Response, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most that an answer may hold. A container in a list takes 2 to 4 KB.
const MAX_ANSWER: usize = 32 << 20;

/// The most that may come of a stream before it gives an item.
const MAX_ITEM: usize = 1 << 20;

/// How much may still come in.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<AtomicUsize>);

impl Budget {
    fn of(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Begins anew: an item of a stream was complete.
    pub(super) fn refill(&self) {
        self.0.store(MAX_ITEM, Ordering::Relaxed);
    }

    fn spend(&self, bytes: usize) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(bytes), Ordering::Relaxed);
        match bytes <= left {
            true => Ok(()),
            false => Err(io::Error::other("the engine answered more than is read")),
        }
    }
}

/// A client for a stream of items, and its budget, to be refilled after each.
pub(super) fn streaming(docker: &Docker) -> (Docker, Budget) {
    let budget = Budget::of(MAX_ITEM);
    let ours = budget.clone();
    let docker = docker
        .clone()
        .with_request_modifier(move |mut request: BollardRequest| {
            request.extensions_mut().insert(ours.clone());
            request
        });
    (docker, budget)
}

/// Sends a request over a stream of its own; the stream ends with the answer.
pub(super) async fn send(
    session: Arc<dyn Session>,
    socket: Arc<str>,
    mut request: BollardRequest,
) -> Result<Response<Incoming>, Error> {
    // What HTTP/1.1 wants of every request (RFC 9112, section 3.2), although only one engine is behind the socket.
    request
        .headers_mut()
        .insert(header::HOST, HeaderValue::from_static("node"));
    if let Some(path) = request.uri().path_and_query() {
        *request.uri_mut() = Uri::from(path.clone());
    }
    let budget = request.extensions().get::<Budget>().cloned();
    let stream = session.socket(&socket).await.map_err(|error| Error::IOError {
        err: io::Error::other(Unavailable(error)),
    })?;
    let metered = Metered {
        stream,
        budget: budget.unwrap_or_else(|| Budget::of(MAX_ANSWER)),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(metered)).await?;
    // Its error is the answer's error too.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// A socket that could not be had, as an I/O error.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Unavailable(SessionError);

/// Why the socket could not be had, when that is what is behind an error.
pub(super) fn unavailable(error: &Error) -> Option<&SessionError> {
    let Error::IOError { err } = error else { return None };
    let unavailable = err.get_ref()?.downcast_ref::<Unavailable>()?;
    Some(&unavailable.0)
}

/// A stream that fails when more comes in than its budget allows.
struct Metered {
    stream: Box<dyn Duplex>,
    budget: Budget,
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let answer = Pin::new(&mut self.stream).poll_read(cx, buf);
        match answer {
            Poll::Ready(Ok(())) => Poll::Ready(self.budget.spend(buf.filled().len() - before)),
            other => other,
        }
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn what_is_more_than_the_budget_is_not_read() {
        let (near, mut far) = duplex(1 << 16);
        let budget = Budget::of(10);
        let mut metered = Metered {
            stream: Box::new(near),
            budget: budget.clone(),
        };
        let mut ten = [0; 10];
        far.write_all(&[1; 10]).await.unwrap();
        metered.read_exact(&mut ten).await.unwrap();
        budget.refill();
        far.write_all(&[1; 10]).await.unwrap();
        metered.read_exact(&mut ten).await.unwrap();

        budget.0.store(3, Ordering::Relaxed);
        far.write_all(&[1; 10]).await.unwrap();
        assert!(metered.read_exact(&mut ten).await.is_err());
    }
}
