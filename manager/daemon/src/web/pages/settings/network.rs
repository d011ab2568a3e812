//! Settings, network: the network cards of the box, and a form for each. A change is taken back unless it is confirmed within a minute.

use super::{only_admins, tabs};
use crate::{
    engine::{
        self,
        appliance::{LinkChange, LinkMode, NetworkState, Unconfirmed},
    },
    web::{
        Services,
        pages::{
            components::{
                action,
                badge::{Tone, badge},
                breadcrumbs, csrf,
                field::Field,
                head,
                notice::{Kind, notice},
                table::facts,
            },
            form::{Fields, Trouble},
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
use hearth_model::{
    account::Role,
    system::{LinkSettings, NetworkLink},
};
use maud::{Markup, html};
use std::{fmt::Display, net::IpAddr};

/// `GET /settings/network`
pub async fn get(frame: Frame, State(services): State<Services>, Query(query): Query<Fields>) -> Markup {
    let state = services.network.state().await;
    page(&frame, &state, &query, &Trouble::default())
}

/// `POST /settings/network`
pub async fn post(
    State(services): State<Services>,
    CsrfForm { login, form }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let mut trouble = Trouble::default();
    if let Some(change) = read(&form, &mut trouble) {
        let set = match change.settings() {
            Ok(settings) => services.network.set(change.link, settings, &login.actor).await,
            Err(error) => Err(error),
        };
        match set {
            Ok(_) => return Ok(Redirect::to("/settings/network").into_response()),
            Err(error) => trouble = Trouble::from_error(error)?,
        }
    }
    again(&services, login, &form, &trouble).await
}

/// `POST /settings/network/confirm`
pub async fn confirm(
    State(services): State<Services>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let done = services.network.confirm(&login.actor).await;
    answer(&services, login, done).await
}

/// `POST /settings/network/revert`
pub async fn revert(
    State(services): State<Services>,
    CsrfForm { login, .. }: CsrfForm<Fields>,
) -> Result<Response, Problem> {
    login.require(Role::Admin)?;
    let done = services.network.revert(&login.actor).await;
    answer(&services, login, done).await
}

async fn answer(services: &Services, login: Login, done: engine::Result<NetworkState>) -> Result<Response, Problem> {
    match done {
        Ok(_) => Ok(Redirect::to("/settings/network").into_response()),
        Err(error) => again(services, login, &Fields::default(), &Trouble::from_error(error)?).await,
    }
}

async fn again(services: &Services, login: Login, form: &Fields, trouble: &Trouble) -> Result<Response, Problem> {
    let frame = Frame::of(login, services).await?;
    let state = services.network.state().await;
    Ok((trouble.status(), page(&frame, &state, form, trouble)).into_response())
}

/// What the form asks for. With an address from the network the other fields do not count, whatever was left in them.
fn read(form: &Fields, trouble: &mut Trouble) -> Option<LinkChange> {
    let link = form.require("link", trouble)?;
    if form.text("mode") != "fixed" {
        return Some(LinkChange {
            link,
            mode: LinkMode::Dhcp,
            address: None,
            gateway: None,
            dns: Vec::new(),
        });
    }
    let (address, gateway) = (form.require("address", trouble), form.parse("gateway", trouble));
    let words = form.text("dns").split([' ', ',']).filter(|word| !word.is_empty());
    let dns: Result<Vec<IpAddr>, _> = words.map(str::parse).collect();
    let dns = dns.unwrap_or_else(|_| {
        trouble.add("dns", "are not addresses with blanks between them".to_owned());
        Vec::new()
    });
    trouble.is_none().then_some(LinkChange {
        link,
        mode: LinkMode::Fixed,
        address,
        gateway,
        dns,
    })
}

/// The page; `input` is the form that comes back, or says which link one wants to change.
#[must_use]
pub fn page(frame: &Frame, state: &NetworkState, input: &Fields, trouble: &Trouble) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "Network"))
        (head("Network", Some("How this box is reached."), None))
        (tabs("Network"))
        div class="stack" {
            (trouble.show())
            @if let Some(change) = &state.unconfirmed { (waits(frame, change)) }
            @match &state.unavailable {
                Some(why) => (notice(Kind::Info, "Nothing to set here", &html! { p { (why) } })),
                None => {
                    div class="grid wide" {
                        @for link in &state.items { (one(link)) }
                        @if frame.may(Role::Admin) && state.unconfirmed.is_none() { (form(frame, state, input, trouble)) }
                    }
                    @if state.items.is_empty() { p class="card" { "There is no network card." } }
                    @if !frame.may(Role::Admin) { (only_admins()) }
                },
            }
        }
    };
    // While a change waits, the page shows by itself how that went.
    frame.page_with(
        Place::Settings,
        "Network",
        state.unconfirmed.as_ref().map(|_| 5),
        &content,
    )
}

fn waits(frame: &Frame, change: &Unconfirmed) -> Markup {
    notice(
        Kind::Warm,
        &format!(
            "{} has another {}",
            change.link,
            match change.settings {
                LinkSettings::Dhcp => "address, from the network",
                LinkSettings::Fixed { .. } => "address",
            }
        ),
        &html! {
            p { "It is taken back in " (change.ends_in_secs) " s, unless you confirm that you still reach the box." }
            @if let LinkSettings::Fixed { address, .. } = &change.settings {
                @let url = match address.address {
                    IpAddr::V4(v4) => format!("https://{v4}/settings/network"),
                    IpAddr::V6(v6) => format!("https://[{v6}]/settings/network"),
                };
                p { "Its new address is " a href=(url) { (address.address) } "; by its name it is found as before, within some seconds." }
            }
            @if frame.may(Role::Admin) {
                div class="row" {
                    (action("/settings/network/confirm", &frame.csrf, "primary", Icon::Check, "Keep it"))
                    (action("/settings/network/revert", &frame.csrf, "", Icon::Undo, "Take it back now"))
                }
            }
        },
    )
}

fn list<T: Display>(values: impl IntoIterator<Item = T>) -> Markup {
    let texts: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    html! {
        @if texts.is_empty() { "none" }
        @for text in texts { span class="breaks" { (text) } br; }
    }
}

fn one(link: &NetworkLink) -> Markup {
    let state = match (link.carrier, link.state.as_str()) {
        (false, _) => badge(Tone::Off, "not plugged in"),
        (true, "routable") => badge(Tone::Ok, "connected"),
        (true, state) => badge(Tone::Busy, state),
    };
    let from = |source: &str| match source {
        "DHCPv4" | "DHCPv6" => "from the network",
        "static" => "fixed",
        "NDisc" => "from the router",
        _ => "its own",
    };
    let addresses = link
        .addresses
        .iter()
        .map(|told| format!("{} ({})", told.address, from(&told.source)));
    html! {
        section class="card stack" aria-labelledby={ "link-" (link.name) } {
            div class="row spread" { h2 id={ "link-" (link.name) } { (link.name) } (state) }
            (facts(&[
                ("Hardware address", html! { (link.mac.as_deref().unwrap_or("not known")) }),
                ("Addresses", list(addresses)),
                ("Gateway", list(&link.gateways)),
                ("Names are asked of", list(&link.dns)),
                ("Chosen", html! { (link.settings) }),
            ]))
            p class="small" { a href={ "/settings/network?link=" (link.name) "#change" } { "Change " (link.name) } }
        }
    }
}

/// What a link has now, as its form shows it; what it has from the network is a good beginning for fixing it.
fn fields(link: &NetworkLink) -> Fields {
    let words = |servers: &[IpAddr]| {
        let texts: Vec<String> = servers.iter().map(ToString::to_string).collect();
        texts.join(" ")
    };
    let (mode, address, gateway, dns) = match &link.settings {
        LinkSettings::Fixed { address, gateway, dns } => ("fixed", Some(*address), *gateway, words(dns)),
        LinkSettings::Dhcp => {
            let told = link.addresses.iter().find(|told| told.source == "DHCPv4");
            let gateway = link.gateways.iter().find(|gateway| gateway.is_ipv4());
            (
                "dhcp",
                told.map(|told| told.address),
                gateway.copied(),
                words(&link.dns),
            )
        }
    };
    [
        ("mode", mode.to_owned()),
        (
            "address",
            address.map(|address| address.to_string()).unwrap_or_default(),
        ),
        (
            "gateway",
            gateway.map(|gateway| gateway.to_string()).unwrap_or_default(),
        ),
        ("dns", dns),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// One form for all cards, with what the card has that one came from.
fn form(frame: &Frame, state: &NetworkState, input: &Fields, trouble: &Trouble) -> Markup {
    let asked = state.items.iter().find(|link| link.name.as_str() == input.text("link"));
    let Some(link) = asked.or(state.items.first()) else {
        return html! {};
    };
    let own = fields(link);
    // A form that was sent comes back with what was typed.
    let input = if input.given("mode").is_some() { input } else { &own };
    let modes = [("dhcp", "from the network (DHCP)"), ("fixed", "fixed, as follows")];
    let modes = modes.map(|(value, text)| (value.to_owned(), text.to_owned()));
    let cards: Vec<(String, String)> = state
        .items
        .iter()
        .map(|link| (link.name.to_string(), link.name.to_string()))
        .collect();
    html! {
        form class="card form" id="change" method="post" action="/settings/network" {
            h2 { "Change" }
            (csrf(&frame.csrf))
            (Field::new("link", "Network card").value(link.name.as_str()).trouble(trouble, "/link").select(&cards))
            (Field::new("mode", "Its address").value(input.text("mode")).trouble(trouble, "/mode").select(&modes))
            (Field::new("address", "Address and prefix").optional().value(input.text("address")).literal().example("192.168.1.5/24")
                .trouble(trouble, "/address").input())
            (Field::new("gateway", "Gateway").optional().value(input.text("gateway")).literal().trouble(trouble, "/gateway").input())
            (Field::new("dns", "Names are asked of").optional().value(input.text("dns")).literal()
                .help("At most three addresses with blanks between them.").trouble(trouble, "/dns").input())
            p class="small muted" { "It is done at once. Then you have a minute to confirm that you still reach the box, or it is taken back." }
            div { button class="button" type="submit" { (Icon::Check) "Change it" } }
        }
    }
}
