//! What can go wrong with the settings of the box itself, whichever they are.

/// Why the box did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplianceError {
    /// Hearth runs on somebody's own system, which is not Hearth's to change.
    #[error("This Hearth does not run on its own image: that belongs to the system that it runs on.")]
    NoAppliance,
    /// The system refused; in its own words.
    #[error("this box could not {attempt}: {reason}")]
    Refused {
        /// What was attempted.
        attempt: &'static str,
        /// What it said.
        reason: String,
    },
    /// What it takes is not there at the moment: Hearth starts before the rest of the box does.
    #[error("this box cannot {attempt} yet: {reason}")]
    NotYet {
        /// What was attempted.
        attempt: &'static str,
        /// What is missing.
        reason: String,
    },
}

impl ApplianceError {
    /// A refusal.
    #[must_use]
    pub fn refused(attempt: &'static str, reason: impl ToString) -> Self {
        Self::Refused {
            attempt,
            reason: reason.to_string(),
        }
    }

    /// Something that is not there at the moment.
    #[must_use]
    pub fn not_yet(attempt: &'static str, reason: impl ToString) -> Self {
        Self::NotYet {
            attempt,
            reason: reason.to_string(),
        }
    }
}
