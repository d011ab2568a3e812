//! Settings, this box: its name, its time zone, and who sets its clock.

use super::{only_admins, tabs};
use crate::{
    engine::{
        self,
        appliance::{HostNameState, TimeChange, TimeState},
    },
    web::{
        Services,
        pages::{
            components::{
                breadcrumbs, csrf,
                field::Field,
                head,
                notice::{Kind, notice},
                table::facts,
            },
            form::{Fields, Trouble},
            format::time,
            frame::{Frame, Place},
            icons::Icon,
        },
        problem::Problem,
        security::{CsrfForm, Login},
    },
};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use hearth_model::{account::Role, name::Slug, system::TimeServer};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct Data {
    /// Name.
    pub name: HostNameState,
    /// Time.
    pub time: TimeState,
}

impl Data {
    async fn read(services: &Services) -> engine::Result<Self> {
        let (name, time) = tokio::try_join!(services.host_name.state(), services.time.state())?;
        Ok(Self { name, time })
    }

    /// As the forms show it.
    fn fields(&self) -> Fields {
        let sync = self.time.sync.as_ref();
        let fields = [
            ("name", Some(self.name.name.clone())),
            ("time_zone", Some(self.time.time_zone.clone())),
            ("servers", sync.map(hearth_model::system::TimeSync::line)),
            ("sync", sync.filter(|sync| sync.on).map(|_| "yes".to_owned())),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        given.collect()
    }
}

/// `GET /settings/box`
pub async fn get(
    frame: Frame,
    State(services): State<Services>,
    Query(query): Query<Fields>,
) -> Result<Markup, Problem> {
    let data = Data::read(&services).await?;
    let input = data.fields();
    Ok(page(&frame, &data, query.ticked("named"), &input, &Trouble::default()))
}

/// `POST /settings/box/name`
pub async fn name(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    let name: Option<Slug> = form.require("name", &mut trouble);
    if let Some(name) = name {
        match services.host_name.set(name, &login.actor).await {
            Ok(_) => return Ok(Redirect::to("/settings/box?named=yes").into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    again(&services, login, &form, &trouble).await
}

/// `POST /settings/box/time`
pub async fn set_time(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let words = form.text("servers").split([' ', ',']).filter(|word| !word.is_empty());
    let servers: Result<Vec<TimeServer>, _> = words.map(str::parse).collect();
    let changed = match servers {
        Ok(servers) => {
            let change = TimeChange {
                time_zone: Some(form.text("time_zone").to_owned()),
                sync: Some(form.ticked("sync")),
                servers: Some(servers),
            };
            services.time.change(change, &login.actor).await
        }
        Err(error) => Err(engine::Error::field("/servers", error.to_string())),
    };
    match changed {
        Ok(_) => Ok(Redirect::to("/settings/box").into_response()),
        Err(error) => again(&services, login, &form, &Trouble::from_error(error)?).await,
    }
}

async fn again(services: &Services, login: Login, form: &Fields, trouble: &Trouble) -> Result<Response, Problem> {
    let frame = Frame::of(login, services).await?;
    let data = Data::read(services).await?;
    Ok((trouble.status(), page(&frame, &data, false, form, trouble)).into_response())
}

/// The page; `named`: it was given its name just now.
#[must_use]
pub fn page(frame: &Frame, data: &Data, named: bool, input: &Fields, trouble: &Trouble) -> Markup {
    let unavailable = data.name.unavailable.as_ref().or(data.time.unavailable.as_ref());
    let kept = data.fields();
    // The form that was sent has its own fields alone.
    let form = |name: &str| if input.given(name).is_some() { input } else { &kept };
    let (name, time_form) = (form("name"), form("time_zone"));
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "This box"))
        (head("This box", Some("What it is called, and how it keeps time."), None))
        (tabs("This box"))
        div class="stack" {
            (trouble.show())
            @if named { (moved(&data.name)) }
            @if let Some(why) = unavailable {
                (notice(Kind::Info, "Nothing to set here", &html! { p { (why) } }))
            }
            @if data.name.address != format!("{}.local", data.name.name) && unavailable.is_none() {
                (notice(Kind::Info, "Another machine has this name", &html! {
                    p { "Something else in this network answers at " code { (data.name.name) ".local" } ", so this box answers at "
                        code { (data.name.address) } ". Give one of them another name." }
                }))
            }
            section class="card stack" aria-labelledby="now" {
                h2 id="now" { "As it is" }
                (facts(&[
                    ("Name", html! { span class="breaks" { (data.name.name) } }),
                    ("Address", html! { span class="breaks" { (data.name.address) } }),
                    ("Clock", html! { (time(data.time.now, &frame.zone)) " (" (data.time.time_zone) ")" }),
                    ("Set by", html! { (set_by(&data.time)) }),
                ]))
            }
            @if unavailable.is_none() {
                @if frame.may(Role::Admin) {
                    div class="grid wide" {
                        form class="card form" method="post" action="/settings/box/name" {
                            h2 { "Name" }
                            (csrf(&frame.csrf))
                            (Field::new("name", "Name").value(name.text("name")).required().literal().autocomplete("off")
                                .help("Letters, digits and hyphens. The box then answers at this name with .local after it, and no longer at the old one.")
                                .trouble(trouble, "/name").input())
                            div { button class="button" type="submit" { (Icon::Check) "Name it so" } }
                        }
                        form class="card form" method="post" action="/settings/box/time" {
                            h2 { "Time" }
                            (csrf(&frame.csrf))
                            (Field::new("time_zone", "Time zone").value(time_form.text("time_zone")).trouble(trouble, "/time_zone").zones(true))
                            label class="choice" {
                                input type="checkbox" name="sync" value="yes" checked[time_form.ticked("sync")];
                                span { "Set the clock from the network" }
                            }
                            (Field::new("servers", "Time servers").optional().value(time_form.text("servers")).literal()
                                .help("Names or addresses with blanks between them, at most 8. Empty: those that the network names, or else public ones.")
                                .trouble(trouble, "/servers").input())
                            div { button class="button" type="submit" { (Icon::Check) "Keep it so" } }
                        }
                    }
                    p class="small" { a href="/settings/reset" { "Factory reset" } ": remove everything, and begin anew." }
                } @else { (only_admins()) }
            }
        }
    };
    frame.page(Place::Settings, "This box", &content)
}

fn set_by(time: &TimeState) -> String {
    match (&time.sync, time.synchronized) {
        (Some(sync), _) if !sync.on => "nobody: time from the network is switched off".to_owned(),
        (_, Some(true)) => "the network".to_owned(),
        (_, Some(false)) => "nobody yet: no time server has answered since the start".to_owned(),
        (_, None) => "the system that Hearth runs on".to_owned(),
    }
}

fn moved(name: &HostNameState) -> Markup {
    let address = format!("https://{}/settings/box", name.address);
    notice(
        Kind::Ok,
        &format!("It is called {}", name.name),
        &html! {
            p { "In a few seconds it answers at " a href=(address) { (name.address) } ". There you log in again. At its numeric address it stays as it is." }
        },
    )
}
