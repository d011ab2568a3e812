//! `/auth`: logging in with a cookie or a token.

use super::{
    answer::whole,
    extract::{Body, Key},
};
use crate::{
    engine::{accounts::Session, audit::Page},
    web::{
        Services,
        problem::Problem,
        security::{AsAdmin, AsViewer, ClientAddr, Identity, clear_cookie, session_cookie},
    },
};
use axum::{Extension, Json, extract::State, http::StatusCode, response::IntoResponse};
use hearth_model::account::{Role, Token};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Login name.
    username: String,
    /// Password.
    password: String,
}

/// Name and password, and how long the token shall last.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// Login name.
    username: String,
    /// Password.
    password: String,
    /// Seconds until it ends, 60 to 86,400; default 3,600.
    #[serde(default)]
    ttl_s: Option<u64>,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoggedIn {
    /// Login name, or `token:<name>`.
    pub name: String,
    /// What the asker may do.
    pub role: Role,
    /// What each change made with the cookie must carry in the header `X-CSRF-Token`; none with a token.
    pub csrf: Option<String>,
    /// When the session ends unless it is used; none with a token.
    pub expires_at: Option<Timestamp>,
}

impl From<&Session> for LoggedIn {
    fn from(session: &Session) -> Self {
        Self {
            name: session.actor.name.clone(),
            role: session.actor.role,
            csrf: Some(session.csrf.clone()),
            expires_at: Some(session.expires_at),
        }
    }
}

/// A signed token.
#[derive(Serialize, ToSchema)]
pub struct Issued {
    /// To be sent as `Authorization: Bearer <token>`.
    token: String,
    /// When it ends.
    expires_at: Timestamp,
}

/// A wish for a long-lived token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, 1 to 64 characters.
    name: String,
    /// What it may do; at most what the asker may.
    role: Role,
}

/// A long-lived token that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeToken {
    /// The token as it is listed.
    token: Token,
    /// Its text; never to be had again.
    secret: String,
}

/// Log in with a cookie
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = Credentials,
    responses((status = 200, description = "Logged in; a session cookie is set", body = LoggedIn),
        (status = 401, description = "Wrong name or password", body = Problem, content_type = "application/problem+json")))]
pub async fn login(
    State(services): State<Services>,
    from: ClientAddr,
    Body(given): Body<Credentials>,
) -> Result<impl IntoResponse, Problem> {
    let from = from.text();
    let session = services
        .accounts
        .login(&given.username, &given.password, from.as_deref())
        .await?;
    Ok(([session_cookie(&session)], Json(LoggedIn::from(&session))))
}

/// Who am I
#[utoipa::path(get, path = "/auth/session", tag = "auth",
    responses((status = 200, description = "Who is asking", body = LoggedIn)))]
pub async fn session(AsViewer(actor): AsViewer, identity: Option<Extension<Identity>>) -> Json<LoggedIn> {
    if let Some(Extension(Identity::Browser(session))) = identity {
        return Json(LoggedIn::from(&session));
    }
    Json(LoggedIn {
        name: actor.name,
        role: actor.role,
        csrf: None,
        expires_at: None,
    })
}

/// Log out
///
/// Ends the session of the cookie. A token is ended by revoking it.
#[utoipa::path(post, path = "/auth/logout", tag = "auth",
    responses((status = 204, description = "Logged out; the cookie is taken away")))]
pub async fn logout(
    _: AsViewer,
    State(services): State<Services>,
    identity: Option<Extension<Identity>>,
) -> Result<impl IntoResponse, Problem> {
    if let Some(Extension(Identity::Browser(session))) = identity {
        services.accounts.logout(&session.token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [clear_cookie()]))
}

/// A signed, expiring token
#[utoipa::path(post, path = "/auth/token", tag = "auth", security(()), request_body = TokenRequest,
    responses((status = 200, description = "The token", body = Issued),
        (status = 401, description = "Wrong name or password", body = Problem, content_type = "application/problem+json")))]
pub async fn token(
    State(services): State<Services>,
    from: ClientAddr,
    Body(given): Body<TokenRequest>,
) -> Result<Json<Issued>, Problem> {
    let from = from.text();
    let (token, expires_at) = services
        .accounts
        .issue(&given.username, &given.password, given.ttl_s, from.as_deref())
        .await?;
    Ok(Json(Issued { token, expires_at }))
}

/// Long-lived tokens
#[utoipa::path(get, path = "/auth/tokens", tag = "auth",
    responses((status = 200, description = "All of them, without their text", body = Page<Token>)))]
pub async fn tokens(_: AsAdmin, State(services): State<Services>) -> Result<Json<Page<Token>>, Problem> {
    Ok(Json(whole(services.accounts.tokens().await?)))
}

/// Make a long-lived token
#[utoipa::path(post, path = "/auth/tokens", tag = "auth", request_body = NewToken,
    responses((status = 201, description = "Made; its text is in this answer alone", body = MadeToken)))]
pub async fn create_token(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    Body(wish): Body<NewToken>,
) -> Result<impl IntoResponse, Problem> {
    let (token, secret) = services.accounts.create_token(&wish.name, wish.role, &actor).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token, secret })))
}

/// Revoke a long-lived token
#[utoipa::path(delete, path = "/auth/tokens/{token}", tag = "auth",
    params(("token" = String, Path, description = "Id of the token")),
    responses((status = 204, description = "Revoked")))]
pub async fn revoke_token(
    AsAdmin(actor): AsAdmin,
    State(services): State<Services>,
    key: Key,
) -> Result<StatusCode, Problem> {
    services.accounts.revoke_token(key.parse("token")?, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
