//! Plain HTTP: leads to HTTPS, and answers only what must work before a browser trusts the box.

use super::{
    Services, api, layers, pages,
    problem::Problem,
    server::{CaCertificate, SecureUrl},
};
use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header, uri::Authority},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

/// The routes of plain HTTP. `https_port` is where the rest is.
pub fn router(services: Services, ca: CaCertificate, https_port: u16) -> Router {
    let routes = Router::new()
        .route("/", get(first_page))
        .route("/ca.crt", get(super::server::ca_certificate))
        // What the first page looks like, before the browser trusts the box.
        .route("/assets/{*name}", get(pages::assets::get))
        .nest("/api/v1", api::open_router())
        .fallback(to_https)
        .layer(middleware::from_fn(move |request: Request, next: Next| async move {
            find_secure_url(https_port, request, next).await
        }))
        .layer(Extension(ca));
    layers::around_plain(routes, services)
}

/// Notes where the same page is by HTTPS; a request that names no host cannot be led there.
async fn find_secure_url(https_port: u16, mut request: Request, next: Next) -> Response {
    let Some(url) = secure_url(request.headers(), request.uri(), https_port) else {
        return Problem::new(StatusCode::BAD_REQUEST, "the request names no host").into_response();
    };
    request.extensions_mut().insert(url);
    next.run(request).await
}

async fn first_page(
    State(services): State<Services>,
    url: Extension<SecureUrl>,
    uri: Uri,
) -> Result<Response, Problem> {
    if services.accounts.is_set_up().await? {
        Ok(to_https(url, uri).await)
    } else {
        Ok(pages::boot_page(&services, &url.0.0).await.into_response())
    }
}

/// Temporary, for browsers keep a permanent redirect even when the port has changed.
async fn to_https(Extension(SecureUrl(origin)): Extension<SecureUrl>, uri: Uri) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Redirect::temporary(&format!("{origin}{path}")).into_response()
}

fn secure_url(headers: &HeaderMap, uri: &Uri, port: u16) -> Option<SecureUrl> {
    let authority = match uri.authority() {
        Some(authority) => authority.clone(),
        None => headers.get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok()?,
    };
    // A host of its own, without the user name that a URL may carry before it.
    let host = authority.host();
    Some(SecureUrl(if port == 443 {
        format!("https://{host}")
    } else {
        format!("https://{host}:{port}")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn url(host: &'static str, port: u16) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        secure_url(&headers, &Uri::from_static("/x"), port).map(|url| url.0)
    }

    #[test]
    fn the_host_stays_and_the_port_changes() {
        assert_eq!(url("hearth.local", 443).as_deref(), Some("https://hearth.local"));
        assert_eq!(url("10.0.0.5:7080", 7443).as_deref(), Some("https://10.0.0.5:7443"));
        assert_eq!(url("[::1]:80", 443).as_deref(), Some("https://[::1]"));
        assert_eq!(url("user@evil:80", 443).as_deref(), Some("https://evil"));
        assert_eq!(url("bad host", 443), None);
    }
}
