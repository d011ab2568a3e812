//! How the page looks.

use crate::{
    engine::updates::{LastUpdate, RestartAt, UpdateState},
    web::pages::{
        components::{
            action, action_with,
            badge::{Tone, badge},
            breadcrumbs, csrf,
            field::Field,
            head,
            notice::{Kind, notice},
        },
        form::{Fields, Trouble},
        format::{ago, time},
        frame::{Frame, Place},
        icons::Icon,
        settings::{only_admins, tabs},
    },
};
use hearth_model::{
    account::Role,
    update::{Boot, Channel, Health, Offer, Outcome, Slot, Slots},
};
use maud::{Markup, html};

/// The page.
#[must_use]
pub fn page(frame: &Frame, state: &UpdateState, input: &Fields, trouble: &Trouble) -> Markup {
    let content = html! {
        (breadcrumbs(&[("/settings", "Settings")], "Updates"))
        (head("Updates", Some("Hearth has two slots. An update goes into the one that does not run, and if it does not come up, the box goes back by itself."), None))
        (tabs("Updates"))
        div class="stack" {
            (trouble.show())
            @if let Some(last) = &state.last { (outcome(frame, last)) }
            @match &state.slots {
                Some(slots) => {
                    (offer(frame, state))
                    (both(frame, state, slots))
                    @if frame.may(Role::Admin) {
                        div class="grid wide" { (by_hand(frame, state, input)) (settings(frame, input, trouble)) (power(frame)) }
                    } @else { (only_admins()) }
                },
                None if state.installing => (notice(Kind::Info, "An update is being installed", &html! {
                    p { "This takes some minutes, and the slots are shown again when it is done. " a href="/activity" { "How far it is" } }
                })),
                None => (notice(Kind::Info, "Nothing to update here", &html! {
                    p { (state.unavailable.as_deref().unwrap_or_default()) }
                    p class="small muted" { "Version " (state.version) " runs. Update it in the way it was installed." }
                })),
            }
        }
    };
    frame.page(Place::Settings, "Updates", &content)
}

fn outcome(frame: &Frame, last: &LastUpdate) -> Markup {
    let when = html! { p class="small muted" { "Installed " (ago(last.installed.at, frame.now, &frame.zone)) " over " (last.installed.from) "." } };
    match last.outcome {
        Outcome::WaitsForRestart => notice(
            Kind::Warm,
            &format!("{} starts with the next restart", last.installed.to),
            &html! {
                (when)
                @if frame.may(Role::Admin) {
                    (action_with("/settings/power", &frame.csrf, &[("action", "restart")], "primary", Icon::Refresh, "Restart now"))
                }
            },
        ),
        Outcome::Updated => notice(Kind::Ok, &format!("Updated to {}", last.installed.to), &when),
        Outcome::FellBack => notice(
            Kind::Hot,
            &format!(
                "{} did not come up; {} runs again",
                last.installed.to, last.installed.from
            ),
            &html! {
                p { "Why: " (last.reason.as_deref().unwrap_or("it did not get far enough to leave word.")) }
                p { "Nothing is lost. Wait for a newer version, or install this one again." }
                (when)
            },
        ),
    }
}

fn offer(frame: &Frame, state: &UpdateState) -> Markup {
    html! {
        section class="card stack" aria-labelledby="offer" {
            @match &state.offer {
                Some(offer) => {
                    h2 id="offer" { "Hearth " (offer.version) " is there" }
                    (notes(frame, offer))
                    @if frame.may(Role::Admin) { (install(frame, state, None, "Install it")) }
                },
                None => h2 id="offer" { "Hearth " (state.version) " runs" },
            }
            p class="small muted" {
                @match &state.checked {
                    Some(checked) => {
                        @match &checked.error {
                            Some(error) => { "The feed could not be read " (ago(checked.at, frame.now, &frame.zone)) ": " (error) },
                            None => { "Looked for updates " (ago(checked.at, frame.now, &frame.zone)) "." },
                        }
                    },
                    None if state.settings.feed.is_none() => "No feed is chosen: updates are only installed by hand.",
                    None => "Not looked for updates yet.",
                }
            }
            @if frame.may(Role::Admin) && state.settings.feed.is_some() {
                (action("/settings/update/check", &frame.csrf, "", Icon::Search, "Look for updates"))
            }
        }
    }
}

fn notes(frame: &Frame, offer: &Offer) -> Markup {
    html! {
        p class="small muted" { "Released " (time(offer.released_at, &frame.zone)) " · " (offer.bundle.size) }
        @if !offer.notes.trim().is_empty() {
            details open { summary { "What is new" } @for line in offer.notes.lines() { p { (line) } } }
        }
    }
}

/// The form that installs; `upload` names a bundle that was uploaded.
fn install(frame: &Frame, state: &UpdateState, upload: Option<&str>, label: &str) -> Markup {
    let then = match state.settings.restart {
        RestartAt::Now => None,
        RestartAt::Later => Some("Otherwise it waits until you restart the box.".to_owned()),
        RestartAt::Window(window) => Some(format!(
            "Otherwise between {} and {}.",
            window.from.strftime("%H:%M"),
            window.until.strftime("%H:%M")
        )),
    };
    html! {
        form class="form" method="post" action="/settings/update/install" {
            (csrf(&frame.csrf))
            @if let Some(upload) = upload { input type="hidden" name="upload" value=(upload); }
            @if let Some(then) = then {
                label class="choice" {
                    input type="checkbox" name="now" value="yes";
                    span { "Restart as soon as it is installed. " (then) }
                }
            } @else { p class="small muted" { "The box restarts as soon as it is installed." } }
            @if upload.is_some() {
                label class="choice" {
                    input type="checkbox" name="downgrade" value="yes";
                    span { "Also if it is older than what runs (what the newer one wrote may be lost)" }
                }
            }
            div { button class="button primary" type="submit" { (Icon::Down) (label) } }
        }
    }
}

fn restart_fields(input: &Fields, trouble: &Trouble) -> Markup {
    let options = [
        ("later", "when I restart the box"),
        ("now", "as soon as it is installed"),
        ("window", "at night, between these times"),
    ]
    .map(|(value, text)| (value.to_owned(), text.to_owned()));
    html! {
        (Field::new("restart", "Restart").value(input.given("restart").unwrap_or("later")).select(&options))
        div class="row top" {
            (Field::new("from", "From").kind("time").value(input.given("from").unwrap_or("03:00")).trouble(trouble, "/from").input())
            (Field::new("until", "Until").kind("time").value(input.given("until").unwrap_or("05:00")).trouble(trouble, "/until").input())
        }
    }
}

fn both(frame: &Frame, state: &UpdateState, slots: &Slots) -> Markup {
    // What starts next anyway has just been installed.
    let may_go_back = slots
        .other()
        .is_some_and(|slot| slot.health == Health::Good && slots.next.as_ref() != Some(&slot.bootname));
    html! {
        section class="stack" aria-labelledby="slots" {
            h2 id="slots" { "Both slots" }
            div class="grid wide" { @for slot in &slots.slots { (one(frame, state, slots, slot)) } }
            @if may_go_back && frame.may(Role::Admin) {
                p class="small muted" { "An older Hearth may have to take up an older copy of its database: what was changed in Hearth since is then lost. Apps and their data stay." }
                (action("/settings/update/rollback", &frame.csrf, "danger", Icon::Undo, "Go back to the other slot, and restart"))
            }
        }
    }
}

fn one(frame: &Frame, state: &UpdateState, slots: &Slots, slot: &Slot) -> Markup {
    let runs = slot.boot == Boot::Booted;
    let version = match &slot.version {
        _ if runs => state.version.as_str(),
        Some(version) => version,
        None => "as the disk was written",
    };
    let health = match slot.health {
        Health::Good => badge(Tone::Ok, "good"),
        Health::Bad if runs => badge(Tone::Busy, "on trial"),
        Health::Bad => badge(Tone::Warm, "not good"),
        Health::Unknown => badge(Tone::Off, "not known"),
    };
    html! {
        div class="card stack" {
            div class="row spread" { h3 { "Slot " (slot.bootname) } (health) }
            p class="strong" { (version) }
            p class="small muted" {
                @if runs { "runs now" } @else { "at rest" }
                @if slots.next.as_ref() == Some(&slot.bootname) { " · starts next" }
                @if let Some(at) = slot.installed_at { " · installed " (ago(at, frame.now, &frame.zone)) }
            }
        }
    }
}

fn by_hand(frame: &Frame, state: &UpdateState, input: &Fields) -> Markup {
    html! {
        section class="card stack" aria-labelledby="hand" {
            h2 id="hand" { "By hand" }
            @if let Some(name) = input.given("upload") {
                p { strong class="breaks" { (name) } " is here, and its signature is good." }
                (install(frame, state, Some(name), "Install the upload"))
            }
            form class="form" method="post" action="/settings/update/upload" enctype="multipart/form-data" {
                (csrf(&frame.csrf))
                div class="field" {
                    label for="bundle" { "Bundle" }
                    p class="help" id="bundle-help" { "A file that ends in .raucb, made for this kind of box." }
                    input id="bundle" type="file" name="bundle" accept=".raucb" required aria-describedby="bundle-help";
                }
                div { button class="button" type="submit" { (Icon::File) "Upload it" } }
            }
        }
    }
}

fn settings(frame: &Frame, input: &Fields, trouble: &Trouble) -> Markup {
    let channels = [
        (Channel::Stable, "stable: meant for everyone"),
        (Channel::Beta, "beta: tried out before that"),
    ]
    .map(|(channel, text)| (channel.to_string(), text.to_owned()));
    html! {
        form class="card form" method="post" action="/settings/update" {
            h2 { "Where updates come from" }
            (csrf(&frame.csrf))
            (Field::new("channel", "Channel").value(input.text("channel")).trouble(trouble, "/channel").select(&channels))
            (Field::new("feed", "Address of the feed").kind("url").optional().value(input.text("feed")).literal()
                .help("Looked at once a day. What it offers must be signed by Hearth's releases, wherever it comes from.")
                .trouble(trouble, "/feed").input())
            details { summary { "When the box restarts after an update" } (restart_fields(input, trouble)) }
            div { button class="button" type="submit" { (Icon::Check) "Keep it so" } }
        }
    }
}

fn power(frame: &Frame) -> Markup {
    html! {
        section class="card stack" aria-labelledby="power" {
            h2 id="power" { "Power" }
            p class="small muted" { "Apps on other machines go on running. Those on this box stop with it, and start with it again." }
            div class="row" {
                (action_with("/settings/power", &frame.csrf, &[("action", "restart")], "", Icon::Refresh, "Restart this box"))
                (action_with("/settings/power", &frame.csrf, &[("action", "off")], "danger", Icon::Stop, "Turn it off"))
            }
        }
    }
}
