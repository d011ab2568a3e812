//! Changing the answers of an app: it is rendered anew and its node brought to it.

use super::questions;
use crate::{
    engine,
    web::{
        Services,
        pages::{
            components::{breadcrumbs, csrf, head, link},
            form::{Fields, Trouble},
            frame::{Frame, Place},
            icons::Icon,
            jobs,
        },
        problem::Problem,
        security::CsrfForm,
    },
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, app::App, recipe::manifest::Question};
use maud::{Markup, html};

/// `GET /apps/{app}/change`
pub async fn get(frame: Frame, State(services): State<Services>, Path(key): Path<String>) -> Result<Markup, Problem> {
    let (app, questions) = read(&services, &key).await?;
    let input = app
        .answers
        .iter()
        .map(|(id, answer)| (format!("answers-{id}"), answer.clone()))
        .collect();
    Ok(page(&frame, &app, &questions, &input, &Trouble::default()))
}

/// `POST /apps/{app}/change`
pub async fn post(
    State(services): State<Services>,
    Path(key): Path<String>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Operator)?;
    match services
        .apps
        .change(&key, questions::answers(&form), None, &login.actor)
        .await
    {
        Ok(job) => Ok(Redirect::to(&jobs::path(job.id)).into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            let (app, questions) = read(&services, &key).await?;
            let frame = Frame::of(login, &services).await?;
            Ok((trouble.status(), page(&frame, &app, &questions, &form, &trouble)).into_response())
        }
    }
}

/// The app and its recipe's questions; a password that was answered before may be left as it is.
async fn read(services: &Services, key: &str) -> engine::Result<(App, Vec<Question>)> {
    use hearth_model::recipe::manifest::QuestionKind;
    let app = services.apps.get(key).await?;
    let recipe = services.catalogue.get(&app.recipe)?;
    let mut questions = recipe.manifest.questions.clone();
    for question in questions.iter_mut().filter(|q| q.kind == QuestionKind::Password) {
        question.required = Some(false);
        question.help = Some("Leave it empty to keep the one it has.".to_owned());
    }
    Ok((app, questions))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, app: &App, questions: &[Question], input: &Fields, trouble: &Trouble) -> Markup {
    let path = format!("/apps/{}", app.slug);
    let content = html! {
        (breadcrumbs(&[("/apps", "Apps"), (&path, &app.name)], "Change answers"))
        (head(&format!("Change {}", app.name), Some("Its containers are made anew where an answer changes them. Its data stays."), None))
        div class="stack" {
            (trouble.show())
            @if questions.is_empty() {
                p class="card muted" { "The recipe asks nothing, so there is nothing to change." }
            } @else {
                form class="card form" method="post" action={ (path) "/change" } {
                    (csrf(&frame.csrf))
                    @for question in questions { (questions::field(question, input, trouble)) }
                    div class="row" {
                        button class="button primary" type="submit" { (Icon::Check) "Change it" }
                        (link(&path, "quiet", Icon::X, "Leave it as it is"))
                    }
                }
            }
        }
    };
    frame.page(Place::Apps, &format!("Change {}", app.name), &content)
}
