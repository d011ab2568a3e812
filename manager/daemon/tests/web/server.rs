//! The two listeners, over real sockets.

use crate::support::{
    Manager,
    network::{LIMIT, Listening, exchange},
};

const HEALTH: &str = "GET /api/v1/system/health HTTP/1.1\r\nHost: hearth.local\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_client_that_trusts_the_authority_speaks_tls() {
    let listening = Listening::start(Manager::set_up().await).await;
    let ca = listening.ca().await;
    for name in ["hearth.local", "localhost", "127.0.0.1"] {
        let stream = listening.tls(ca.clone(), name, &[b"http/1.1"]).await.expect(name);
        let answer = exchange(stream, HEALTH).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("\"ready\":true"), "{answer}");
    }
    listening.end().await;
}

#[tokio::test]
async fn http_2_is_offered() {
    let listening = Listening::start(Manager::set_up().await).await;
    let ca = listening.ca().await;
    let stream = listening.tls(ca, "localhost", &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    listening.end().await;
}

#[tokio::test]
async fn a_name_that_is_not_the_box_is_not_vouched_for() {
    let listening = Listening::start(Manager::set_up().await).await;
    let ca = listening.ca().await;
    let refused = listening.tls(ca, "bank.example", &[]).await;
    assert!(refused.unwrap_err().to_string().contains("certificate"));
    listening.end().await;
}

#[tokio::test]
async fn the_authority_stays_over_a_restart() {
    let listening = Listening::start(Manager::set_up().await).await;
    let first = listening.ca().await;
    let listening = Listening::start(listening.end().await).await;
    assert_eq!(listening.ca().await, first);
    listening.end().await;
}

#[tokio::test]
async fn plain_http_leads_to_https() {
    let listening = Listening::start(Manager::set_up().await).await;
    let port = listening.https.port();
    for (path, host) in [
        ("/", "hearth.local"),
        ("/apps/x?tab=logs", "10.0.0.5:7080"),
        ("/api/v1/nodes", "[::1]:80"),
    ] {
        let answer = listening
            .plain(&format!(
                "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            ))
            .await;
        let name = host
            .rsplit_once(':')
            .map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
        assert!(answer.starts_with("HTTP/1.1 307"), "{answer}");
        assert!(
            answer.contains(&format!("location: https://{name}:{port}{path}\r\n")),
            "{answer}"
        );
    }
    let nameless = listening.plain("GET / HTTP/1.0\r\n\r\n").await;
    assert!(nameless.contains(" 400 "), "{nameless}");
    assert!(listening.plain(HEALTH).await.contains("\"ready\":true"));
    listening.end().await;
}

#[tokio::test]
async fn plain_http_shows_the_boot_page_until_first_boot_is_done() {
    let listening = Listening::start(Manager::new().await).await;
    let first = "GET / HTTP/1.1\r\nHost: hearth.local\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
    let page = listening.plain(first).await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("text/html"), "{page}");
    assert!(
        page.contains(&format!("https://hearth.local:{}", listening.https.port())),
        "{page}"
    );
    let other = listening.plain(&first.replace("GET /", "GET /setup")).await;
    assert!(other.starts_with("HTTP/1.1 307"), "{other}");
    listening.end().await;
}

#[tokio::test]
async fn it_ends_when_told_though_a_stream_is_open() {
    let listening = Listening::start(Manager::set_up().await).await;
    let session = listening
        .manager
        .services
        .accounts
        .login("admin", crate::support::PASSWORD, None)
        .await
        .unwrap();
    let ca = listening.ca().await;
    let stream = listening.tls(ca, "localhost", &[b"http/1.1"]).await.unwrap();
    let request = format!(
        "GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-hearth={}\r\n\r\n",
        session.token
    );
    let (first_seen, seen) = tokio::sync::oneshot::channel();
    let reading = tokio::spawn(read_stream(stream, request, first_seen));
    tokio::time::timeout(LIMIT, seen).await.unwrap().unwrap();
    listening.end().await;
    let answer = tokio::time::timeout(LIMIT, reading).await.unwrap().unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("text/event-stream"),
        "{answer}"
    );
}

async fn read_stream(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    request: String,
    first_seen: tokio::sync::oneshot::Sender<()>,
) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let n = stream.read(&mut answer).await.unwrap();
    answer.truncate(n);
    first_seen.send(()).unwrap();
    // The end may come without TLS's own good-bye.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}
