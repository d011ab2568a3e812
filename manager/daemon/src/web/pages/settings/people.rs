//! People who may log in.

use super::{only_admins, role, role_options, role_word, tabs};
use crate::{
    engine,
    web::{
        Services,
        pages::{
            components::{breadcrumbs, csrf, field::Field, head},
            form::{Fields, Trouble},
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{
    account::{Role, User},
    id::UserId,
};
use maud::{Markup, html};

/// `GET /settings/people`
pub async fn get(frame: Frame, State(services): State<Services>) -> Result<Markup, Problem> {
    let people = if frame.may(Role::Admin) {
        services.accounts.users().await?
    } else {
        Vec::new()
    };
    Ok(page(&frame, &people, &Fields::default(), &Trouble::default()))
}

/// `POST /settings/people`: one more.
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    let name: Option<String> = form.require("name", &mut trouble);
    match (name, role(form.text("role"))) {
        (Some(name), Some(role)) => {
            match services
                .accounts
                .create_user(&name, form.raw("password"), role, &login.actor)
                .await
            {
                Ok(_) => return Ok(Redirect::to("/settings/people").into_response()),
                Err(error) => trouble = Trouble::from_error(error)?,
            }
        }
        (_, None) => trouble.add("role", "choose viewer, operator or admin".to_owned()),
        (None, Some(_)) => {}
    }
    again(&services, login, &form, &trouble).await
}

/// `POST /settings/people/{user}/password`
pub async fn password(
    State(services): State<Services>,
    Path(user): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    match services
        .accounts
        .set_password(id(&user)?, form.raw("password"), Some(&login.token), &login.actor)
        .await
    {
        Ok(()) => Ok(Redirect::to("/settings/people").into_response()),
        Err(error) => again(&services, login, &Fields::default(), &Trouble::from_error(error)?).await,
    }
}

/// `POST /settings/people/{user}/remove`
pub async fn remove(
    State(services): State<Services>,
    Path(user): Path<String>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    match services.accounts.remove_user(id(&user)?, &login.actor).await {
        Ok(()) => Ok(Redirect::to("/settings/people").into_response()),
        Err(error) => again(&services, login, &Fields::default(), &Trouble::from_error(error)?).await,
    }
}

fn id(text: &str) -> Result<UserId, Problem> {
    text.parse()
        .map_err(|_| engine::Error::not_found("person", text).into())
}

async fn again(
    services: &Services,
    login: crate::web::security::Login,
    form: &Fields,
    trouble: &Trouble,
) -> Result<Response, Problem> {
    let frame = Frame::of(login, services).await?;
    let people = services.accounts.users().await?;
    Ok((trouble.status(), page(&frame, &people, form, trouble)).into_response())
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, people: &[User], input: &Fields, trouble: &Trouble) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "People"))
        (head("People", Some("Who may log in, and what they may do."), None))
        (tabs("People"))
        @if frame.may(Role::Admin) {
            div class="split" {
                ul class="card flush list" { @for user in people { (row(frame, user)) } }
                (new(frame, input, trouble))
            }
        } @else { (only_admins()) }
    };
    frame.page(Place::Settings, "People", &content)
}

fn row(frame: &Frame, user: &User) -> Markup {
    let path = format!("/settings/people/{}", user.id);
    let field = format!("password-{}", user.id);
    html! {
        li {
            span class="avatar" { (Icon::User) }
            div class="grow" {
                p class="strong breaks" { (user.name) @if user.name == frame.actor.name { " (you)" } }
                p class="small muted" { (role_word(user.role)) }
            }
            details {
                summary { "Change" span class="hidden" { " " (user.name) } }
                div class="stack" {
                    form class="form" method="post" action={ (path) "/password" } {
                        (csrf(&frame.csrf))
                        input type="text" name="user" value=(user.name) autocomplete="username" hidden;
                        div class="field" {
                            label for=(field) { "New password" }
                            input id=(field) name="password" type="password" required minlength="12" autocomplete="new-password";
                            p class="help" { "At least 12 characters. Ends the person's other logins." }
                        }
                        button class="button little" type="submit" { (Icon::Key) "Set it" }
                    }
                    form method="post" action={ (path) "/remove" } {
                        (csrf(&frame.csrf))
                        button class="button danger little" type="submit" { (Icon::Trash) "Remove " (user.name) }
                    }
                }
            }
        }
    }
}

fn new(frame: &Frame, input: &Fields, trouble: &Trouble) -> Markup {
    html! {
        form class="card form" method="post" action="/settings/people" {
            h2 { "One more" }
            (csrf(&frame.csrf))
            (trouble.show())
            (Field::new("name", "Name").value(input.text("name")).required().literal().autocomplete("off").trouble(trouble, "/name").input())
            (Field::new("password", "Password").kind("password").required().at_least(12).autocomplete("new-password")
                .help("At least 12 characters.").trouble(trouble, "/password").input())
            (Field::new("role", "May").value(input.given("role").unwrap_or("viewer")).trouble(trouble, "/role").select(&role_options()))
            div { button class="button primary" type="submit" { (Icon::Plus) "Add" } }
        }
    }
}
