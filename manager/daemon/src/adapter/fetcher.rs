//! Fetches files over HTTP and HTTPS, with the public web's authorities.

use crate::port::fetcher::{FetchError, Fetcher};
use async_trait::async_trait;
use hearth_model::units::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes as Chunk, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::crypto::ring;
use std::{error::Error, path::Path, sync::Arc, time::Duration};
use tokio::{fs, io::AsyncWriteExt, sync::watch, time::timeout};
use url::Url;

/// Time for a small file, whole.
const SMALL: Duration = Duration::from_secs(30);
/// Longest silence within a large one.
const SILENCE: Duration = Duration::from_secs(60);
/// Most redirections that are followed.
const REDIRECTIONS: usize = 5;

/// Fetches over the network.
pub struct HttpFetcher {
    client: Client<HttpsConnector<HttpConnector>, Empty<Chunk>>,
}

impl HttpFetcher {
    /// Ready to fetch.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, rustls::Error> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(Arc::new(ring::default_provider()))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// The answer to a GET from byte `from` on, redirections followed.
    async fn ask(&self, url: &Url, from: u64) -> Result<Response<Incoming>, FetchError> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTIONS {
            let mut request = Request::get(at.as_str());
            if from > 0 {
                request = request.header(header::RANGE, format!("bytes={from}-"));
            }
            let request = request.body(Empty::new()).map_err(|error| network(url, &error))?;
            let asked = timeout(SILENCE, self.client.request(request)).await;
            let answer = asked.map_err(|_| silent(url))?.map_err(|error| network(url, &error))?;
            if !answer.status().is_redirection() {
                return Ok(answer);
            }
            let target = answer
                .headers()
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok());
            let next = target.and_then(|target| at.join(target).ok());
            // From HTTPS nothing leads back to plain HTTP.
            at = match next {
                Some(next) if next.scheme() == "https" || next.scheme() == at.scheme() => next,
                _ => return Err(status(url, answer.status())),
            };
        }
        Err(broken(url, "it redirects again and again"))
    }
}

#[async_trait]
impl Fetcher for HttpFetcher {
    async fn get(&self, url: &Url, limit: Bytes) -> Result<Vec<u8>, FetchError> {
        let whole = async {
            let mut answer = self.ask(url, 0).await?;
            if answer.status() != StatusCode::OK {
                return Err(status(url, answer.status()));
            }
            let mut file = Vec::new();
            while let Some(frame) = answer.body_mut().frame().await {
                let frame = frame.map_err(|error| network(url, &error))?;
                file.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
                if file.len() as u64 > limit.0 {
                    return Err(too_large(url, limit));
                }
            }
            Ok(file)
        };
        timeout(SMALL, whole).await.map_err(|_| silent(url))?
    }

    async fn download(
        &self,
        url: &Url,
        size: Bytes,
        path: &Path,
        progress: &watch::Sender<Bytes>,
    ) -> Result<(), FetchError> {
        let failed = |source| FetchError::Write {
            path: path.display().to_string(),
            source,
        };
        let mut file = fs::File::options()
            .append(true)
            .create(true)
            .open(path)
            .await
            .map_err(failed)?;
        let mut have = file.metadata().await.map_err(failed)?.len();
        if have > size.0 {
            // What lies there is no beginning of this file.
            file.set_len(0).await.map_err(failed)?;
            have = 0;
        }
        if have == size.0 {
            return Ok(());
        }
        let mut answer = self.ask(url, have).await?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT if have > 0 => {}
            // A server that cannot go on in the middle sends it all again.
            StatusCode::OK => {
                file.set_len(0).await.map_err(failed)?;
                have = 0;
            }
            other => return Err(status(url, other)),
        }
        loop {
            let frame = timeout(SILENCE, answer.body_mut().frame())
                .await
                .map_err(|_| silent(url))?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|error| network(url, &error))?;
            let data = frame.data_ref().map_or(&[] as &[u8], |data| data);
            have += data.len() as u64;
            if have > size.0 {
                return Err(too_large(url, size));
            }
            file.write_all(data).await.map_err(failed)?;
            progress.send_replace(Bytes(have));
        }
        // The disk may be full, or the power go: what is answered as fetched is on the disk.
        file.sync_all().await.map_err(failed)?;
        if have < size.0 {
            return Err(broken(url, format!("it ended after {have} of {} bytes", size.0)));
        }
        Ok(())
    }
}

fn network(url: &Url, error: &dyn Error) -> FetchError {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    broken(url, last.to_string())
}

fn broken(url: &Url, reason: impl Into<String>) -> FetchError {
    FetchError::Network {
        url: url.clone(),
        reason: reason.into(),
    }
}

fn silent(url: &Url) -> FetchError {
    broken(url, "no answer in time")
}

fn status(url: &Url, status: StatusCode) -> FetchError {
    FetchError::Status {
        url: url.clone(),
        status: status.as_u16(),
    }
}

fn too_large(url: &Url, limit: Bytes) -> FetchError {
    FetchError::TooLarge {
        url: url.clone(),
        limit,
    }
}
