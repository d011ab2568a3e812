//! Long lists: what is searched for and filtered by, and the way to the part that follows. All of it works without scripts.

use crate::web::pages::icons::Icon;
use maud::{Markup, html};

/// The address of a list with what was asked of it; what is empty is left out.
#[must_use]
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut written = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        written.append_pair(name, value);
    }
    let written = written.finish();
    if written.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{written}")
    }
}

/// To the beginning of a list, when it is `past` it, and to what follows. `query` is what was asked of it, without the
/// cursor; `fragment` is where on the page the list begins.
#[must_use]
pub fn turn(path: &str, query: &[(&str, &str)], fragment: &str, past: bool, next: Option<&str>) -> Markup {
    let link = |after: &str| {
        let query: Vec<(&str, &str)> = query.iter().copied().chain([("after", after)]).collect();
        format!("{}{fragment}", address(path, &query))
    };
    html! {
        @if past || next.is_some() {
            nav class="row" aria-label="Parts of the list" {
                @if past { a class="button" rel="first" href=(link("")) { "To the beginning" } }
                @if let Some(next) = next { a class="button" rel="next" href=(link(next)) { "Next" (Icon::Arrow) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_stays_on_the_next_page() {
        let shown = turn(
            "/nodes",
            &[("search", "a&b"), ("group", "")],
            "#list",
            false,
            Some("node-9"),
        )
        .into_string();
        assert!(
            shown.contains("href=\"/nodes?search=a%26b&amp;after=node-9#list\""),
            "{shown}"
        );
        assert!(!shown.contains("rel=\"first\""));
        assert_eq!(turn("/nodes", &[], "", false, None).into_string(), "");
        assert_eq!(address("/nodes", &[("group", "")]), "/nodes");
    }
}
