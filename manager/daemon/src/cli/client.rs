//! Speaks the HTTP contract: JSON in and out, problems as errors.

use super::{CliError, Global, error::io, profile::Profile};
use bytes::Bytes;
use futures::TryStreamExt;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::TokioExecutor,
};
use indicatif::{ProgressBar, ProgressStyle};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fmt, path::Path, sync::Arc};
use tokio_util::io::ReaderStream;
use url::Url;

/// Where a manager on this machine listens unless told otherwise.
const DEFAULT_SERVER: &str = "https://127.0.0.1:7443";
/// The most that is read of one answer.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// What is sent: from memory, or from a file.
type Content = UnsyncBoxBody<Bytes, std::io::Error>;

/// A list of the contract.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct List<T> {
    /// The items.
    pub(super) items: Vec<T>,
}

/// An error of the contract (RFC 9457).
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    title: String,
    status: u16,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<FieldProblem>,
}

#[derive(Debug, Deserialize)]
struct FieldProblem {
    pointer: String,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.errors.is_empty() {
            f.write_str(self.detail.as_deref().unwrap_or(&self.title))?;
        } else {
            write!(f, "{}", self.title)?;
            for error in &self.errors {
                write!(f, "\n  {}: {}", error.pointer.trim_start_matches('/'), error.message)?;
            }
        }
        if self.status == StatusCode::UNAUTHORIZED {
            f.write_str(" (log in with: hearth login)")
        } else {
            Ok(())
        }
    }
}

/// A connection to a manager.
pub(super) struct Client {
    http: HttpClient<HttpsConnector<HttpConnector>, Content>,
    server: Url,
    token: Option<String>,
}

impl Client {
    /// The manager that the options, or else the last login, name.
    pub(super) fn from(global: &Global) -> Result<Self, CliError> {
        let profile = Profile::load()?;
        let server = global
            .server
            .clone()
            .or_else(|| profile.as_ref().map(|p| p.server.clone()));
        let ca = match &global.ca {
            Some(path) => Some(std::fs::read_to_string(path).map_err(io(format!("reading {}", path.display())))?),
            None => profile.as_ref().map(|p| p.ca.clone()),
        };
        let token = global.token.clone().or_else(|| profile.map(|p| p.token));
        Self::new(server.as_deref().unwrap_or(DEFAULT_SERVER), ca.as_deref(), token)
    }

    /// A manager by its address, the PEM of its certificate authority and a token.
    pub(super) fn new(server: &str, ca: Option<&str>, token: Option<String>) -> Result<Self, CliError> {
        let mut roots = RootCertStore::empty();
        for certificate in ca
            .into_iter()
            .flat_map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()))
        {
            let certificate = certificate.map_err(|e| CliError::Usage(format!("the CA file is not PEM: {e}")))?;
            roots
                .add(certificate)
                .map_err(|e| CliError::Usage(format!("the CA file cannot be used: {e}")))?;
        }
        let tls = tls_builder()?.with_root_certificates(roots).with_no_client_auth();
        Self::with_tls(server, tls, token)
    }

    /// The same with TLS settings of one's own.
    pub(super) fn with_tls(server: &str, tls: ClientConfig, token: Option<String>) -> Result<Self, CliError> {
        let server = Url::parse(server).map_err(|e| CliError::Usage(format!("{server:?} is not a URL: {e}")))?;
        if !matches!(server.scheme(), "http" | "https") || server.host().is_none() {
            return Err(CliError::Usage(format!("{server} is not an http or https address")));
        }
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            http: HttpClient::builder(TokioExecutor::new()).build(connector),
            server,
            token,
        })
    }

    /// The address that was given.
    pub(super) fn server(&self) -> &str {
        self.server.as_str()
    }

    /// GET, as a type.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CliError> {
        self.send::<(), T>(Method::GET, path, None).await
    }

    /// POST without a body, as a type.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str) -> Result<T, CliError> {
        self.send(Method::POST, path, Some(&serde_json::json!({}))).await
    }

    /// Any request with a JSON body, as a type.
    pub(super) async fn send<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<T, CliError> {
        let response = self.open(method, path, body).await?;
        let bytes = self.read(path, response).await?;
        // An answer without content, such as 204, stands for `null`.
        let bytes = if bytes.is_empty() {
            Bytes::from_static(b"null")
        } else {
            bytes
        };
        serde_json::from_slice(&bytes).map_err(|e| self.unexpected(path, e))
    }

    /// Any request without a body, as the bytes that come.
    pub(super) async fn bytes(&self, method: Method, path: &str) -> Result<Bytes, CliError> {
        let response = self.open::<()>(method, path, None).await?;
        self.read(path, response).await
    }

    /// GET of something that does not end by itself: each piece is handed on as it comes.
    pub(super) async fn follow(&self, path: &str, mut each: impl FnMut(&[u8])) -> Result<(), CliError> {
        let mut body = self.open::<()>(Method::GET, path, None).await?.into_body();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|e| self.unexpected(path, e))?;
            if let Some(data) = frame.data_ref() {
                each(data);
            }
        }
        Ok(())
    }

    /// PUT of a file as it is, with a bar on a terminal; the answer as a type.
    pub(super) async fn upload<T: DeserializeOwned>(&self, path: &str, file: &Path) -> Result<T, CliError> {
        let failed = |source| io(format!("reading {}", file.display()))(source);
        let opened = tokio::fs::File::open(file).await.map_err(failed)?;
        let bar = ProgressBar::new(opened.metadata().await.map_err(failed)?.len());
        if let Ok(style) = ProgressStyle::with_template("uploading [{bar:24}] {bytes} of {total_bytes}") {
            bar.set_style(style);
        }
        let sent = bar.clone();
        let pieces = ReaderStream::new(opened).inspect_ok(move |piece| sent.inc(piece.len() as u64));
        let content = BodyExt::boxed_unsync(StreamBody::new(pieces.map_ok(Frame::data)));
        let request = Request::builder()
            .method(Method::PUT)
            .header(header::CONTENT_TYPE, "application/octet-stream");
        let response = self.request(request, path, content).await;
        bar.finish_and_clear();
        let bytes = self.read(path, response?).await?;
        serde_json::from_slice(&bytes).map_err(|e| self.unexpected(path, e))
    }

    async fn open<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<http::Response<Incoming>, CliError> {
        let mut request = Request::builder().method(method);
        let content = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                serde_json::to_vec(body).map_err(|e| CliError::Usage(e.to_string()))?
            }
            None => Vec::new(),
        };
        let content = Full::new(Bytes::from(content)).map_err(|never| match never {});
        self.request(request, path, content.boxed_unsync()).await
    }

    async fn request(
        &self,
        mut request: http::request::Builder,
        path: &str,
        content: Content,
    ) -> Result<http::Response<Incoming>, CliError> {
        let url = self
            .server
            .join(path)
            .map_err(|e| CliError::Usage(format!("{path:?}: {e}")))?;
        request = request.uri(url.as_str());
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .body(content)
            .map_err(|e| CliError::Usage(format!("{path:?}: {e}")))?;
        let response = self.http.request(request).await.map_err(|e| self.unreachable(&e))?;
        if response.status().is_client_error() || response.status().is_server_error() {
            let status = response.status();
            let bytes = self.read(path, response).await?;
            return Err(match serde_json::from_slice::<Problem>(&bytes) {
                Ok(problem) => CliError::Problem(problem),
                Err(_) => self.unexpected(path, status),
            });
        }
        Ok(response)
    }

    async fn read(&self, path: &str, response: http::Response<Incoming>) -> Result<Bytes, CliError> {
        let collected = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        Ok(collected.map_err(|e| self.unexpected(path, e))?.to_bytes())
    }

    fn unreachable(&self, error: &hyper_util::client::legacy::Error) -> CliError {
        let mut reason = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            reason = inner.to_string();
            cause = inner.source();
        }
        if reason.contains("UnknownIssuer") {
            reason = "its certificate authority is not known; log in with: hearth login URL".to_owned();
        }
        CliError::Unreachable {
            server: self.server.to_string(),
            reason,
        }
    }

    fn unexpected(&self, path: &str, reason: impl fmt::Display) -> CliError {
        CliError::Unexpected {
            server: self.server.to_string(),
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

fn tls_builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, CliError> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(no_tls)
}

/// That TLS cannot be set up.
pub(super) fn no_tls(error: rustls::Error) -> CliError {
    CliError::Usage(format!("TLS cannot be used: {error}"))
}
