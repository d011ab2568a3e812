//! `/events`: the events as server-sent events.

use super::Ending;
use crate::{
    engine::events::Events,
    web::{Services, parse, problem::Problem, security::AsViewer},
};
use axum::{
    Extension,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::sse::{Event as Message, KeepAlive, Sse},
};
use futures::{Stream, StreamExt as _, future, stream};
use hearth_model::event::{Channel, Event};
use serde::Deserialize;
use std::{collections::HashSet, convert::Infallible, time::Duration};
use tokio_stream::wrappers::BroadcastStream;

/// How often something is sent when nothing happens, so that proxies and browsers see the connection stand.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Which channels, of `?channels=jobs,nodes`; all without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channels(Option<HashSet<Channel>>);

impl Channels {
    /// Just these.
    #[must_use]
    pub fn of(channels: impl IntoIterator<Item = Channel>) -> Self {
        Self(Some(channels.into_iter().collect()))
    }

    /// Whether an event is of one of them.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        self.0.as_ref().is_none_or(|channels| channels.contains(&channel))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    channels: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Channels {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query: Query = parse::form(parts.uri.query().unwrap_or_default())?;
        let Some(names) = query.channels else {
            return Ok(Self(None));
        };
        let channels = names.split(',').map(|name| {
            serde_json::from_value(name.trim().into())
                .map_err(|_| Problem::field("/channels", format!("there is no channel {name:?}")))
        });
        channels.collect::<Result<_, _>>().map(|channels| Self(Some(channels)))
    }
}

/// A stream of events of some channels, each made into a message by `show` (none: not sent). It ends with the manager, and when the
/// client was too slow and missed some: a browser then connects anew, and the page loads the present state.
pub fn sse<F>(
    events: &Events,
    channels: Channels,
    ending: Ending,
    mut show: F,
) -> Sse<impl Stream<Item = Result<Message, Infallible>> + Send + use<F>>
where
    F: FnMut(Event) -> Option<Message> + Send + 'static,
{
    // Said at once: the browser then knows that it is connected, and how soon to try again if it is not.
    let hello = Message::default().comment("connected").retry(Duration::from_secs(2));
    let happens = BroadcastStream::new(events.watch())
        .take_while(|event| future::ready(event.is_ok()))
        .filter_map(|event| future::ready(event.ok()))
        .filter(move |event| future::ready(channels.has(event.channel)))
        .filter_map(move |event| future::ready(show(event)));
    let stream = stream::once(future::ready(hello))
        .chain(happens)
        .take_until(ending.0.cancelled_owned())
        .map(Ok);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// `GET /events?channels=jobs,nodes`: each event as JSON.
pub async fn get(
    _: AsViewer,
    State(services): State<Services>,
    channels: Channels,
    ending: Option<Extension<Ending>>,
) -> Sse<impl Stream<Item = Result<Message, Infallible>> + Send + 'static> {
    let ending = ending.map_or_else(Ending::default, |Extension(ending)| ending);
    sse(&services.events, channels, ending, |event| {
        Message::default().id(event.seq.to_string()).json_data(event).ok()
    })
}
