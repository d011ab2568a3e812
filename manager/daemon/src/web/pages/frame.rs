//! What every page is drawn in: who looks, from which time zone, at what time. And the shells around the content.

use super::{assets, icons::Icon};
use crate::{
    engine,
    web::{
        Services,
        problem::Problem,
        security::{Login, LoginRejection},
    },
};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use hearth_model::account::{Actor, Role};
use jiff::{Timestamp, tz::TimeZone};
use maud::{DOCTYPE, Markup, html};

/// What every page is drawn in.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Who looks.
    pub actor: Actor,
    /// The token that each form carries.
    pub csrf: String,
    /// Zone in which times are shown.
    pub zone: TimeZone,
    /// The time at which the page is drawn.
    pub now: Timestamp,
}

/// The places that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Place {
    Home,
    Apps,
    Nodes,
    Activity,
    Settings,
}

const PLACES: [(Place, &str, &str, Icon); 5] = [
    (Place::Home, "/", "Home", Icon::Home),
    (Place::Apps, "/apps", "Apps", Icon::Apps),
    (Place::Nodes, "/nodes", "Nodes", Icon::Node),
    (Place::Activity, "/activity", "Activity", Icon::Activity),
    (Place::Settings, "/settings", "Settings", Icon::Settings),
];

/// The time zone that was chosen at first boot.
///
/// # Errors
/// When the store fails.
pub async fn zone(services: &Services) -> engine::Result<TimeZone> {
    let name = services.setup.time_zone().await?;
    // A zone that this build's database does not know any more must not keep every page from being shown.
    Ok(TimeZone::get(&name).unwrap_or(TimeZone::UTC))
}

impl Frame {
    /// The frame of a login.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(login: Login, services: &Services) -> engine::Result<Self> {
        Ok(Self {
            zone: zone(services).await?,
            now: services.boot.now(),
            actor: login.actor,
            csrf: login.csrf,
        })
    }

    /// Whether the person has at least this role, to leave out what could not be used.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.actor.role >= role
    }

    /// A page in the shell with the navigation.
    #[must_use]
    pub fn page(&self, place: Place, title: &str, content: &Markup) -> Markup {
        self.page_with(place, title, None, content)
    }

    /// A page that, where scripts are off, is loaded again every `secs` seconds.
    #[must_use]
    pub fn page_with(&self, place: Place, title: &str, refresh_secs: Option<u32>, content: &Markup) -> Markup {
        let body = html! {
            body class="shell" {
                (skip_link())
                header class="bar" {
                    (brand())
                    (self.who())
                }
                nav class="nav" aria-label="Main" {
                    ul {
                        @for (to, href, name, icon) in PLACES {
                            li { a href=(href) aria-current=[(to == place).then_some("page")] { (icon) (name) } }
                        }
                    }
                }
                main id="main" tabindex="-1" { (content) }
                footer class="side-foot" { (self.who()) }
            }
        };
        document(title, refresh_secs, &body)
    }

    fn who(&self) -> Markup {
        html! {
            div class="who row spread nowrap" {
                span class="row nowrap" { (Icon::User) span class="breaks" { (self.actor.name) } }
                form method="post" action="/logout" {
                    (super::components::csrf(&self.csrf))
                    button class="button quiet little" type="submit" { (Icon::Logout) "Log out" }
                }
            }
        }
    }
}

impl FromRequestParts<Services> for Frame {
    type Rejection = LoginRejection;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, LoginRejection> {
        let login = <Login as FromRequestParts<Services>>::from_request_parts(parts, services).await?;
        Self::of(login, services)
            .await
            .map_err(|error| LoginRejection::Problem(Problem::from(error)))
    }
}

impl OptionalFromRequestParts<Services> for Frame {
    type Rejection = LoginRejection;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Option<Self>, LoginRejection> {
        let login = <Login as OptionalFromRequestParts<Services>>::from_request_parts(parts, services).await?;
        match login {
            Some(login) => Self::of(login, services)
                .await
                .map(Some)
                .map_err(|error| LoginRejection::Problem(Problem::from(error))),
            None => Ok(None),
        }
    }
}

/// A page by itself, without navigation: setup, login, errors.
#[must_use]
pub fn lone(title: &str, wide: bool, above: Option<&Markup>, content: &Markup) -> Markup {
    lone_with(title, wide, None, above, content)
}

/// The same, loaded again every `refresh_secs` where scripts are off.
#[must_use]
pub fn lone_with(
    title: &str,
    wide: bool,
    refresh_secs: Option<u32>,
    above: Option<&Markup>,
    content: &Markup,
) -> Markup {
    let body = html! {
        body class="lone" {
            (skip_link())
            header class="stack" {
                (brand())
                @if let Some(above) = above { (above) }
            }
            main id="main" tabindex="-1" class=[wide.then_some("wide")] { (content) }
        }
    };
    document(title, refresh_secs, &body)
}

fn skip_link() -> Markup {
    html! { a class="skip" href="#main" { "Skip to the content" } }
}

fn brand() -> Markup {
    html! {
        a class="brand" href="/" { img src=(assets::url("logo.svg")) alt="" width="30" height="30"; "Hearth" }
    }
}

/// What htmx needs to know: the page of an error is not put into the middle of another, no code from attributes (the content security policy forbids it), no history of its own,
/// and an opened `details` stays open when a part of the page is brought up to date.
const HTMX: &str = r#"{"history": false, "noSwap": [204, 304, 401, 403, 404, 429, "5xx"], "includeIndicatorCSS": false, "morphIgnore": ["data-htmx-powered", "open", "hidden"]}"#;

fn document(title: &str, refresh_secs: Option<u32>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#151210" media="(prefers-color-scheme: dark)";
                meta name="htmx-config" content=(HTMX);
                title { (title) " · Hearth" }
                link rel="icon" type="image/svg+xml" href=(assets::url("favicon.svg"));
                link rel="stylesheet" href=(assets::url("hearth.css"));
                script defer src=(assets::url("vendor/htmx.min.js")) {}
                script defer src=(assets::url("vendor/hx-sse.min.js")) {}
                script defer src=(assets::url("hearth.js")) {}
                @if let Some(secs) = refresh_secs { noscript { meta http-equiv="refresh" content=(secs); } }
            }
            (body)
        }
    }
}
