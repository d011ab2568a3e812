//! What a use case answers when it cannot do what was asked.

use hearth_model::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fault in what was given, by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer of the field (RFC 6901), such as `/answers/admin_user`.
    pub pointer: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// Why something was not done. Each is for the person; what only the log should know is in its `source`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("there is no {what} {name:?}")]
    NotFound {
        /// Kind of thing, such as `node`.
        what: &'static str,
        /// What it was asked for by.
        name: String,
    },
    /// It cannot be done as things stand.
    #[error("{0}")]
    Conflict(String),
    /// What was given is not right.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
    /// Not logged in, or wrong name or password.
    #[error("{0}")]
    Unauthenticated(String),
    /// Logged in, but not allowed.
    #[error("this needs the role {needed}")]
    Forbidden {
        /// Role that would do.
        needed: &'static str,
    },
    /// Too many tries.
    #[error("too many tries; try again in {retry_after_secs} s")]
    TooMany {
        /// Seconds to wait.
        retry_after_secs: u64,
    },
    /// A machine cannot be used, for a cause that a person can mend.
    #[error("{node}: {fault}")]
    Node {
        /// Node or address.
        node: String,
        /// Cause and details.
        fault: Fault,
    },
    /// Hearth is not yet set up, or not ready.
    #[error("{0}")]
    NotReady(String),
    /// The database failed.
    #[error("the database could not be read or written")]
    Store(#[from] crate::store::Error),
    /// Something that cannot happen by bad input.
    #[error("{attempt} failed")]
    Internal {
        /// What was attempted.
        attempt: String,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a use case answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One field is wrong.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            pointer: pointer.into(),
            message: message.into(),
        }])
    }

    /// There is no such thing.
    pub fn not_found(what: &'static str, name: impl ToString) -> Self {
        Self::NotFound {
            what,
            name: name.to_string(),
        }
    }

    /// A fault of ours.
    pub fn internal(attempt: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal {
            attempt: attempt.into(),
            source: source.into(),
        }
    }
}

fn summary(errors: &[FieldError]) -> String {
    let parts: Vec<String> = errors
        .iter()
        .map(|e| format!("{}: {}", e.pointer.trim_start_matches('/'), e.message))
        .collect();
    parts.join("; ")
}
