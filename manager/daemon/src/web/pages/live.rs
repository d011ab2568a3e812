//! Parts of pages that are kept up to date by server-sent events.
//!
//! Every stream begins with the whole part, so that a connection that was lost misses nothing, and ends after a few
//! minutes: the browser opens it anew, and whoever has logged out meanwhile is refused.

use super::{
    activity,
    apps::detail,
    components::{appended, code::job_lines, partial},
    form::Fields,
    frame::Frame,
    home, incidents, jobs,
    nodes::{adopt, detail as node_detail, discover, list as node_list},
    setup::boot,
};
use crate::{
    engine,
    port::containers::LogEntry,
    web::{Services, events::Ending, problem::Problem},
};
use axum::{
    Router,
    extract::{FromRequestParts, Path, Query},
    http::request::Parts as RequestParts,
    response::{
        Sse,
        sse::{Event as Message, KeepAlive, KeepAliveStream},
    },
    routing::get,
};
use hearth_model::event::{Channel, Event};
use maud::{Markup, html};
use std::{convert::Infallible, time::Duration};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    time::{Instant, sleep, sleep_until, timeout_at},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

/// How long a stream lasts.
const LIFE: Duration = Duration::from_secs(300);
/// Least time between two renderings of a part, so that a burst of events is one.
const PAUSE: Duration = Duration::from_millis(300);
/// The same for parts that add up the whole homelab.
const LONG_PAUSE: Duration = Duration::from_secs(3);
/// A part is rendered at least this often while something is shown as going on, for its "since 12 s".
const TICK: Duration = Duration::from_secs(5);
/// Lines of each container that a log begins with.
const TAIL: u32 = 200;
/// Lines that are sent at once.
const BATCH: usize = 200;

type Parts = KeepAliveStream<ReceiverStream<Result<Message, Infallible>>>;
type Reply = Result<Sse<Parts>, Problem>;

/// What a stream is made from: the services, and what tells that the manager ends.
struct Watch {
    services: Services,
    ending: CancellationToken,
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

/// The routes below `/live`.
pub fn router() -> Router<Services> {
    Router::new()
        .route("/live/boot", get(boot_checks))
        .route("/live/home", get(home_part))
        .route("/live/incidents", get(incidents_part))
        .route("/live/jobs/{job}", get(job))
        .route("/live/adoptions", get(adoptions))
        .route("/live/discover/{job}", get(search))
        .route("/live/activity", get(activity_part))
        .route("/live/nodes", get(nodes))
        .route("/live/nodes/{node}", get(node))
        .route("/live/apps/{app}", get(app))
        .route("/live/apps/{app}/logs", get(logs))
}

fn message(markup: &Markup) -> Message {
    // A carriage return would end a line of the stream (HTML standard, server-sent events).
    Message::default().data(markup.0.replace('\r', ""))
}

fn reply(receiver: mpsc::Receiver<Result<Message, Infallible>>) -> Sse<Parts> {
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Renders a part at once, and again after each event that concerns it. `render` gets what it answered the last time
/// and says whether something is shown as going on.
fn follow<S, W, R, F>(watch: &Watch, pause: Duration, concerns: W, begin: S, render: R) -> Sse<Parts>
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

/// Whether an event names this subject.
fn names(event: &Event, kind: &str, keys: &[String]) -> bool {
    event
        .data
        .get(kind)
        .and_then(|value| value.as_str())
        .is_some_and(|value| keys.iter().any(|key| key == value))
}

fn is_on(event: &Event, channels: &[Channel]) -> bool {
    channels.contains(&event.channel)
}

/// The frame as it is now: only the time goes on.
fn at_present(frame: &Frame, services: &Services) -> Frame {
    Frame {
        now: services.boot.now(),
        ..frame.clone()
    }
}

async fn boot_checks(watch: Watch) -> Reply {
    if watch.services.setup.state().await?.set_up {
        return Err(engine::Error::not_found("page", "/live/boot").into());
    }
    let reading = watch.services.clone();
    Ok(follow(
        &watch,
        PAUSE,
        |_| false,
        (),
        move |()| {
            let services = reading.clone();
            async move { Ok(((), partial("boot", &boot::list(&services.boot.checks().await)), true)) }
        },
    ))
}

async fn home_part(frame: Frame, watch: Watch) -> Reply {
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Nodes, Channel::Apps, Channel::Incidents]);
    Ok(follow(&watch, LONG_PAUSE, concerns, (), move |()| {
        let (services, frame) = (reading.clone(), at_present(&frame, &reading));
        async move {
            let data = home::Data::read(&services).await?;
            Ok(((), partial("home", &home::content(&frame, &data)), false))
        }
    }))
}

async fn incidents_part(frame: Frame, watch: Watch, Query(query): Query<Fields>) -> Reply {
    let wish = incidents::Wish::of(&query);
    // A cursor that is none is told at once, not by a stream that ends.
    wish.read(&watch.services).await?;
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Incidents]);
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame, wish) = (reading.clone(), at_present(&frame, &reading), wish.clone());
        async move {
            let page = wish.read(&services).await?;
            Ok(((), partial("incidents", &incidents::rest(&frame, &page, &wish)), false))
        }
    }))
}

async fn job(frame: Frame, watch: Watch, Path(id): Path<String>) -> Reply {
    let id = jobs::parse_id(&id)?;
    watch.services.jobs.get(id).await?;
    let reading = watch.services.clone();
    let key = [id.to_string()];
    let concerns = move |event: &Event| is_on(event, &[Channel::Jobs]) && names(event, "job", &key);
    Ok(follow(&watch, PAUSE, concerns, None, move |seen: Option<u64>| {
        let (services, frame) = (reading.clone(), at_present(&frame, &reading));
        async move {
            let job = services.jobs.get(id).await?;
            let app = jobs::app_of(&services, &job).await?;
            let results = services.jobs.results(id).await?;
            let lines = services.jobs.log(id, seen.unwrap_or(0)).await?;
            let last = lines.last().map_or(seen.unwrap_or(0), |line| line.seq);
            let shown = job_lines(&lines, &frame.zone);
            let part = html! {
                (partial("job", &jobs::state(&frame, &job, app.as_ref(), &results)))
                @if seen.is_none() { (partial("job-log", &shown)) } @else if !lines.is_empty() { (appended("job-log", &shown)) }
            };
            Ok((Some(last), part, !job.state.is_final()))
        }
    }))
}

async fn adoptions(frame: Frame, watch: Watch) -> Reply {
    let reading = watch.services.clone();
    Ok(follow(
        &watch,
        PAUSE,
        |event: &Event| is_on(event, &[Channel::Jobs]),
        (),
        move |()| {
            let (services, frame) = (reading.clone(), at_present(&frame, &reading));
            async move {
                let jobs = adopt::recent(&services).await?;
                let busy = jobs.iter().any(|job| !job.state.is_final());
                Ok(((), partial("adoptions", &adopt::adoptions(&frame, &jobs)), busy))
            }
        },
    ))
}

async fn search(frame: Frame, watch: Watch, Path(id): Path<String>, Query(query): Query<Fields>) -> Reply {
    let id = jobs::parse_id(&id)?;
    let wizard = query.ticked("wizard");
    watch.services.jobs.get(id).await?;
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Jobs, Channel::Nodes]) && event.event != "stats";
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame) = (reading.clone(), at_present(&frame, &reading));
        async move {
            let search = discover::Search::read(&services, id).await?;
            let busy = !search.job.state.is_final();
            Ok(((), partial("found", &discover::found(&frame, &search, wizard)), busy))
        }
    }))
}

async fn activity_part(frame: Frame, watch: Watch, Query(query): Query<Fields>) -> Reply {
    let wish = activity::Wish::of(&query);
    // A cursor that is none is told at once, not by a stream that ends.
    wish.read(&watch.services).await?;
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Jobs]);
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame, wish) = (reading.clone(), at_present(&frame, &reading), wish.clone());
        async move {
            let page = wish.read(&services).await?;
            let busy = page.items.iter().any(|job| !job.state.is_final());
            Ok(((), partial("jobs", &activity::rest(&frame, &page, &wish)), busy))
        }
    }))
}

async fn nodes(frame: Frame, watch: Watch, Query(query): Query<Fields>) -> Reply {
    let wish = node_list::Wish::of(&query);
    let reading = watch.services.clone();
    let concerns = |event: &Event| is_on(event, &[Channel::Nodes]);
    Ok(follow(&watch, LONG_PAUSE, concerns, (), move |()| {
        let (services, frame, wish) = (reading.clone(), at_present(&frame, &reading), wish.clone());
        async move {
            let data = node_list::Data::read(&services, wish)?;
            Ok(((), partial("nodes", &node_list::rest(&frame, &data)), false))
        }
    }))
}

async fn node(frame: Frame, watch: Watch, Path(key): Path<String>, Query(query): Query<Fields>) -> Reply {
    let found = watch.services.nodes.get(&key).await?;
    let keys = [found.id.to_string(), found.name.to_string()];
    let word = node_detail::range(query.text("range")).0;
    let reading = watch.services.clone();
    let concerns = move |event: &Event| is_on(event, &[Channel::Nodes, Channel::Apps]) && names(event, "node", &keys);
    let id = found.id.to_string();
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, frame, id) = (reading.clone(), at_present(&frame, &reading), id.clone());
        async move {
            let data = node_detail::Data::read(&services, &id, word).await?;
            Ok(((), partial("node", &node_detail::state(&frame, &data)), false))
        }
    }))
}

async fn app(_: Frame, watch: Watch, Path(key): Path<String>) -> Reply {
    let found = watch.services.apps.get(&key).await?;
    let keys = [found.id.to_string(), found.slug.to_string()];
    let reading = watch.services.clone();
    let concerns = move |event: &Event| is_on(event, &[Channel::Apps]) && names(event, "app", &keys);
    let id = found.id.to_string();
    Ok(follow(&watch, PAUSE, concerns, (), move |()| {
        let (services, id) = (reading.clone(), id.clone());
        async move {
            let situation = detail::Situation::read(&services, &id).await?;
            Ok(((), partial("app-state", &detail::state(&situation)), true))
        }
    }))
}

/// An app's log: what there is first, then what comes.
async fn logs(_: Frame, watch: Watch, Path(key): Path<String>) -> Reply {
    watch.services.apps.get(&key).await?;
    let (lines, incoming) = mpsc::channel(1_024);
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        tokio::select! {
            () = send_lines(&sender, incoming) => {}
            () = watch.ending.cancelled() => {}
            answer = watch.services.apps.logs(&key, TAIL, true, lines) => {
                if let Err(error) = answer {
                    let text = html! { span class="line err" { (error.to_string()) } };
                    // A browser that has gone needs no message.
                    let _ = sender.send(Ok(message(&appended("app-log", &text)))).await;
                }
            }
        }
    });
    Ok(reply(receiver))
}

async fn send_lines(sender: &mpsc::Sender<Result<Message, Infallible>>, mut incoming: mpsc::Receiver<LogEntry>) {
    let end = Instant::now() + LIFE;
    let mut first = true;
    loop {
        let mut batch = Vec::new();
        let came = tokio::select! {
            () = sender.closed() => return,
            came = timeout_at(end, incoming.recv_many(&mut batch, BATCH)) => came,
        };
        if !matches!(came, Ok(1..)) {
            return;
        }
        // What comes together is sent together.
        let soon = Instant::now() + PAUSE;
        while batch.len() < BATCH {
            match timeout_at(soon, incoming.recv()).await {
                Ok(Some(line)) => batch.push(line),
                Ok(None) | Err(_) => break,
            }
        }
        let shown = log_lines(&batch);
        let part = if first {
            partial("app-log", &shown)
        } else {
            appended("app-log", &shown)
        };
        first = false;
        if sender.send(Ok(message(&part))).await.is_err() {
            return;
        }
    }
}

fn log_lines(lines: &[LogEntry]) -> Markup {
    html! {
        @for line in lines {
            span class=(if line.stderr { "line err" } else { "line" }) {
                time datetime=(line.at) { (line.at.get(11..19).unwrap_or(&line.at)) }
                span class="from" { (line.service) }
                (line.text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_is_no_markup_and_keeps_no_carriage_return() {
        let line = LogEntry {
            service: "app".into(),
            stderr: true,
            at: "2026-11-20T12:34:56.789Z".into(),
            text: "<b>50 %\r100 %</b>".into(),
        };
        let shown = log_lines(&[line]);
        assert!(
            shown.0.contains("12:34:56") && shown.0.contains("&lt;b&gt;"),
            "{}",
            shown.0
        );
        // The message itself would panic on a carriage return.
        let _ = message(&shown);
    }

    #[test]
    fn an_event_concerns_who_it_names() {
        let event = Event {
            channel: Channel::Jobs,
            event: "progress".into(),
            data: serde_json::json!({"job": "a"}),
            seq: 1,
        };
        assert!(names(&event, "job", &["a".to_owned()]));
        assert!(!names(&event, "job", &["b".to_owned()]));
        assert!(!names(&event, "app", &["a".to_owned()]));
    }
}
