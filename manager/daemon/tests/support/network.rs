//! A manager that listens on loopback, and connections to it.

use super::Manager;
use hearth::{adapter::clock::SystemClock, port::clock::Clock, web::server::Server};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::sync::CancellationToken;

/// How long anything on loopback may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A manager that listens.
pub(crate) struct Listening {
    pub(crate) manager: Manager,
    pub(crate) http: SocketAddr,
    pub(crate) https: SocketAddr,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
}

impl Listening {
    pub(crate) async fn start(manager: Manager) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(any, any, manager.dir()).expect("two ports");
        let (http, https) = (server.http(), server.https());
        let shutdown = CancellationToken::new();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let run = server.run(manager.services.clone(), clock, shutdown.clone());
        let running = tokio::spawn(async move { run.await.expect("a server") });
        Self {
            manager,
            http,
            https,
            shutdown,
            running,
        }
    }

    /// Ends it, and waits until it has.
    pub(crate) async fn end(self) -> Manager {
        self.shutdown.cancel();
        let ended = tokio::time::timeout(LIMIT, self.running).await;
        ended.expect("an end in time").expect("a good end");
        self.manager
    }

    /// A request over plain HTTP/1.1; answers head and body as they came.
    pub(crate) async fn plain(&self, request: &str) -> String {
        let stream = TcpStream::connect(self.http).await.expect("a connection");
        exchange(stream, request).await
    }

    /// The authority's certificate, as plain HTTP answers it.
    pub(crate) async fn ca(&self) -> CertificateDer<'static> {
        let answer = self
            .plain("GET /ca.crt HTTP/1.1\r\nHost: hearth.local\r\nConnection: close\r\n\r\n")
            .await;
        let (_, pem) = answer.split_once("\r\n\r\n").expect("a body");
        CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")
    }

    /// A TLS connection that trusts `ca` alone and expects `name`.
    pub(crate) async fn tls(
        &self,
        ca: CertificateDer<'static>,
        name: &'static str,
        protocols: &[&[u8]],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(ca).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
        let stream = TcpStream::connect(self.https).await?;
        let name = ServerName::try_from(name).expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

/// Sends a request and reads to the end.
pub(crate) async fn exchange(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer))
        .await
        .expect("an answer in time")
        .expect("an answer");
    String::from_utf8(answer).expect("text")
}
