//! Asks apps whether they answer, with plain HTTP, HTTPS and TCP from this machine.

use crate::{port::prober::Prober, unverified};
use async_trait::async_trait;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{error::Error, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// How long an answer is waited for.
const LIMIT: Duration = Duration::from_secs(5);

/// Asks over the network.
pub struct NetworkProber {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

impl NetworkProber {
    /// Ready to ask.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, rustls::Error> {
        let connector = HttpsConnectorBuilder::new()
            // The question is whether the app answers, not who it is; no secret is sent.
            .with_tls_config(unverified::client_config()?)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new())
            // A kept connection would find an app well that takes no new ones any more.
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self { client })
    }
}

#[async_trait]
impl Prober for NetworkProber {
    async fn http(&self, url: &str) -> Result<u16, String> {
        let uri: http::Uri = url.parse().map_err(|error| format!("{url} is no address: {error}"))?;
        match timeout(LIMIT, self.client.get(uri)).await {
            Ok(Ok(response)) => Ok(response.status().as_u16()),
            Ok(Err(error)) => Err(format!("no answer from {url}: {}", innermost(&error))),
            Err(_) => Err(format!("no answer from {url} within {} s", LIMIT.as_secs())),
        }
    }

    async fn tcp(&self, host: &str, port: u16) -> Result<(), String> {
        match timeout(LIMIT, TcpStream::connect((host, port))).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(format!("{host} port {port}: {error}")),
            Err(_) => Err(format!("{host} port {port}: no answer within {} s", LIMIT.as_secs())),
        }
    }
}

/// The cause that says most, such as `Connection refused`.
fn innermost(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, routing::get};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn tells_an_answer_from_none() -> anyhow::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let app = Router::new()
            .route("/well", get(|| async { "well" }))
            .route("/ill", get(|| async { http::StatusCode::SERVICE_UNAVAILABLE }));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let prober = NetworkProber::new()?;
        assert_eq!(prober.http(&format!("http://127.0.0.1:{port}/well")).await, Ok(200));
        assert_eq!(prober.http(&format!("http://127.0.0.1:{port}/ill")).await, Ok(503));
        assert_eq!(prober.tcp("127.0.0.1", port).await, Ok(()));
        // TLS to a server without it: told, not hung on.
        assert!(prober.http(&format!("https://127.0.0.1:{port}/well")).await.is_err());
        server.abort();
        let free = TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port();
        let refused = prober.http(&format!("http://127.0.0.1:{free}/")).await;
        assert!(refused.is_err_and(|why| why.contains("refused")));
        assert!(prober.tcp("127.0.0.1", free).await.is_err());
        Ok(())
    }
}
