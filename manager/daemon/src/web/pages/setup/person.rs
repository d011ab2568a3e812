//! Name of the box, the first administrator, the time zone: four fields, then the person is logged in.

use super::{Step, steps};
use crate::{
    engine::{discovery::DiscoverRequest, setup::SetupRequest},
    web::{
        Services,
        pages::{
            components::field::Field,
            form::{Fields, Trouble},
            frame,
            icons::Icon,
        },
        problem::Problem,
        security::{ClientAddr, OpenForm, session_cookie},
    },
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::name::Slug;
use maud::{Markup, html};

/// `GET /setup/name`
pub async fn get(State(services): State<Services>) -> Result<Response, Problem> {
    let state = services.setup.state().await?;
    if state.set_up {
        return Ok(Redirect::to("/").into_response());
    }
    let input = [("name".to_owned(), state.name)].into_iter().collect();
    Ok(page(&input, &Trouble::default()).into_response())
}

/// `POST /setup`
pub async fn post(
    State(services): State<Services>,
    from: ClientAddr,
    OpenForm(form): OpenForm<Fields>,
) -> Result<Response, Problem> {
    let mut trouble = Trouble::default();
    let name: Option<Slug> = form.require("name", &mut trouble);
    let admin: Option<String> = form.require("admin", &mut trouble);
    let time_zone: Option<String> = form.require("time_zone", &mut trouble);
    if form.raw("password").is_empty() {
        trouble.add("password", "choose a password".to_owned());
    }
    if let (Some(name), Some(admin), Some(time_zone), true) = (name, admin, time_zone, trouble.is_none()) {
        let request = SetupRequest {
            name,
            admin,
            password: form.raw("password").to_owned(),
            time_zone,
        };
        match services.setup.complete(request, from.text().as_deref()).await {
            Ok(session) => {
                // The search begins while the next page is on its way; without it the page offers to begin one.
                let next = match services
                    .discovery
                    .start(DiscoverRequest::default(), None, &session.actor)
                    .await
                {
                    Ok(job) => format!("/setup/machines?job={}", job.id),
                    Err(error) => {
                        tracing::warn!(%error, "the search for machines could not be begun after set-up");
                        "/setup/machines".to_owned()
                    }
                };
                return Ok(([session_cookie(&session)], Redirect::to(&next)).into_response());
            }
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    Ok((trouble.status(), page(&form, &trouble)).into_response())
}

/// The page.
#[must_use]
pub fn page(input: &Fields, trouble: &Trouble) -> Markup {
    let zone = input.given("time_zone").unwrap_or("UTC");
    let content = html! {
        form class="card form" method="post" action="/setup" {
            div class="stack tight" {
                h1 { "You and your box" }
                p class="muted small" { "Four answers, and you are in." }
            }
            (trouble.show())
            (Field::new("name", "Name of this box").value(input.given("name").unwrap_or("hearth")).required().literal()
                .help("You will find it under this name, followed by .local").trouble(trouble, "/name").input())
            (Field::new("admin", "Your name, to log in with").value(input.text("admin")).required().literal().autocomplete("username").autofocus()
                .trouble(trouble, "/admin").input())
            (Field::new("password", "Password").kind("password").required().at_least(12).autocomplete("new-password")
                .help("At least 12 characters. A few words that you like are good.").trouble(trouble, "/password").input())
            (Field::new("time_zone", "Time zone").value(zone).required().trouble(trouble, "/time_zone").zones(input.given("time_zone").is_some()))
            button class="button primary full" type="submit" { "Next: find machines" (Icon::Arrow) }
        }
    };
    frame::lone("You and your box", false, Some(&steps(Step::Person)), &content)
}
