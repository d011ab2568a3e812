//! What holds for every page, whatever it shows; and how some of them look, word for word.

pub(crate) mod all;
pub(crate) mod fixtures;
mod long_lists;
mod walk;

use std::collections::BTreeSet;

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.match_indices(&start)
        .filter_map(|(at, _)| page[at + start.len()..].split('"').next())
        .collect()
}

/// The pages with what is typed by a person nowhere: everything in them is ours.
fn pages() -> Vec<(&'static str, String)> {
    let pages = all::pages().expect("the fixtures are right");
    pages.into_iter().map(|(name, page)| (name, page.0)).collect()
}

#[test]
fn nothing_in_a_page_is_refused_by_the_content_security_policy() {
    for (name, page) in pages() {
        assert!(!page.contains(" style=\""), "{name} has a style attribute");
        assert!(!page.contains("<style"), "{name} has a style element");
        for handler in ["onclick", "onload", "onsubmit", "onchange", "javascript:"] {
            assert!(
                !page.contains(&format!(" {handler}=")) && !page.contains("javascript:"),
                "{name}: {handler}"
            );
        }
        for script in page.split("<script").skip(1) {
            assert!(
                script.starts_with(" defer src=\"/assets/"),
                "{name} has a script of its own"
            );
        }
    }
}

#[test]
fn every_page_has_one_heading_landmarks_and_a_way_past_the_navigation() {
    for (name, page) in pages() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert_eq!(page.matches("<main ").count(), 1, "{name}");
        assert!(page.contains("class=\"skip\" href=\"#main\""), "{name}");
        assert!(
            page.contains("<html lang=\"en\">") && page.contains(" · Hearth</title>"),
            "{name}"
        );
    }
}

#[test]
fn ids_are_unique_and_whatever_refers_to_one_finds_it() {
    for (name, page) in pages() {
        let ids = values(&page, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        for attribute in ["for", "aria-labelledby", "aria-describedby", "data-copy"] {
            for id in values(&page, attribute).iter().flat_map(|list| list.split(' ')) {
                assert!(unique.contains(id), "{name}: {attribute} refers to {id}");
            }
        }
    }
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    for (name, page) in pages() {
        for form in page.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let open = form.contains("action=\"/login\"") || form.contains("action=\"/setup\"");
            if form.contains("method=\"post\"") && !open {
                assert!(form.contains("name=\"csrf\" value=\"token\""), "{name}: {form}");
            }
        }
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, page) in pages() {
        let labels = values(&page, "for");
        for kind in ["<input ", "<select ", "<textarea "] {
            for field in page.split(kind).skip(1) {
                let field = field.split('>').next().unwrap_or_default();
                let hidden = field.contains("type=\"hidden\"") || field.ends_with(" hidden");
                let inside_label = field.contains("type=\"radio\"") || field.contains("type=\"checkbox\"");
                let named = format!(" {field}");
                let labelled = values(&named, "id").iter().any(|id| labels.contains(id));
                assert!(hidden || inside_label || labelled, "{name}: {field}");
            }
        }
    }
}

#[test]
fn the_wizard_asks_at_most_five_fields() {
    let (_, page) = pages()
        .into_iter()
        .find(|(name, _)| *name == "setup-person")
        .expect("the page");
    let required = page.matches(" required").count();
    assert!((1..=5).contains(&required), "{required}");
}

#[test]
fn pages_word_for_word() {
    let shown = [
        "login",
        "node-confirm-many",
        "job-undone",
        "job-group",
        "not-found",
        "audit",
        "incidents",
        "box-elsewhere",
        "network",
        "network-waits",
        "disks",
        "disk-add",
        "share-add",
        "disk-format",
        "disk-install",
        "ssh",
        "reset",
        "services",
        "logs",
        "group",
        "group-run",
        "group-delete",
    ];
    for (name, page) in pages().into_iter().filter(|(name, _)| shown.contains(name)) {
        // The head is the same everywhere, and has the hashes of the assets in it.
        let body = page.split("<main ").nth(1).unwrap_or_default();
        insta::assert_snapshot!(name, body.replace("><", ">\n<"));
    }
}
