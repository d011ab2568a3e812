//! Reads bodies, forms and queries into types; what is wrong is named by field, never answered by a 5xx.

use super::problem::Problem;
use crate::engine::FieldError;
use axum::http::StatusCode;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::{Path, Segment};

/// Reads a JSON body, which is an object.
///
/// # Errors
/// 400 when it is not JSON; 422 with the field when it is not what was asked for.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // First as a whole, so that what is not JSON is told as such wherever the fault is.
    serde_json::from_slice::<IgnoredAny>(body).map_err(|cause| malformed(&cause))?;
    // A type that has a default for each of its fields would take a list for an object.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::field("", "must be an object: {…}"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        Problem::field(pointer, message(&error.into_inner()))
    })
}

/// What is wrong; where it is, the pointer says better.
fn message(cause: &serde_json::Error) -> String {
    if !cause.is_data() {
        // It is JSON, so this is a number where a word is wanted, or nested too deeply.
        return "is not of the form that is asked for".to_owned();
    }
    let text = cause.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

fn malformed(cause: &serde_json::Error) -> Problem {
    Problem {
        errors: vec![FieldError {
            pointer: String::new(),
            message: cause.to_string(),
        }],
        ..Problem::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {cause}"))
    }
}

/// Reads a form or a query, `application/x-www-form-urlencoded`. Repeated names make a list; an empty value is none
/// where the field may be absent.
///
/// # Errors
/// 422 with the field.
pub fn form<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let reader = serde_html_form::Deserializer::from_bytes(text.as_bytes());
    serde_path_to_error::deserialize(reader)
        .map_err(|error| Problem::field(pointer(error.path()), error.into_inner().to_string()))
}

/// JSON pointer (RFC 6901) of where a reader stopped.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            // The last part of a path whose field is not known: what stands before it is right.
            Segment::Unknown => break,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        name: String,
        #[serde(default)]
        ports: Vec<u16>,
        #[serde(default)]
        note: Option<u8>,
    }

    #[test]
    fn a_wrong_field_is_named() {
        let problem = json::<Wish>(br#"{"name": "a", "ports": [80, "x"]}"#).unwrap_err();
        assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/ports/1"));
        let problem = json::<Wish>(br#"{"name": "a", "prots": []}"#).unwrap_err();
        assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/prots"));
        let problem = json::<Wish>(b"{}").unwrap_err();
        assert_eq!(problem.errors[0].message, "missing field `name`");
        for other in [&b"[]"[..], b" [\"a\"]", b"null", b"1"] {
            assert_eq!(json::<Wish>(other).unwrap_err().status, 422, "{other:?}");
        }
    }

    #[test]
    fn what_is_not_json_is_a_bad_request() {
        for body in [&b""[..], b"{", b"{\"name\": \"a\"} x", b"{\"no\": }", b"\xff\xfe"] {
            assert_eq!(json::<Wish>(body).unwrap_err().status, 400, "{body:?}");
        }
    }

    #[test]
    fn a_form_has_lists_and_empty_fields() {
        let wish: Wish = form("name=a&ports=1&ports=2&note=").unwrap();
        assert_eq!((wish.ports, wish.note), (vec![1, 2], None));
        assert_eq!(form::<Wish>("name=a&ports=x").unwrap_err().status, 422);
    }
}
