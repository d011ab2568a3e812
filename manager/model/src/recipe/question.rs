//! Answers to a recipe's questions: checked by type, with a message for the field that is wrong.

use super::manifest::{Manifest, Question, QuestionKind};
use crate::node::Host;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Longest answer, in bytes.
const MAX_ANSWER_BYTES: usize = 4096;

impl Question {
    /// Whether an answer must be given, or a default be there. A time zone never must: the homelab's own stands in.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.kind != QuestionKind::Timezone && self.required.unwrap_or(self.default.is_none())
    }
}

/// A wrong answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct AnswerError {
    /// JSON pointer of the field (RFC 6901): `/answers/<id>`.
    pub pointer: String,
    /// What is wrong and what would be right; never the answer to a question of type password.
    pub message: String,
}

impl AnswerError {
    fn new(id: &str, message: impl Into<String>) -> Self {
        let id = id
            .chars()
            .take(80)
            .collect::<String>()
            .replace('~', "~0")
            .replace('/', "~1");
        Self {
            pointer: format!("/answers/{id}"),
            message: message.into(),
        }
    }
}

/// Answers that fit their questions: given ones, and defaults for the rest.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Answers by question; a question that was left open is not in here, nor a time zone that was not given.
    pub plain: BTreeMap<String, String>,
    /// Newly given passwords by question: to be sealed, never to be stored like this.
    pub passwords: BTreeMap<String, String>,
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("plain", &self.plain)
            .field("passwords", &self.passwords.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Checks answers by id. An empty answer counts as none; `sealed` are password questions that were answered before and need no answer now.
///
/// # Errors
/// Every wrong answer, in the order of the questions; then answers to questions that there are not.
pub fn check_answers(
    manifest: &Manifest,
    given: &BTreeMap<String, String>,
    sealed: &BTreeSet<String>,
) -> Result<Answers, Vec<AnswerError>> {
    let mut answers = Answers::default();
    let mut faults = Vec::new();
    for question in &manifest.questions {
        let id = &question.id;
        let given = given.get(id).filter(|answer| !answer.is_empty());
        // The homelab's time zone is a better default than the recipe's: such a question stays open for the plan.
        let default = question
            .default
            .as_ref()
            .filter(|_| question.kind != QuestionKind::Timezone);
        let Some(answer) = given.or(default) else {
            if question.is_required() && !sealed.contains(id) {
                faults.push(AnswerError::new(id, "an answer is needed"));
            }
            continue;
        };
        match check_value(question, answer) {
            Ok(value) if question.kind == QuestionKind::Password => {
                answers.passwords.insert(id.clone(), value);
            }
            Ok(value) => {
                answers.plain.insert(id.clone(), value);
            }
            Err(message) => faults.push(AnswerError::new(id, message)),
        }
    }
    let known = |id: &str| manifest.questions.iter().any(|question| question.id == id);
    for id in given.keys().filter(|id| !known(id)) {
        faults.push(AnswerError::new(id, format!("{} does not ask this", manifest.slug)));
    }
    if faults.is_empty() { Ok(answers) } else { Err(faults) }
}

/// Checks one answer; answers it as it will be used.
pub(super) fn check_value(question: &Question, answer: &str) -> Result<String, String> {
    if answer.len() > MAX_ANSWER_BYTES {
        return Err(format!("is longer than {MAX_ANSWER_BYTES} bytes"));
    }
    if answer.contains(char::is_control) {
        return Err("must be one line without control characters".to_owned());
    }
    let trimmed = answer.trim();
    match question.kind {
        QuestionKind::String => length(question, answer),
        // A space at an end of a password may be meant.
        QuestionKind::Password => length(question, answer),
        QuestionKind::Integer => integer(question, trimmed),
        QuestionKind::Boolean if matches!(trimmed, "true" | "false") => Ok(trimmed.to_owned()),
        QuestionKind::Boolean => Err("must be true or false".to_owned()),
        QuestionKind::Choice if question.choices.iter().any(|choice| choice == answer) => Ok(answer.to_owned()),
        QuestionKind::Choice => Err(format!("must be one of {}", question.choices.join(", "))),
        QuestionKind::Timezone => timezone(trimmed),
        QuestionKind::Email => email(trimmed),
        QuestionKind::Url => web_address(trimmed),
    }
}

fn length(question: &Question, answer: &str) -> Result<String, String> {
    let count = i64::try_from(answer.chars().count()).unwrap_or(i64::MAX);
    match (question.min, question.max) {
        (Some(least), _) if count < least => Err(format!("must have at least {least} characters")),
        (_, Some(most)) if count > most => Err(format!("must have at most {most} characters")),
        _ => Ok(answer.to_owned()),
    }
}

fn integer(question: &Question, answer: &str) -> Result<String, String> {
    let number: i64 = answer.parse().map_err(|_| "must be a whole number".to_owned())?;
    match (question.min, question.max) {
        (Some(least), _) if number < least => Err(format!("must be at least {least}")),
        (_, Some(most)) if number > most => Err(format!("must be at most {most}")),
        _ => Ok(number.to_string()),
    }
}

/// A name of the IANA time zone database, such as `Europe/Vienna`.
fn timezone(answer: &str) -> Result<String, String> {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(answer);
    let name = zone.ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    name.ok_or_else(|| "must be a time zone such as Europe/Vienna".to_owned())
}

/// What stands before the @ is the receiver's business; what stands behind it is a host.
fn email(answer: &str) -> Result<String, String> {
    let good = answer.rsplit_once('@').is_some_and(|(local, host)| {
        (1..=64).contains(&local.len())
            && !local.contains(|c: char| c.is_whitespace() || matches!(c, '@' | ',' | '<' | '>' | '"'))
            && host.parse::<Host>().is_ok()
    });
    if good {
        Ok(answer.to_owned())
    } else {
        Err("must be a mail address such as ada@example.org".to_owned())
    }
}

fn web_address(answer: &str) -> Result<String, String> {
    let good = url::Url::parse(answer).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if good {
        Ok(answer.to_owned())
    } else {
        Err("must be an address with http or https, such as https://app.example.org".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::fixture;
    use proptest::prelude::*;

    fn question(kind: QuestionKind) -> Question {
        Question {
            id: "q".to_owned(),
            label: "Q".to_owned(),
            help: None,
            kind,
            default: None,
            choices: vec!["a".to_owned(), "b".to_owned()],
            min: None,
            max: None,
            required: None,
            env: "Q".to_owned(),
        }
    }

    #[test]
    fn each_type() {
        use QuestionKind::{Boolean, Choice, Email, Integer, String, Timezone, Url};
        for (kind, good, bad) in [
            (String, vec!["x", "ü $ ' \""], vec!["a\nb", "\0"]),
            (
                Integer,
                vec!["0", "-5", " 7 "],
                vec!["1.5", "x", "99999999999999999999"],
            ),
            (Boolean, vec!["true", "false"], vec!["yes", "1", "True"]),
            (Choice, vec!["a"], vec!["c", "A"]),
            (
                Timezone,
                vec!["Europe/Vienna", "Etc/UTC"],
                vec!["Vienna", "Europe/Nowhere", "../etc/passwd"],
            ),
            (
                Email,
                vec!["a@b", "a.b+c@example.org"],
                vec!["a", "@b", "a b@c", "a@b c"],
            ),
            (
                Url,
                vec!["https://a.example/x", "http://10.0.0.1:80"],
                vec!["example.org", "ftp://a", "javascript:x", "http://"],
            ),
        ] {
            for text in good {
                assert!(check_value(&question(kind), text).is_ok(), "{kind:?} {text}");
            }
            for text in bad {
                assert!(check_value(&question(kind), text).is_err(), "{kind:?} {text}");
            }
        }
    }

    #[test]
    fn limits() {
        let limited = |kind| Question {
            min: Some(3),
            max: Some(5),
            ..question(kind)
        };
        let password = limited(QuestionKind::Password);
        assert_eq!(
            check_value(&password, "ab"),
            Err("must have at least 3 characters".to_owned())
        );
        assert_eq!(check_value(&password, "äöüß"), Ok("äöüß".to_owned()));
        assert_eq!(
            check_value(&limited(QuestionKind::Integer), "6"),
            Err("must be at most 5".to_owned())
        );
    }

    #[test]
    fn defaults_requirements_and_strangers() {
        let mut manifest = fixture("miniflux").manifest;
        manifest.questions.push(Question {
            id: "pw".to_owned(),
            ..question(QuestionKind::Password)
        });
        let given = BTreeMap::from([
            ("admin_username".to_owned(), String::new()),
            ("a/b".to_owned(), "x".to_owned()),
        ]);
        let faults = check_answers(&manifest, &given, &BTreeSet::new()).expect_err("two faults");
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/answers/pw: an answer is needed",
                "/answers/a~1b: miniflux does not ask this"
            ]
        );
        let kept =
            check_answers(&manifest, &BTreeMap::new(), &BTreeSet::from(["pw".to_owned()])).expect("sealed before");
        assert_eq!(kept.plain["admin_username"], "admin");
        assert!(kept.passwords.is_empty());
        let given = BTreeMap::from([("pw".to_owned(), "hunter22".to_owned())]);
        let answers = check_answers(&manifest, &given, &BTreeSet::new()).expect("answered");
        assert_eq!(answers.passwords["pw"], "hunter22");
        assert!(!format!("{answers:?}").contains("hunter22"));
    }

    proptest! {
        #[test]
        fn no_answer_panics(kind in 0..8usize, text in "\\PC{0,60}") {
            use QuestionKind::{Boolean, Choice, Email, Integer, Password, String, Timezone, Url};
            let kind = [String, Integer, Boolean, Choice, Password, Timezone, Email, Url][kind];
            let _ = check_value(&question(kind), &text);
        }
    }
}
