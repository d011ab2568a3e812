//! Messages in the page: what happened, why, and what to do next.

use crate::web::pages::icons::Icon;
use maud::{Markup, html};

/// How a message is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Kind {
    Info,
    Ok,
    Warm,
    Hot,
}

/// A message with a title and what follows it.
#[must_use]
pub fn notice(kind: Kind, title: &str, body: &Markup) -> Markup {
    let (class, icon) = match kind {
        Kind::Info => ("notice", Icon::Info),
        Kind::Ok => ("notice ok", Icon::Check),
        Kind::Warm => ("notice warm", Icon::Triangle),
        Kind::Hot => ("notice hot", Icon::Octagon),
    };
    html! {
        div class=(class) {
            (icon)
            div class="stack" {
                p class="strong" { (title) }
                (body)
            }
        }
    }
}

/// A message that is told to a screen reader at once: a form that was refused.
#[must_use]
pub fn alert(title: &str, detail: &str, mend: Option<&str>) -> Markup {
    html! {
        div role="alert" {
            (notice(Kind::Hot, title, &html! {
                p { (detail) }
                @if let Some(mend) = mend { p { strong { "What to do: " } (mend) } }
            }))
        }
    }
}
