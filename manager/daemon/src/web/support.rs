//! The support bundle as a file that is downloaded.

use crate::engine::support::SupportBundle;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// The answer that a browser keeps as a file.
pub(super) fn file(bundle: SupportBundle) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/gzip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", bundle.name),
        ),
    ];
    (headers, bundle.bytes).into_response()
}
