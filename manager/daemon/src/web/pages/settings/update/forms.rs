//! What the forms of the page do.

use super::page;
use crate::{
    engine::{
        self,
        updates::{InstallRequest, RestartAt, UpdateSettings, Window},
    },
    web::{
        Services,
        pages::{
            form::{Fields, Trouble},
            frame::Frame,
            jobs,
        },
        problem::Problem,
        security::{CSRF_FIELD, CsrfForm, Login},
        upload as file,
    },
};
use axum::{
    extract::{Multipart, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, job::Job};
use jiff::civil::Time;

/// `POST /settings/update/check`
pub async fn check(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let begun = services.updates.begin_check(None, &login.actor).await;
    answer(services, login, &form, begun).await
}

/// `POST /settings/update/install`
pub async fn install(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let request = InstallRequest {
        upload: form.given("upload").map(str::to_owned),
        downgrade: form.ticked("downgrade"),
        restart: form.ticked("now").then_some(RestartAt::Now),
    };
    let begun = services.updates.install(request, None, &login.actor).await;
    answer(services, login, &form, begun).await
}

/// `POST /settings/update/rollback`
pub async fn roll_back(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let begun = services.updates.roll_back(None, None, &login.actor).await;
    answer(services, login, &form, begun).await
}

/// `POST /settings/update`
pub async fn save(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    let channel = form.require("channel", &mut trouble);
    let feed = UpdateSettings::parse_feed(form.text("feed"));
    let feed = feed.map_err(|error| trouble.add("feed", error.to_string())).ok();
    let saved = match (channel, feed, restart(&form)) {
        (Some(channel), Some(feed), Ok(restart)) => {
            let settings = UpdateSettings { channel, feed, restart };
            services.updates.set(settings, &login.actor).await.map(drop)
        }
        (_, _, Err(error)) => Err(error),
        (_, _, Ok(_)) => Ok(()),
    };
    if let Err(error) = saved {
        trouble = Trouble::from_error(error)?;
    }
    if trouble.is_none() {
        return Ok(Redirect::to("/settings/update").into_response());
    }
    show(services, login, &form, &trouble).await
}

/// `POST /settings/update/upload`: a form with a file, so that it works without scripts.
pub async fn upload(State(services): State<Services>, login: Login, mut form: Multipart) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        Problem::new(StatusCode::BAD_REQUEST, format!("the form could not be read: {error}"))
    };
    let mut believed = false;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            // The token is the first field of the form: nothing is written before it was checked.
            Some(CSRF_FIELD) => believed = login.is_from_page(&field.text().await.map_err(unreadable)?),
            Some("bundle") if believed => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let received = receive(&services, &login, &name, field).await;
                return match received {
                    Ok(()) => Ok(Redirect::to(&format!("/settings/update?upload={name}")).into_response()),
                    Err(trouble) => show(services, login, &Fields::default(), &trouble?).await,
                };
            }
            _ => {}
        }
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "This form is out of date, or had no file in it. Load the page again and send it once more.",
    ))
}

async fn receive(
    services: &Services,
    login: &Login,
    name: &str,
    field: axum::extract::multipart::Field<'_>,
) -> Result<(), Result<Trouble, Problem>> {
    let path = services.updates.upload_path(name).map_err(Trouble::from_error)?;
    file::receive(field, &path).await.map_err(Err)?;
    let looked = services.updates.uploaded(name, &login.actor).await;
    looked.map(drop).map_err(Trouble::from_error)
}

/// `POST /settings/power`
pub async fn power(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let done = match form.text("action") {
        "off" => services.power.off(&login.actor).await,
        _ => services.power.restart(&login.actor).await,
    };
    match done {
        Ok(()) => Ok(Redirect::to("/settings/update?going=down").into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            show(services, login, &Fields::default(), &trouble).await
        }
    }
}

async fn answer(
    services: Services,
    login: Login,
    form: &Fields,
    begun: engine::Result<Job>,
) -> Result<Response, Problem> {
    match begun {
        Ok(job) => Ok(Redirect::to(&jobs::path(job.id)).into_response()),
        Err(error) => {
            let trouble = Trouble::from_error(error)?;
            show(services, login, form, &trouble).await
        }
    }
}

async fn show(services: Services, login: Login, form: &Fields, trouble: &Trouble) -> Result<Response, Problem> {
    let frame = Frame::of(login, &services).await?;
    let state = services.updates.state().await?;
    // Another form than that of the settings has none of their fields.
    let kept = fields(&state.settings, None);
    let input = if form.given("channel").is_some() { form } else { &kept };
    Ok((trouble.status(), page(&frame, &state, input, trouble)).into_response())
}

/// When to restart, as the fields say.
fn restart(form: &Fields) -> engine::Result<RestartAt> {
    match form.text("restart") {
        "now" => Ok(RestartAt::Now),
        "window" => {
            let time = |name: &str| {
                let read = format!("{}:00", form.text(name)).parse();
                read.map_err(|_| engine::Error::field(format!("/{name}"), "is not a time of day such as 03:00"))
            };
            Ok(RestartAt::Window(Window {
                from: time("from")?,
                until: time("until")?,
            }))
        }
        _ => Ok(RestartAt::Later),
    }
}

/// The settings as their form shows them, and the name of a bundle that was uploaded just now.
pub(super) fn fields(settings: &UpdateSettings, upload: Option<&str>) -> Fields {
    let (restart, window) = match settings.restart {
        RestartAt::Now => ("now", None),
        RestartAt::Later => ("later", None),
        RestartAt::Window(window) => ("window", Some(window)),
    };
    let time = |time: fn(&Window) -> Time| window.map(|window| time(&window).strftime("%H:%M").to_string());
    let fields = [
        ("channel", Some(settings.channel.to_string())),
        ("feed", settings.feed.as_ref().map(ToString::to_string)),
        ("restart", Some(restart.to_owned())),
        ("from", time(|window| window.from)),
        ("until", time(|window| window.until)),
        ("upload", upload.map(str::to_owned)),
    ];
    let given = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    given.collect()
}
