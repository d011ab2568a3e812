//! The parts that pages are put together from. Each is a pure function from values to markup.

pub mod badge;
pub mod code;
pub mod confirm;
pub mod field;
pub mod meter;
pub mod notice;
pub mod pages;
pub mod plot;
pub mod qr;
pub mod steps;
pub mod table;

use super::icons::Icon;
use maud::{Markup, html};

/// A hidden field with the login's token, which every form that changes something carries.
#[must_use]
pub fn csrf(token: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(token); }
}

/// A button that does something: a form by itself.
#[must_use]
pub fn action(href: &str, token: &str, class: &str, icon: Icon, label: &str) -> Markup {
    action_with(href, token, &[], class, icon, label)
}

/// The same with hidden fields.
#[must_use]
pub fn action_with(href: &str, token: &str, fields: &[(&str, &str)], class: &str, icon: Icon, label: &str) -> Markup {
    html! {
        form method="post" action=(href) {
            (csrf(token))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button class={ "button " (class) } type="submit" { (icon) (label) }
        }
    }
}

/// A link that looks like a button.
#[must_use]
pub fn link(href: &str, class: &str, icon: Icon, label: &str) -> Markup {
    html! { a class={ "button " (class) } href=(href) { (icon) (label) } }
}

/// Where a page stands: links to what is above it, and its own name last.
#[must_use]
pub fn breadcrumbs(above: &[(&str, &str)], here: &str) -> Markup {
    html! {
        nav class="crumbs" aria-label="Breadcrumbs" {
            ol {
                @for (href, name) in above { li { a href=(href) { (name) } } }
                li aria-current="page" { (here) }
            }
        }
    }
}

/// The head of a page: its name, a sentence, and what can be done.
#[must_use]
pub fn head(title: &str, lead: Option<&str>, actions: Option<&Markup>) -> Markup {
    html! {
        header class="head" {
            div class="stack" {
                h1 { (title) }
                @if let Some(lead) = lead { p class="lead" { (lead) } }
            }
            @if let Some(actions) = actions { div class="row" { (actions) } }
        }
    }
}

/// Who a card is about: picture, name with its state, and a line below.
#[must_use]
pub fn identity(avatar: &Markup, href: &str, name: &str, state: &Markup, line: &str) -> Markup {
    html! {
        div class="ident" {
            (avatar)
            div {
                div class="row spread" {
                    h3 class="breaks" { a href=(href) { (name) } }
                    (state)
                }
                p class="small muted breaks" { (line) }
            }
        }
    }
}

/// Shown where a list has nothing yet: what would be here, and how to get it.
#[must_use]
pub fn empty(icon: Icon, title: &str, text: &str, actions: Option<&Markup>) -> Markup {
    html! {
        div class="empty" {
            (icon)
            h2 { (title) }
            p { (text) }
            @if let Some(actions) = actions { div class="row" { (actions) } }
        }
    }
}

/// A part of the page that is brought up to date by server-sent events. Without scripts it shows what was so at load.
/// `none`: only the parts that a message names are replaced; the page of an error is not put in here.
#[must_use]
pub fn live(id: &str, source: &str, content: &Markup) -> Markup {
    html! {
        div hx-sse:connect=(source) hx-swap="none" data-calm="" {
            div id=(id) { (content) }
        }
    }
}

/// What is sent to bring the part `id` up to date; what is equal stays untouched, focus and input too.
#[must_use]
pub fn partial(id: &str, content: &Markup) -> Markup {
    html! { hx-partial hx-target={ "#" (id) } hx-swap="innerMorph" { (content) } }
}

/// Lines added to the end of the part `id`.
#[must_use]
pub fn appended(id: &str, content: &Markup) -> Markup {
    html! { hx-partial hx-target={ "#" (id) } hx-swap="beforeend" { (content) } }
}
