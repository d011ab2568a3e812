//! A recipe's questions as fields of a form.

use crate::web::pages::{
    components::field::Field,
    form::{Fields, Trouble},
};
use hearth_model::recipe::manifest::{Question, QuestionKind};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// What stands before a question's id in the name of its field.
const PREFIX: &str = "answers-";

/// The answers in a form; one that is empty is not given.
#[must_use]
pub fn answers(form: &Fields) -> BTreeMap<String, String> {
    // A tick that is taken away is not sent at all, so each comes with a hidden "false" before it: the last one counts.
    form.under(PREFIX)
        .filter(|(_, answer)| !answer.is_empty())
        .map(|(id, answer)| (id.to_owned(), answer.to_owned()))
        .collect()
}

/// A question as a field.
#[must_use]
pub fn field(question: &Question, input: &Fields, trouble: &Trouble) -> Markup {
    let name = format!("{PREFIX}{}", question.id);
    let default = question.default.as_deref().unwrap_or_default();
    let answered = answers(input);
    let value = answered.get(&question.id).map_or(default, String::as_str);
    let required = question.required.unwrap_or(question.default.is_none());
    let mut field = Field::new(&name, &question.label)
        .value(value)
        .trouble(trouble, &format!("/answers/{}", question.id));
    if let Some(help) = &question.help {
        field = field.help(help);
    }
    if required {
        field = field.required();
    } else if default.is_empty() {
        field = field.optional();
    }
    match question.kind {
        QuestionKind::String => field.input(),
        QuestionKind::Email => field.kind("email").autocomplete("email").input(),
        QuestionKind::Url => field.kind("url").literal().input(),
        QuestionKind::Password => field.kind("password").autocomplete("new-password").input(),
        QuestionKind::Integer => field
            .between(question.min.unwrap_or(i64::MIN), question.max.unwrap_or(i64::MAX))
            .input(),
        QuestionKind::Choice => {
            let choices: Vec<(String, String)> = question.choices.iter().map(|c| (c.clone(), c.clone())).collect();
            field.select(&choices)
        }
        QuestionKind::Timezone => field.zones(!value.is_empty()),
        QuestionKind::Boolean => tick(question, &name, value == "true"),
    }
}

fn tick(question: &Question, name: &str, ticked: bool) -> Markup {
    html! {
        div class="field" {
            input type="hidden" name=(name) value="false";
            label class="choice" for=(name) {
                input id=(name) type="checkbox" name=(name) value="true" checked[ticked];
                span { (question.label) @if let Some(help) = &question.help { br; span class="help" { (help) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tick_counts_over_the_hidden_no() {
        let form: Fields = [
            ("answers-open", "false"),
            ("answers-open", "true"),
            ("answers-name", ""),
            ("name", "x"),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .into_iter()
        .collect();
        assert_eq!(answers(&form), BTreeMap::from([("open".to_owned(), "true".to_owned())]));
    }
}
