//! Answers that are sent line by line as they come: logs.

use crate::{
    engine::{self, Error},
    web::problem::Problem,
};
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt as _, stream};
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// How many lines wait for a client that reads slowly; then who writes them waits.
const AHEAD: usize = 256;
/// How long it is waited for the first line, so that a failure before it is still a problem and not half an answer.
const FIRST: Duration = Duration::from_secs(2);

/// Answers with what `read` sends, each item as `line` says, until it ends or the client goes.
///
/// # Errors
/// What `read` answers before its first line.
pub(super) async fn answer<T, R>(
    content_type: &'static str,
    line: fn(&T) -> String,
    read: impl FnOnce(mpsc::Sender<T>) -> R,
) -> Result<Response, Problem>
where
    T: Send + 'static,
    R: Future<Output = engine::Result<()>> + Send + 'static,
{
    let (sender, mut lines) = mpsc::channel(AHEAD);
    let mut reading = tokio::spawn(read(sender));
    let first = tokio::select! {
        biased;
        first = lines.recv() => first,
        () = tokio::time::sleep(FIRST) => None,
    };
    if first.is_none() && lines.is_closed() {
        match (&mut reading).await {
            Ok(done) => done?,
            Err(error) => return Err(Error::internal("reading logs", error).into()),
        }
    }
    let text = stream::iter(first)
        .chain(ReceiverStream::new(lines))
        .map(move |item| Ok::<_, Infallible>(line(&item)));
    Ok(([(header::CONTENT_TYPE, content_type)], Body::from_stream(text)).into_response())
}
