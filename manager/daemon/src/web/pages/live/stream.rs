//! A stream of parts: its life, its pauses, and what ends it.

use crate::{
    engine,
    web::{Services, events::Ending, problem::Problem},
};
use axum::{
    extract::FromRequestParts,
    http::request::Parts as RequestParts,
    response::{
        Sse,
        sse::{Event as Message, KeepAlive, KeepAliveStream},
    },
};
use hearth_model::event::Event;
use maud::Markup;
use std::{convert::Infallible, time::Duration};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    time::{Instant, sleep, sleep_until},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

/// How long a stream lasts.
pub(super) const LIFE: Duration = Duration::from_secs(300);
/// Least time between two renderings of a part, so that a burst of events is one.
pub(super) const PAUSE: Duration = Duration::from_millis(300);
/// The same for parts that add up the whole homelab.
pub(super) const LONG_PAUSE: Duration = Duration::from_secs(3);
/// A part is rendered at least this often while something is shown as going on, for its "since 12 s".
const TICK: Duration = Duration::from_secs(5);

/// What a stream is made of.
pub(super) type Parts = KeepAliveStream<ReceiverStream<Result<Message, Infallible>>>;
/// A stream, or why there is none.
pub(super) type Reply = Result<Sse<Parts>, Problem>;

/// What a stream is made from: the services, and what tells that the manager ends.
pub(super) struct Watch {
    pub(super) services: Services,
    pub(super) ending: CancellationToken,
}

impl FromRequestParts<Services> for Watch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut RequestParts, services: &Services) -> Result<Self, Infallible> {
        let ending = parts.extensions.get::<Ending>().cloned().unwrap_or_default().0;
        Ok(Self {
            services: services.clone(),
            ending,
        })
    }
}

pub(super) fn message(markup: &Markup) -> Message {
    // A carriage return would end a line of the stream (HTML standard, server-sent events).
    Message::default().data(markup.0.replace('\r', ""))
}

pub(super) fn reply(receiver: mpsc::Receiver<Result<Message, Infallible>>) -> Sse<Parts> {
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Renders a part at once, and again after each event that concerns it. `render` gets what it answered the last time
/// and says whether something is shown as going on.
pub(super) fn follow<S, W, R, F>(watch: &Watch, pause: Duration, concerns: W, begin: S, render: R) -> Sse<Parts>
where
    S: Send + 'static,
    W: Fn(&Event) -> bool + Send + Sync + 'static,
    R: Fn(S) -> F + Send + Sync + 'static,
    F: Future<Output = engine::Result<(S, Markup, bool)>> + Send,
{
    // Watched before the first rendering, so that nothing that happens in between is missed.
    let mut events = watch.services.events.watch();
    let ending = watch.ending.clone();
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        let end = Instant::now() + LIFE;
        let mut state = begin;
        loop {
            let (next, part, busy) = match render(state).await {
                Ok(answer) => answer,
                Err(error) => {
                    tracing::debug!(%error, "a live part could not be rendered");
                    return;
                }
            };
            state = next;
            if sender.send(Ok(message(&part))).await.is_err() {
                return;
            }
            let tick = Instant::now() + TICK;
            let heard = async {
                loop {
                    match events.recv().await {
                        Ok(event) if concerns(&event) => return true,
                        Ok(_) => {}
                        // What was missed may have concerned this part.
                        Err(RecvError::Lagged(_)) => return true,
                        Err(RecvError::Closed) => return false,
                    }
                }
            };
            tokio::select! {
                () = sender.closed() => return,
                () = sleep_until(end) => return,
                () = ending.cancelled() => return,
                () = sleep_until(tick), if busy => {}
                heard = heard => if !heard { return },
            }
            sleep(pause).await;
        }
    });
    reply(receiver)
}
