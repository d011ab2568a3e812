//! What can go wrong for a command, and the exit status of each.

use crate::cli::client::Problem;

/// Why a command did not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The manager said no.
    #[error("{0}")]
    Problem(Problem),
    /// The manager is not to be reached.
    #[error("{server} is not to be reached: {reason}")]
    Unreachable {
        /// Address.
        server: String,
        /// Cause.
        reason: String,
    },
    /// The manager answered something that this program does not understand.
    #[error("{server} answered something unexpected to {path}: {reason}")]
    Unexpected {
        /// Address.
        server: String,
        /// What was asked.
        path: String,
        /// What is odd.
        reason: String,
    },
    /// The command was used wrongly.
    #[error("{0}")]
    Usage(String),
    /// A file or the terminal could not be used.
    #[error("{attempt} failed")]
    Io {
        /// What was attempted.
        attempt: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

impl CliError {
    /// The process's exit status for it.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Problem(_) | Self::Io { .. } => 1,
            Self::Usage(_) => 2,
            Self::Unreachable { .. } | Self::Unexpected { .. } => 3,
        }
    }

    /// The error with its causes.
    pub(super) fn full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }
}

/// For `map_err`: an I/O error with what was attempted.
pub(super) fn io(attempt: impl Into<String>) -> impl FnOnce(std::io::Error) -> CliError {
    move |source| CliError::Io {
        attempt: attempt.into(),
        source,
    }
}
