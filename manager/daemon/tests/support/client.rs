//! A client that speaks to a router within the process.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use futures::{Stream, StreamExt as _};
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// A client with headers that it sends along.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    headers: Vec<(&'static str, String)>,
    from: SocketAddr,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Checks that it is a problem of this status, in the form that RFC 9457 wants.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16) -> Value {
        let problem = self.json();
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        for field in ["type", "title", "detail"] {
            assert!(problem[field].is_string(), "{field}: {self:?}");
        }
        problem
    }

    /// Checks that it is a 422 that names this field.
    #[track_caller]
    pub(crate) fn assert_invalid(&self, pointer: &str) {
        let problem = self.assert_problem(422);
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.iter().any(|e| e["pointer"] == pointer), "{pointer}: {self:?}");
    }
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            headers: Vec::new(),
            from: SocketAddr::from(([192, 0, 2, 1], 1234)),
        }
    }

    /// The same with one more header; one of the same name is replaced.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// The same without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    /// The same to another router.
    pub(crate) fn on(self, router: Router) -> Self {
        Self { router, ..self }
    }

    /// The same from another address.
    pub(crate) fn from(self, from: [u8; 4]) -> Self {
        let from = SocketAddr::from((from, 1234));
        Self { from, ..self }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, "").await
    }

    pub(crate) async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(method, path, Some("application/json"), body.to_string())
            .await
    }

    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        let kind = Some("application/x-www-form-urlencoded");
        self.send(Method::POST, path, kind, body.to_owned()).await
    }

    /// The body of a GET as it comes, piece by piece.
    pub(crate) async fn stream(&self, path: &str) -> impl Stream<Item = String> + Unpin {
        let response = self.answer(Method::GET, path, None, Body::empty()).await;
        assert!(response.status().is_success(), "{response:?}");
        let pieces = response.into_body().into_data_stream();
        Box::pin(pieces.map(|piece| String::from_utf8(piece.expect("a piece").to_vec()).expect("text")))
    }

    pub(crate) async fn send(&self, method: Method, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Answer {
        let response = self.answer(method, path, kind, body.into()).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.expect("a body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn answer(&self, method: Method, path: &str, kind: Option<&str>, body: Body) -> Response {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "hearth.local")
            .extension(ConnectInfo(self.from));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.body(body).expect("a request");
        self.router.clone().oneshot(request).await.expect("an answer")
    }
}
