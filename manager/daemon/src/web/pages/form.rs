//! Forms as pages use them: fields by name, and what was wrong with them when they come back.

use super::components::notice;
use crate::{
    engine::{self, FieldError},
    web::problem::Problem,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

/// The fields of a form or query in their order; a name may stand more than once.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// What stands in a field, without blanks around it; empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// What stands in a field exactly as it was typed: passwords and keys.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// What stands in a field, when anything does.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether a box is ticked.
    #[must_use]
    pub fn ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.trim())
    }

    /// Fields whose name begins with `prefix`, that cut off.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter_map(move |(name, value)| name.strip_prefix(prefix).map(|rest| (rest, value.as_str())))
    }

    /// A field read into a type; what is wrong with it goes to `trouble`.
    pub fn parse<T>(&self, name: &str, trouble: &mut Trouble) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let text = self.given(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                trouble.add(name, error.to_string());
                None
            }
        }
    }

    /// The same for a field that must be filled in.
    pub fn require<T>(&self, name: &str, trouble: &mut Trouble) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        if self.given(name).is_none() {
            trouble.add(name, "fill this in".to_owned());
        }
        self.parse(name, trouble)
    }
}

impl FromIterator<(String, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// What was wrong with a form: by field, or as a whole.
#[derive(Debug, Clone, Default)]
pub struct Trouble {
    fields: Vec<FieldError>,
    whole: Option<(String, Option<&'static str>)>,
    status: Option<StatusCode>,
}

impl Trouble {
    /// Fields that are not right.
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Self {
        Self {
            fields,
            ..Self::default()
        }
    }

    /// One more field that is not right.
    pub fn add(&mut self, name: &str, message: String) {
        self.fields.push(FieldError {
            pointer: format!("/{name}"),
            message,
        });
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.fields.is_empty() && self.whole.is_none()
    }

    /// Goes on when nothing is wrong.
    ///
    /// # Errors
    /// A problem that names the fields.
    pub fn check(self) -> Result<(), Problem> {
        if self.fields.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.fields))
        }
    }

    /// What is wrong with the field at `pointer`.
    #[must_use]
    pub fn of(&self, pointer: &str) -> Option<String> {
        self.fields
            .iter()
            .find(|e| e.pointer == pointer)
            .map(|e| e.message.clone())
    }

    /// Takes an error that belongs into the form; any other is a page of its own.
    ///
    /// # Errors
    /// What a person cannot put right by filling in the form differently.
    pub fn from_error(error: engine::Error) -> Result<Self, Problem> {
        use engine::Error;
        let text = error.to_string();
        let (mend, status) = match error {
            Error::Invalid(fields) => return Ok(Self::fields(fields)),
            Error::Conflict(_) => (None, StatusCode::CONFLICT),
            Error::Unauthenticated(_) => (None, StatusCode::UNAUTHORIZED),
            Error::TooMany { .. } => (None, StatusCode::TOO_MANY_REQUESTS),
            Error::Node { fault, .. } => (Some(fault.cause.mend()), StatusCode::CONFLICT),
            error @ (Error::NotFound { .. }
            | Error::Forbidden { .. }
            | Error::NotReady(_)
            | Error::Store(_)
            | Error::Internal { .. }) => return Err(error.into()),
        };
        Ok(Self {
            fields: Vec::new(),
            whole: Some((text, mend)),
            status: Some(status),
        })
    }

    /// The status of the answer that shows it.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match (self.is_none(), self.status) {
            (true, _) => StatusCode::OK,
            (false, Some(status)) => status,
            (false, None) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The message above the form, which also names each field that is wrong and leads to it.
    #[must_use]
    pub fn show(&self) -> Markup {
        html! {
            @if let Some((text, mend)) = &self.whole { (notice::alert("That did not work", text, *mend)) }
            @else if !self.fields.is_empty() {
                div role="alert" {
                    (notice::notice(notice::Kind::Hot, "Please look at these again", &html! {
                        ul {
                            @for error in &self.fields {
                                @let name = error.pointer.trim_start_matches('/').replace('/', "-");
                                li { a href={ "#" (name) } { (super::format::title(&name)) } ": " (error.message) }
                            }
                        }
                    }))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::parse;

    #[test]
    fn a_name_may_stand_more_than_once() -> Result<(), Problem> {
        let fields: Fields = parse::form("machine=a&machine=b&name=+nas+&answers.x=1")?;
        assert_eq!(fields.all("machine").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fields.text("name"), "nas");
        assert_eq!(fields.under("answers.").collect::<Vec<_>>(), [("x", "1")]);
        assert_eq!(fields.given("nothing"), None);
        Ok(())
    }

    #[test]
    fn what_is_not_a_number_is_told_by_field() {
        let fields: Fields = [("port".to_owned(), "ssh".to_owned())].into_iter().collect();
        let mut trouble = Trouble::default();
        assert_eq!(fields.parse::<u16>("port", &mut trouble), None);
        assert!(trouble.of("/port").is_some());
        assert_eq!(trouble.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn a_fault_of_ours_is_not_shown_in_a_form() {
        assert!(Trouble::from_error(engine::Error::internal("x", "y")).is_err());
        assert!(Trouble::from_error(engine::Error::Conflict("taken".into())).is_ok());
    }
}
