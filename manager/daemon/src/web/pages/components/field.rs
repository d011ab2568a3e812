//! Fields of forms. Each has a label, keeps what was typed, and says itself what is wrong with it.

use crate::web::pages::{form::Trouble, icons::Icon};
use maud::{Markup, html};

/// A field of a form, put together step by step.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    value: &'a str,
    help: Option<&'a str>,
    error: Option<String>,
    required: bool,
    optional: bool,
    autocomplete: Option<&'a str>,
    placeholder: Option<&'a str>,
    numbers: Option<(i64, i64)>,
    min_length: Option<u32>,
    autofocus: bool,
    literal: bool,
}

impl<'a> Field<'a> {
    /// A field of a form by its name, with the label that people read.
    #[must_use]
    pub fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            kind: "text",
            value: "",
            help: None,
            error: None,
            required: false,
            optional: false,
            autocomplete: None,
            placeholder: None,
            numbers: None,
            min_length: None,
            autofocus: false,
            literal: false,
        }
    }

    /// Type of the input: `text`, `password`, `number`, `email`, `url`, `search`.
    #[must_use]
    pub fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    /// What stands in it.
    #[must_use]
    pub fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    /// A sentence of help under the label.
    #[must_use]
    pub fn help(self, help: &'a str) -> Self {
        Self {
            help: Some(help),
            ..self
        }
    }

    /// What was wrong with it, when the form was refused.
    #[must_use]
    pub fn trouble(self, trouble: &Trouble, pointer: &str) -> Self {
        Self {
            error: trouble.of(pointer),
            ..self
        }
    }

    /// It must be filled in.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// It may be left empty, and its label says so.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// What a browser may fill in: a token of the HTML standard's autofill section.
    #[must_use]
    pub fn autocomplete(self, token: &'a str) -> Self {
        Self {
            autocomplete: Some(token),
            ..self
        }
    }

    /// An example, shown while it is empty.
    #[must_use]
    pub fn example(self, text: &'a str) -> Self {
        Self {
            placeholder: Some(text),
            ..self
        }
    }

    /// Least and greatest number.
    #[must_use]
    pub fn between(self, least: i64, greatest: i64) -> Self {
        Self {
            kind: "number",
            numbers: Some((least, greatest)),
            ..self
        }
    }

    /// Least number of characters.
    #[must_use]
    pub fn at_least(self, characters: u32) -> Self {
        Self {
            min_length: Some(characters),
            ..self
        }
    }

    /// The first thing one types on the page.
    #[must_use]
    pub fn autofocus(self) -> Self {
        Self {
            autofocus: true,
            ..self
        }
    }

    /// Typed as it is: no capitals, no spelling.
    #[must_use]
    pub fn literal(self) -> Self {
        Self { literal: true, ..self }
    }

    fn described_by(&self) -> Option<String> {
        let ids: Vec<String> = [
            self.help.map(|_| format!("{}-help", self.name)),
            self.error.as_ref().map(|_| format!("{}-error", self.name)),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn wrap(&self, control: &Markup) -> Markup {
        html! {
            div class="field" {
                label for=(self.name) {
                    (self.label)
                    @if self.optional { " " span class="optional" { "(optional)" } }
                }
                @if let Some(help) = self.help { p class="help" id={ (self.name) "-help" } { (help) } }
                (control)
                @if let Some(error) = &self.error {
                    p class="error" id={ (self.name) "-error" } { (Icon::Octagon) span { (error) } }
                }
            }
        }
    }

    /// As a line to type in.
    #[must_use]
    pub fn input(&self) -> Markup {
        let length = self.min_length.map(|n| n.to_string());
        let (least, greatest) = self.numbers.map_or((None, None), |(a, b)| (Some(a), Some(b)));
        self.wrap(&html! {
            input id=(self.name) name=(self.name) type=(self.kind) value=[(self.kind != "password").then_some(self.value)]
                required[self.required] autofocus[self.autofocus] autocomplete=[self.autocomplete]
                placeholder=[self.placeholder] min=[least] max=[greatest] minlength=[length]
                inputmode=[self.numbers.map(|_| "numeric")]
                autocapitalize=[self.literal.then_some("none")] spellcheck=[self.literal.then_some("false")]
                aria-invalid=[self.error.as_ref().map(|_| "true")] aria-describedby=[self.described_by()];
        })
    }

    /// As several lines to type in; what was typed is given back only when `keep` (never for a private key).
    #[must_use]
    pub fn area(&self, keep: bool) -> Markup {
        self.wrap(&html! {
            textarea id=(self.name) name=(self.name) rows="5" required[self.required] placeholder=[self.placeholder]
                autocapitalize="none" spellcheck="false" autocomplete="off"
                aria-invalid=[self.error.as_ref().map(|_| "true")] aria-describedby=[self.described_by()]
                { @if keep { (self.value) } }
        })
    }

    /// As a list to choose from: values and what people read.
    #[must_use]
    pub fn select(&self, options: &[(String, String)]) -> Markup {
        self.wrap(&html! {
            select id=(self.name) name=(self.name) required[self.required]
                aria-invalid=[self.error.as_ref().map(|_| "true")] aria-describedby=[self.described_by()] {
                @for (value, label) in options {
                    option value=(value) selected[value == self.value] { (label) }
                }
            }
        })
    }

    /// As a line to type in with the world's time zones to choose from; a script sets it to the browser's unless one was `given`.
    #[must_use]
    pub fn zones(&self, given: bool) -> Markup {
        let list = format!("{}-list", self.name);
        self.wrap(&html! {
            input id=(self.name) name=(self.name) value=(self.value) required list=(list) data-time-zone="" data-given=[given.then_some("yes")]
                autocomplete="off" autocapitalize="none" spellcheck="false"
                aria-invalid=[self.error.as_ref().map(|_| "true")] aria-describedby=[self.described_by()];
            datalist id=(list) { @for zone in jiff::tz::db().available() { option value=(zone.as_str()) {} } }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FieldError;

    #[test]
    fn a_refused_field_keeps_its_input_and_says_what_is_wrong() {
        let trouble = Trouble::fields(vec![FieldError {
            pointer: "/address".into(),
            message: "is no address".into(),
        }]);
        let shown = Field::new("address", "Address")
            .value("nas local")
            .trouble(&trouble, "/address")
            .input()
            .into_string();
        for part in [
            "value=\"nas local\"",
            "aria-invalid=\"true\"",
            "aria-describedby=\"address-error\"",
            "is no address",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let shown = Field::new("password", "Password")
            .kind("password")
            .value("hunter2")
            .input()
            .into_string();
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn what_was_typed_is_no_markup() {
        let shown = Field::new("name", "Name").value("\"><script>").input().into_string();
        assert!(!shown.contains("<script>"));
    }
}
