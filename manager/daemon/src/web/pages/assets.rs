//! Style, scripts and pictures, held in the binary so that a page needs no other host and no build step.
//!
//! A page asks for a file with its hash behind it; that answer may be kept for ever. Asked for without, it is
//! checked by its ETag each time.

use axum::{
    extract::{Path, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "src/web/assets/"]
struct Assets;

/// The hash that tells one version of a file from the next: 16 hex digits of its SHA-256.
fn tag(file: &rust_embed::EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Where a page finds a file, with its hash.
#[must_use]
pub fn url(name: &str) -> String {
    match Assets::get(name) {
        Some(file) => format!("/assets/{name}?v={}", tag(&file)),
        None => format!("/assets/{name}"),
    }
}

/// Which version of a file is asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// Answers with a file, or with 304 when the asker has it already.
pub async fn get(Path(name): Path<String>, Query(version): Query<Version>, asked: HeaderMap) -> Response {
    let Some(file) = Assets::get(&name) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let tag = tag(&file);
    let etag = format!("\"{tag}\"");
    let keep = if version.v.as_deref() == Some(tag.as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    for (field, text) in [
        (header::ETAG, etag.as_str()),
        (header::CONTENT_TYPE, file.metadata.mimetype()),
    ] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(field, value);
        }
    }
    let known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|t| t.trim().trim_start_matches("W/") == etag));
    if known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, file.data.into_owned()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(name: &str, v: Option<String>, etag: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(etag) = etag.and_then(|e| HeaderValue::from_str(e).ok()) {
            headers.insert(header::IF_NONE_MATCH, etag);
        }
        get(Path(name.to_owned()), Query(Version { v }), headers).await
    }

    #[tokio::test]
    async fn a_file_that_is_known_is_not_sent_again() {
        let first = ask("hearth.css", None, None).await;
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/css");
        assert_eq!(first.headers()[header::CACHE_CONTROL], "no-cache");
        let etag = first.headers()[header::ETAG].to_str().unwrap_or_default().to_owned();
        let again = ask("hearth.css", None, Some(&format!("W/{etag}"))).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn a_file_asked_for_by_its_hash_is_kept_for_ever() {
        let version = url("hearth.css").split("v=").nth(1).map(ToOwned::to_owned);
        assert!(version.is_some());
        let answer = ask("hearth.css", version, None).await;
        assert_eq!(
            answer.headers()[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_found() {
        for name in ["nothing.css", "../mod.rs", "../../web/mod.rs", "/etc/passwd"] {
            assert_eq!(ask(name, None, None).await.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
