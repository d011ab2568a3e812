//! `/ws`: the events, and the logs of apps, over a WebSocket.
//!
//! A client subscribes to channels and is sent what happens. One that reads too slowly is dropped with a reason: it
//! shall not make the others wait, and it could not trust what it has anyway.

use super::Ending;
use crate::{
    port::containers::LogEntry,
    web::{
        Services,
        problem::Problem,
        security::{AsViewer, ClientAddr, Identity, is_own_origin},
    },
};
use axum::{
    Extension,
    extract::{
        State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use hearth_model::event::{Channel, Event};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc,
    },
    task::AbortHandle,
    time::{self, MissedTickBehavior},
};

/// Longest message of a client, in bytes.
const MAX_MESSAGE: usize = 16 << 10;
/// Most apps whose logs one client follows at the same time.
const MAX_LOGS: usize = 8;
/// How many log lines wait for a client; the engine then waits for it.
const LOGS_AHEAD: usize = 256;
/// How many lines of the past a log begins with.
const LOG_TAIL: u32 = 100;
/// How long a client may take to read a message.
const SEND_LIMIT: Duration = Duration::from_secs(10);
/// How often it is looked whether the client still answers and may still watch.
const CHECK: Duration = Duration::from_secs(30);

/// What a client says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    action: Action,
    channels: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Subscribe,
    Unsubscribe,
}

/// Opens the WebSocket.
pub async fn upgrade(
    _: AsViewer,
    State(services): State<Services>,
    from: ClientAddr,
    ending: Option<Extension<Ending>>,
    headers: HeaderMap,
    uri: Uri,
    socket: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    if !is_own_origin(&headers, &uri) {
        return Problem::new(StatusCode::FORBIDDEN, "this page is not of this host").into_response();
    }
    let socket = match socket {
        Ok(socket) => socket,
        Err(rejection) => {
            let status = rejection.into_response().status();
            return Problem::new(status, "open this address as a WebSocket").into_response();
        }
    };
    let ending = ending.map_or_else(Ending::default, |Extension(ending)| ending);
    socket
        .max_message_size(MAX_MESSAGE)
        .on_upgrade(move |socket| async move {
            // Subscribed before anything is said, so that nothing is missed in between.
            let events = services.events.watch();
            let (sender, logs) = mpsc::channel(LOGS_AHEAD);
            let watcher = Watcher {
                socket,
                channels: HashSet::new(),
                followed: HashMap::new(),
                log_sender: sender,
                answered: true,
                services,
                headers,
                from,
            };
            watcher.run(events, logs, ending).await;
        })
}

/// Why a client is dropped.
enum End {
    /// It went.
    Gone,
    /// With a code (RFC 6455, section 7.4) and a reason.
    Because(u16, &'static str),
}

struct Watcher {
    socket: WebSocket,
    channels: HashSet<Channel>,
    followed: HashMap<String, AbortHandle>,
    log_sender: mpsc::Sender<(String, Result<LogEntry, String>)>,
    /// Whether it answered the last ping.
    answered: bool,
    services: Services,
    headers: HeaderMap,
    from: ClientAddr,
}

impl Watcher {
    async fn run(
        mut self,
        mut events: broadcast::Receiver<Event>,
        mut logs: mpsc::Receiver<(String, Result<LogEntry, String>)>,
        Ending(ending): Ending,
    ) {
        let mut check = time::interval(CHECK);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        check.reset();
        let end = loop {
            let step = tokio::select! {
                () = ending.cancelled() => Err(End::Because(close_code::AWAY, "Hearth is restarting")),
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.said(message).await,
                    Some(Err(_)) | None => Err(End::Gone),
                },
                event = events.recv() => match event {
                    Ok(event) => self.happened(event).await,
                    Err(RecvError::Lagged(_)) => Err(End::Because(close_code::POLICY, "too slow: events were missed")),
                    Err(RecvError::Closed) => Err(End::Because(close_code::AWAY, "Hearth is ending")),
                },
                Some((app, entry)) = logs.recv() => self.logged(&app, entry).await,
                _ = check.tick() => self.check().await,
            };
            if let Err(end) = step {
                break end;
            }
        };
        for follower in self.followed.values() {
            follower.abort();
        }
        if let End::Because(code, reason) = end {
            let reason = Utf8Bytes::from_static(reason);
            // Whether it hears the reason is up to the client.
            let _ = time::timeout(
                SEND_LIMIT,
                self.socket.send(Message::Close(Some(CloseFrame { code, reason }))),
            )
            .await;
        }
    }

    async fn said(&mut self, message: Message) -> Result<(), End> {
        match message {
            Message::Text(text) => match serde_json::from_str::<Request>(&text) {
                Ok(request) => self.asked(request).await,
                Err(error) => self.refuse(&error.to_string()).await,
            },
            Message::Binary(_) => self.refuse("send text").await,
            Message::Pong(_) => {
                self.answered = true;
                Ok(())
            }
            Message::Ping(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    async fn asked(&mut self, request: Request) -> Result<(), End> {
        for name in request.channels {
            let done = match name.strip_prefix("logs:") {
                Some(app) if request.action == Action::Subscribe => self.follow(app).await,
                Some(app) => {
                    if let Some(follower) = self.followed.remove(app) {
                        follower.abort();
                    }
                    Ok(())
                }
                None => self.channel(&name, request.action),
            };
            if let Err(problem) = done {
                self.refuse(&problem).await?;
            }
        }
        Ok(())
    }

    fn channel(&mut self, name: &str, action: Action) -> Result<(), String> {
        let channel: Channel =
            serde_json::from_value(name.into()).map_err(|_| format!("there is no channel {name:?}"))?;
        match action {
            Action::Subscribe => self.channels.insert(channel),
            Action::Unsubscribe => self.channels.remove(&channel),
        };
        Ok(())
    }

    async fn follow(&mut self, app: &str) -> Result<(), String> {
        self.followed.retain(|_, follower| !follower.is_finished());
        if self.followed.contains_key(app) {
            return Ok(());
        }
        if self.followed.len() >= MAX_LOGS {
            return Err(format!(
                "the logs of at most {MAX_LOGS} apps can be followed at the same time"
            ));
        }
        let apps = Arc::clone(&self.services.apps);
        apps.get(app).await.map_err(|error| error.to_string())?;
        let (key, sender) = (app.to_owned(), self.log_sender.clone());
        let follower = tokio::spawn(async move {
            let (lines, mut entries) = mpsc::channel(1);
            let reading = apps.logs(&key, LOG_TAIL, true, lines);
            let passing = async {
                while let Some(entry) = entries.recv().await {
                    if sender.send((key.clone(), Ok(entry))).await.is_err() {
                        break;
                    }
                }
            };
            if let (Err(error), ()) = tokio::join!(reading, passing) {
                // A client that has gone need not know.
                let _ = sender.send((key.clone(), Err(error.to_string()))).await;
            }
        });
        self.followed.insert(app.to_owned(), follower.abort_handle());
        Ok(())
    }

    async fn happened(&mut self, event: Event) -> Result<(), End> {
        if !self.channels.contains(&event.channel) {
            return Ok(());
        }
        self.send(&json!(event)).await
    }

    async fn logged(&mut self, app: &str, entry: Result<LogEntry, String>) -> Result<(), End> {
        // What was on its way when the client unsubscribed.
        if !self.followed.contains_key(app) {
            return Ok(());
        }
        let channel = format!("logs:{app}");
        let message = match entry {
            Ok(line) => json!({"channel": channel, "event": "line", "data": {
                "app": app, "service": line.service, "stderr": line.stderr, "at": line.at, "text": line.text,
            }}),
            Err(detail) => {
                self.followed.remove(app);
                json!({"channel": channel, "event": "ended", "data": {"app": app, "detail": detail}})
            }
        };
        self.send(&message).await
    }

    async fn refuse(&mut self, detail: &str) -> Result<(), End> {
        let detail: String = detail.chars().take(300).collect();
        self.send(&json!({"channel": null, "event": "error", "data": {"detail": detail}}))
            .await
    }

    async fn send(&mut self, message: &Value) -> Result<(), End> {
        match time::timeout(SEND_LIMIT, self.socket.send(Message::text(message.to_string()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Because(close_code::POLICY, "too slow: a message was not read")),
        }
    }

    /// Whether the client still answers, and its login still stands.
    async fn check(&mut self) -> Result<(), End> {
        if !self.answered {
            return Err(End::Because(close_code::POLICY, "too slow: a ping was not answered"));
        }
        self.answered = false;
        let from = self.from.text();
        let identity = Identity::find(&self.services, &self.headers, from.as_deref()).await;
        if identity.is_ok_and(|identity| identity.actor().is_none()) {
            return Err(End::Because(close_code::POLICY, "the login has ended"));
        }
        match time::timeout(SEND_LIMIT, self.socket.send(Message::Ping(Vec::new().into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Because(close_code::POLICY, "too slow: a message was not read")),
        }
    }
}
