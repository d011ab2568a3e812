//! Forms of the pages, their CSRF token checked before anything else of them is believed.

use super::{CSRF_FIELD, CSRF_HEADER, Login, LoginRejection};
use crate::web::{Services, parse, problem::Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

/// A form of a logged-in browser. The token is the field `csrf` or the header `X-CSRF-Token`; `T` does not see it.
pub struct CsrfForm<T> {
    /// Who sent it.
    pub login: Login,
    /// What was sent.
    pub form: T,
}

/// A form that is sent without a login (the login itself, first boot). Against other sites it is guarded by the
/// layer that looks at `Sec-Fetch-Site` and `Origin`.
pub struct OpenForm<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Services> for CsrfForm<T> {
    type Rejection = LoginRejection;

    async fn from_request(request: Request, services: &Services) -> Result<Self, LoginRejection> {
        let (mut parts, body) = request.into_parts();
        let login = <Login as FromRequestParts<Services>>::from_request_parts(&mut parts, services).await?;
        let request = Request::from_parts(parts, body);
        let (header, pairs) = read(request).await.map_err(LoginRejection::Problem)?;
        let given = pairs.csrf.or(header);
        if !given.is_some_and(|given| login.is_from_page(&given)) {
            let detail = "This form is out of date: the login it was made for has ended. Load the page again and send it once more.";
            return Err(LoginRejection::Problem(Problem::new(StatusCode::FORBIDDEN, detail)));
        }
        let form = parse::form(&pairs.rest).map_err(LoginRejection::Problem)?;
        Ok(Self { login, form })
    }
}

impl<T: DeserializeOwned> FromRequest<Services> for OpenForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Services) -> Result<Self, Problem> {
        let (_, pairs) = read(request).await?;
        parse::form(&pairs.rest).map(Self)
    }
}

/// The fields of a form, the token apart.
struct Pairs {
    csrf: Option<String>,
    rest: String,
}

async fn read(request: Request) -> Result<(Option<String>, Pairs), Problem> {
    let header = csrf_header(request.headers());
    if !is_form(request.headers()) {
        let detail = "send this form as application/x-www-form-urlencoded";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body = Bytes::from_request(request, &()).await.map_err(|rejection| {
        let status = rejection.into_response().status();
        Problem::new(status, "the form could not be read, or is longer than 1 MiB")
    })?;
    let mut csrf = None;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(&body) {
        if name == CSRF_FIELD {
            csrf = Some(value.into_owned());
        } else {
            rest.append_pair(&name, &value);
        }
    }
    let rest = rest.finish();
    Ok((header, Pairs { csrf, rest }))
}

fn csrf_header(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CSRF_HEADER)?.to_str().ok()?;
    Some(value.to_owned())
}

/// Whether the body says it is a form; an empty one (a button) need not say anything.
fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}
