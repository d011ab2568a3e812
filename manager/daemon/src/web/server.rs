//! The two listeners: HTTPS for everything, plain HTTP to lead there. They begin and end together.

use super::{
    Services, layers, plain,
    tls::{Authority, Names, Tls, TlsError},
};
use crate::port::clock::Clock;
use axum::{
    Extension, Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use axum_server::{Handle, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};
use hyper_util::rt::TokioTimer;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use std::{
    io, iter,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How long requests that are under way may take once the manager is told to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long a client may take to send a request's head.
const HEAD_LIMIT: Duration = Duration::from_secs(15);
/// How often it is looked whether the certificate is due or the box has other addresses.
const REFRESH: Duration = Duration::from_secs(60);

/// Why the manager does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}; --listen and --tls-listen choose another (HEARTH_LISTEN, HEARTH_TLS_LISTEN)")]
    Listen {
        /// Address and port.
        address: SocketAddr,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// A listener ended by itself.
    #[error("the listener on {address} ended")]
    Ended {
        /// Address and port.
        address: SocketAddr,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// There is no certificate.
    #[error("HTTPS cannot be set up")]
    Tls(#[from] TlsError),
    /// The name of the box is not to be had.
    #[error("the name of the box cannot be read")]
    Name(#[from] crate::engine::Error),
}

/// Where a plain request should have gone, such as `https://hearth.local`: an extension of requests over plain HTTP.
#[derive(Debug, Clone)]
pub struct SecureUrl(pub String);

/// The authority's certificate, PEM: an extension of every request.
#[derive(Debug, Clone)]
pub struct CaCertificate(pub Arc<str>);

impl CaCertificate {
    /// Its SHA-256 fingerprint, as browsers and the command line show it: `AB:CD:…`; none when it is damaged.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        let der = CertificateDer::from_pem_slice(self.0.as_bytes()).ok()?;
        let bytes: Vec<String> = Sha256::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect();
        Some(bytes.join(":"))
    }
}

/// `GET /ca.crt`: what a person tells their machines to trust.
pub async fn ca_certificate(Extension(ca): Extension<CaCertificate>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hearth-ca.crt\""),
    ];
    (headers, ca.0.to_string()).into_response()
}

/// Both listeners, bound and not yet answering.
pub struct Server {
    http: (TcpListener, SocketAddr),
    https: (TcpListener, SocketAddr),
    tls_dir: PathBuf,
}

impl Server {
    /// Binds both addresses; a port of 0 is any free one. Keys and certificates are in `data`/tls.
    ///
    /// # Errors
    /// [`ServerError::Listen`].
    pub fn bind(http: SocketAddr, https: SocketAddr, data: &Path) -> Result<Self, ServerError> {
        Ok(Self {
            http: listen(http)?,
            https: listen(https)?,
            tls_dir: data.join("tls"),
        })
    }

    /// Where plain HTTP is answered.
    #[must_use]
    pub const fn http(&self) -> SocketAddr {
        self.http.1
    }

    /// Where HTTPS is answered.
    #[must_use]
    pub const fn https(&self) -> SocketAddr {
        self.https.1
    }

    /// Answers until `shutdown`, then lets what is under way end.
    ///
    /// # Errors
    /// [`ServerError::Tls`], [`ServerError::Ended`].
    pub async fn run(
        self,
        services: Services,
        clock: Arc<dyn Clock>,
        shutdown: CancellationToken,
    ) -> Result<(), ServerError> {
        tracing::info!(http = %self.http.1, https = %self.https.1, "listening");
        let name = services.setup.state().await?.name;
        let authority = Authority::open(&self.tls_dir, &name, clock.now())?;
        let tls = Tls::new(authority, &Names::of_this_machine(&[&name]), clock.now())?;
        let ca = CaCertificate(tls.ca_pem().into());

        let plain = plain::router(services.clone(), ca.clone(), self.https.1.port());
        let secure = secure_router(services.clone(), ca, shutdown.clone());
        // When one listener fails the other ends too.
        let ending = shutdown.child_token();
        let _end_all = ending.clone().drop_guard();

        let plain_server = serve_plain(self.http, plain, ending.clone());
        let secure_server = serve_secure(self.https, secure, &tls, ending.clone());
        let refresh = keep_fresh(&tls, &services, &*clock);
        tokio::select! {
            done = async { tokio::try_join!(plain_server, secure_server) } => done.map(|_| ()),
            () = refresh => Ok(()),
        }
    }
}

/// Everything over HTTPS.
pub fn secure_router(services: Services, ca: CaCertificate, shutdown: CancellationToken) -> Router {
    let routes = super::routes()
        .route("/ca.crt", get(ca_certificate))
        .layer(Extension(ca))
        .layer(Extension(super::events::Ending(shutdown)));
    layers::around(routes, services)
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServerError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|source| ServerError::Listen { address, source })
}

async fn serve_plain(
    (listener, address): (TcpListener, SocketAddr),
    router: Router,
    ending: CancellationToken,
) -> Result<(), ServerError> {
    let handle = Handle::new();
    end_with(ending, handle.clone());
    let mut server = axum_server::from_tcp(listener)
        .map_err(|source| ServerError::Ended { address, source })?
        .acceptor(NoDelayAcceptor::new())
        .handle(handle);
    set_limits(server.http_builder());
    server
        .serve(router.into_make_service_with_connect_info::<SocketAddr>())
        .await
        .map_err(|source| ServerError::Ended { address, source })
}

async fn serve_secure(
    (listener, address): (TcpListener, SocketAddr),
    router: Router,
    tls: &Tls,
    ending: CancellationToken,
) -> Result<(), ServerError> {
    let handle = Handle::new();
    end_with(ending, handle.clone());
    let mut server = axum_server::from_tcp(listener)
        .map_err(|source| ServerError::Ended { address, source })?
        .acceptor(RustlsAcceptor::new(tls.config()).acceptor(NoDelayAcceptor::new()))
        .handle(handle);
    set_limits(server.http_builder());
    server
        .serve(router.into_make_service_with_connect_info::<SocketAddr>())
        .await
        .map_err(|source| ServerError::Ended { address, source })
}

fn set_limits(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(128)
        .max_header_list_size(32 << 10)
        .keep_alive_interval(Duration::from_secs(30));
}

/// Ends a server with the manager.
fn end_with(ending: CancellationToken, handle: Handle<SocketAddr>) {
    tokio::spawn(async move {
        ending.cancelled().await;
        handle.graceful_shutdown(Some(GRACE));
    });
}

/// Renews the certificate in time, and when the box gets another name or address. A failure is told and tried again.
async fn keep_fresh(tls: &Tls, services: &Services, clock: &dyn Clock) {
    let mut timer = tokio::time::interval(REFRESH);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // At once when the box has another name or may have other addresses: the browser follows it there.
        tokio::select! {
            _ = timer.tick() => {}
            () = services.host_name.changed() => {}
            () = services.network.changed() => {}
        }
        let announced = services.host_name.announced().await;
        let refreshed = match services.setup.state().await {
            Ok(state) => {
                let names: Vec<&str> = iter::once(state.name.as_str()).chain(announced.as_deref()).collect();
                tls.refresh(&Names::of_this_machine(&names), clock.now())
                    .map_err(ServerError::from)
            }
            Err(error) => Err(error.into()),
        };
        match refreshed {
            Ok(true) => tracing::info!("the certificate was renewed"),
            Ok(false) => {}
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "the certificate could not be renewed");
            }
        }
    }
}
