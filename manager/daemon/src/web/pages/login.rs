//! Logging in and out.

use super::{
    components::field::Field,
    form::{Fields, Trouble},
    frame,
    icons::Icon,
};
use crate::web::{
    Services,
    problem::Problem,
    security::{ClientAddr, CsrfForm, Login, OpenForm, clear_cookie, safe_next, session_cookie},
};
use axum::{
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

/// `GET /login?next=`
pub async fn get(
    login: Option<Login>,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    if login.is_some() {
        return Ok(Redirect::to(safe_next(query.given("next"))).into_response());
    }
    if !services.accounts.is_set_up().await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    Ok(page(&query, &Trouble::default()).into_response())
}

/// `POST /login`
pub async fn post(
    State(services): State<Services>,
    from: ClientAddr,
    OpenForm(form): OpenForm<Fields>,
) -> Result<Response, Problem> {
    match services
        .accounts
        .login(form.text("name"), form.raw("password"), from.text().as_deref())
        .await
    {
        Ok(session) => {
            let next = Redirect::to(safe_next(form.given("next")));
            Ok(([session_cookie(&session)], next).into_response())
        }
        Err(error) => {
            let wait = match &error {
                crate::engine::Error::TooMany { retry_after_secs } => Some(*retry_after_secs),
                _ => None,
            };
            let trouble = Trouble::from_error(error)?;
            let mut response = (trouble.status(), page(&form, &trouble)).into_response();
            if let Some(secs) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, secs.into());
            }
            Ok(response)
        }
    }
}

/// `POST /logout`
pub async fn logout(
    State(services): State<Services>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<impl IntoResponse, Problem> {
    services.accounts.logout(&login.token).await?;
    Ok(([clear_cookie()], Redirect::to("/login")))
}

/// The page.
#[must_use]
pub fn page(input: &Fields, trouble: &Trouble) -> Markup {
    let content = html! {
        div class="card stack" {
            h1 { "Welcome back" }
            (trouble.show())
            form class="form" method="post" action="/login" {
                @if let Some(next) = input.given("next") { input type="hidden" name="next" value=(next); }
                (Field::new("name", "Name").value(input.text("name")).required().literal().autocomplete("username").autofocus().input())
                (Field::new("password", "Password").kind("password").required().autocomplete("current-password").input())
                button class="button primary full" type="submit" { "Log in" (Icon::Arrow) }
            }
        }
        p class="small muted" { "Does the browser warn of the certificate? " a href="/trust" { "Trust this Hearth" } "." }
    };
    frame::lone("Log in", false, None, &html! { div class="stack" { (content) } })
}
