//! Events over the WebSocket and as server-sent events, over real sockets.

use crate::support::{
    Manager, PASSWORD,
    network::{LIMIT, Listening},
};
use futures::{SinkExt as _, StreamExt as _};
use hearth_model::{account::Role, event::Channel};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::Response},
};

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn open(listening: &Listening, path: &str, headers: &[(&'static str, String)]) -> Result<Socket, Error> {
    let ca = listening.ca().await;
    let stream = listening.tls(ca, "localhost", &[b"http/1.1"]).await.unwrap();
    let mut request = format!("wss://localhost{path}").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    client_async(request, stream).await.map(|(socket, _)| socket)
}

async fn token(manager: &Manager) -> (&'static str, String) {
    let system = hearth_model::account::Actor::system();
    let made = manager.services.accounts.create_token("ws", Role::Viewer, &system);
    ("authorization", format!("Bearer {}", made.await.unwrap().1))
}

async fn cookie(manager: &Manager) -> (&'static str, String) {
    let session = manager.services.accounts.login("admin", PASSWORD, None).await.unwrap();
    ("cookie", format!("__Host-hearth={}", session.token))
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

async fn hear(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(LIMIT, socket.next())
            .await
            .expect("in time")
            .expect("open")
            .unwrap();
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

/// Waits until the subscription is in force: what is refused is answered in order.
async fn settle(socket: &mut Socket) {
    say(socket, json!({"action": "subscribe", "channels": ["no such channel"]})).await;
    let refused = hear(socket).await;
    assert_eq!(refused["event"], "error", "{refused}");
}

#[tokio::test]
async fn a_client_hears_the_channels_it_subscribed_to() {
    let listening = Listening::start(Manager::set_up().await).await;
    let events = listening.manager.services.events.clone();
    for path in ["/ws", "/api/v1/ws"] {
        let mut socket = open(&listening, path, &[cookie(&listening.manager).await])
            .await
            .unwrap();
        say(
            &mut socket,
            json!({"action": "subscribe", "channels": ["jobs", "apps"]}),
        )
        .await;
        say(&mut socket, json!({"action": "unsubscribe", "channels": ["apps"]})).await;
        settle(&mut socket).await;
        events.tell(Channel::Nodes, "added", json!({"node": "x"}));
        events.tell(Channel::Apps, "state", json!({"app": "x"}));
        events.tell(Channel::Jobs, "progress", json!({"job": "j", "progress": 45}));
        let heard = hear(&mut socket).await;
        assert_eq!(heard["channel"], "jobs");
        assert_eq!(heard["event"], "progress");
        assert_eq!(heard["data"]["progress"], 45);
        assert!(heard["seq"].is_u64());
    }
    listening.end().await;
}

#[tokio::test]
async fn nonsense_is_answered_and_does_no_harm() {
    let listening = Listening::start(Manager::set_up().await).await;
    let mut socket = open(&listening, "/ws", &[token(&listening.manager).await])
        .await
        .unwrap();
    for nonsense in ["", "{", "[]", "{\"action\": \"dance\", \"channels\": []}"] {
        socket.send(Message::text(nonsense)).await.unwrap();
        assert_eq!(hear(&mut socket).await["event"], "error", "{nonsense}");
    }
    socket.send(Message::binary(vec![0xff])).await.unwrap();
    assert_eq!(hear(&mut socket).await["event"], "error");
    settle(&mut socket).await;
    listening.end().await;
}

#[tokio::test]
async fn nobody_and_other_sites_cannot_listen() {
    let listening = Listening::start(Manager::set_up().await).await;
    let status = |opened: Result<Socket, Error>| match opened {
        Err(Error::Http(response)) => Response::status(&*response).as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    };
    assert_eq!(status(open(&listening, "/ws", &[]).await), 401);
    let cookie = cookie(&listening.manager).await;
    for (origin, expected) in [("https://evil.example", 403), ("null", 403), ("https://localhost", 101)] {
        let headers = [cookie.clone(), ("origin", origin.to_owned())];
        assert_eq!(status(open(&listening, "/ws", &headers).await), expected, "{origin}");
    }
    listening.end().await;
}

#[tokio::test]
async fn a_slow_client_is_dropped_with_a_reason_and_the_rest_hear_on() {
    let listening = Listening::start(Manager::set_up().await).await;
    let events = listening.manager.services.events.clone();
    let who = token(&listening.manager).await;
    let mut slow = open(&listening, "/ws", std::slice::from_ref(&who)).await.unwrap();
    let mut quick = open(&listening, "/ws", &[who]).await.unwrap();
    for socket in [&mut slow, &mut quick] {
        say(socket, json!({"action": "subscribe", "channels": ["jobs"]})).await;
        settle(socket).await;
    }
    // Each batch is within what a client that reads may lag behind, all of them together are not.
    let text = "x".repeat(8 << 10);
    let mut last = 0;
    for _ in 0..40 {
        for _ in 0..100 {
            last += 1;
            events.tell(Channel::Jobs, "log", json!({"job": "j", "n": last, "text": text}));
        }
        while hear(&mut quick).await["data"]["n"] != last {}
    }
    let reason = tokio::time::timeout(LIMIT, async {
        loop {
            match slow.next().await {
                Some(Ok(Message::Close(frame))) => break frame.map(|frame| frame.reason.to_string()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break None,
            }
        }
    })
    .await
    .expect("dropped in time");
    assert!(reason.is_some_and(|reason| reason.contains("too slow")));
    listening.end().await;
}

#[tokio::test]
async fn clients_are_told_when_the_manager_ends() {
    let listening = Listening::start(Manager::set_up().await).await;
    let mut socket = open(&listening, "/ws", &[token(&listening.manager).await])
        .await
        .unwrap();
    settle(&mut socket).await;
    listening.end().await;
    let last = tokio::time::timeout(LIMIT, socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(matches!(last, Message::Close(Some(_))), "{last:?}");
}

#[tokio::test]
async fn pages_hear_the_channels_of_the_query() {
    let manager = Manager::set_up().await;
    let events = manager.services.events.clone();
    let client = manager.browser("admin").await;
    client
        .clone()
        .without("cookie")
        .get("/events")
        .await
        .assert_problem(401);
    let mut stream = client.stream("/events?channels=jobs,nodes").await;
    let hello = stream.next().await.unwrap();
    assert!(hello.contains("connected"), "{hello}");
    events.tell(Channel::Apps, "state", json!({"app": "x"}));
    events.tell(Channel::Jobs, "progress", json!({"job": "j"}));
    let heard = stream.next().await.unwrap();
    assert!(
        heard.contains("data: {\"channel\":\"jobs\",\"event\":\"progress\"")
            || heard.contains("data:{\"channel\":\"jobs\""),
        "{heard}"
    );
}
