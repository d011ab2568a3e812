//! Named tokens for programs. The text of one is shown once, right after it was made, and never again.

use super::{only_admins, role, role_options, role_word, tabs};
use crate::{
    engine,
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs,
                code::copy,
                csrf, empty,
                field::Field,
                head,
                notice::{Kind, notice},
            },
            form::{Fields, Trouble},
            format::ago,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{
    account::{Role, Token},
    id::TokenId,
};
use maud::{Markup, html};

/// `GET /settings/tokens`
pub async fn get(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let tokens = if frame.may(Role::Admin) {
        services.accounts.tokens().await?
    } else {
        Vec::new()
    };
    Ok(page(&frame, &tokens, None, &Fields::default(), &Trouble::default()))
}

/// `POST /settings/tokens`: answers with the page that shows the token, as it can be shown only now.
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    let name: Option<String> = form.require("name", &mut trouble);
    let mut made = None;
    match (name, role(form.text("role"))) {
        (Some(name), Some(role)) => match services.accounts.create_token(&name, role, &login.actor).await {
            Ok((_, text)) => made = Some(text),
            Err(error) => trouble = Trouble::from_error(error)?,
        },
        (_, None) => trouble.add("role", "choose viewer, operator or admin".to_owned()),
        (None, Some(_)) => {}
    }
    let frame = Frame::of(login, &services).await?;
    let tokens = services.accounts.tokens().await?;
    let input = if made.is_some() { Fields::default() } else { form };
    let page = page(&frame, &tokens, made.as_deref(), &input, &trouble);
    Ok((trouble.status(), [(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// `POST /settings/tokens/{token}/revoke`
pub async fn revoke(
    State(services): State<Services>,
    Path(token): Path<String>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Redirect, Problem> {
    login.require(Role::Admin)?;
    let id: TokenId = token
        .parse()
        .map_err(|_| Problem::from(engine::Error::not_found("token", &token)))?;
    services.accounts.revoke_token(id, &login.actor).await?;
    Ok(Redirect::to("/settings/tokens"))
}

/// The page; `made` is the text of a token that was made just now.
#[must_use]
pub fn page(frame: &Frame, tokens: &[Token], made: Option<&str>, input: &Fields, trouble: &Trouble) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "Tokens"))
        (head("Tokens", Some("For scripts and programs. Each can be revoked by itself."), None))
        (tabs("Tokens"))
        @if frame.may(Role::Admin) {
            div class="stack" {
                @if let Some(text) = made {
                    div role="status" {
                        (notice(Kind::Ok, "Here is the token. It is shown this once.", &html! {
                            p class="secret" { code id="token" class="breaks" { (text) } (copy("token")) }
                        }))
                    }
                }
                div class="split" {
                    @if tokens.is_empty() { (empty(Icon::Key, "No tokens", "A token lets a program do what its role may.", None)) }
                    @else { ul class="card flush list" { @for token in tokens { (row(frame, token)) } } }
                    (new(frame, input, trouble))
                }
            }
        } @else { (only_admins()) }
    };
    frame.page(Place::Settings, "Tokens", &content)
}

fn row(frame: &Frame, token: &Token) -> Markup {
    html! {
        li {
            span class="avatar" { (Icon::Key) }
            div class="grow" {
                p class="strong breaks" { (token.name) }
                p class="small muted" {
                    (role_word(token.role)) " · made " (ago(token.created_at, frame.now, &frame.zone)) " · "
                    @match token.last_used_at { Some(at) => { "used " (ago(at, frame.now, &frame.zone)) }, None => "never used" }
                }
            }
            form method="post" action={ "/settings/tokens/" (token.id) "/revoke" } {
                (csrf(&frame.csrf))
                button class="button danger little" type="submit" { "Revoke" span class="hidden" { " " (token.name) } }
            }
        }
    }
}

fn new(frame: &Frame, input: &Fields, trouble: &Trouble) -> Markup {
    html! {
        form class="card form" method="post" action="/settings/tokens" {
            h2 { "One more" }
            (csrf(&frame.csrf))
            (trouble.show())
            (Field::new("name", "What it is for").value(input.text("name")).required().example("backup script").autocomplete("off")
                .trouble(trouble, "/name").input())
            (Field::new("role", "May").value(input.given("role").unwrap_or("viewer")).trouble(trouble, "/role").select(&role_options()))
            div { button class="button primary" type="submit" { (Icon::Plus) "Make it" } }
        }
    }
}
