//! The journal of the box: its lines, and which of them one asks for.

use super::UnitName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// How urgent a line is, most urgent first.
///
/// Source: syslog(3), "Values for level"; systemd.journal-fields(7), PRIORITY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Priority {
    Emergency,
    Alert,
    Critical,
    Error,
    Warning,
    Notice,
    Info,
    Debug,
}

/// Why a text is no [`Priority`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is none of emergency, alert, critical, error, warning, notice, info, debug")]
pub struct PriorityError;

impl Priority {
    /// All, most urgent first: the place is the number that the journal keeps.
    pub const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Info,
        Self::Debug,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Alert => "alert",
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    /// Of the journal's digit; a line without one is information.
    #[must_use]
    pub fn of(digit: &[u8]) -> Self {
        let number = match digit {
            [digit @ b'0'..=b'7'] => usize::from(digit - b'0'),
            _ => return Self::Info,
        };
        Self::ALL[number]
    }
}

impl FromStr for Priority {
    type Err = PriorityError;
    fn from_str(text: &str) -> Result<Self, PriorityError> {
        Self::ALL
            .into_iter()
            .find(|priority| priority.word() == text)
            .ok_or(PriorityError)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalLine {
    /// When, by the clock of the box.
    pub at: Timestamp,
    /// Which unit, or else which program; `kernel` for the kernel.
    pub from: String,
    /// How urgent.
    pub priority: Priority,
    /// The text, at most 16 KiB.
    pub text: String,
}

/// Which lines: those that meet all that is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// Of this unit.
    pub unit: Option<UnitName>,
    /// As urgent as this, or more.
    pub priority: Option<Priority>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// With this text in them, in capitals or not.
    pub text: Option<String>,
}

impl JournalFilter {
    /// Whether a line meets priority, time and text; whose it is, only the journal knows.
    #[must_use]
    pub fn holds(&self, line: &JournalLine) -> bool {
        self.priority.is_none_or(|least| line.priority <= least)
            && self.since.is_none_or(|since| line.at >= since)
            && self.text.as_ref().is_none_or(|text| contains(&line.text, text))
    }
}

fn contains(line: &str, text: &str) -> bool {
    line.to_lowercase().contains(&text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_holds_what_meets_all_of_it() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let line = JournalLine {
            at,
            from: "docker.service".to_owned(),
            priority: Priority::Warning,
            text: "Container Died".to_owned(),
        };
        let all = JournalFilter::default();
        assert!(all.holds(&line));
        for (priority, holds) in [
            (Priority::Debug, true),
            (Priority::Warning, true),
            (Priority::Error, false),
        ] {
            let filter = JournalFilter {
                priority: Some(priority),
                ..all.clone()
            };
            assert_eq!(filter.holds(&line), holds, "{priority}");
        }
        let text = |text: &str| JournalFilter {
            text: Some(text.to_owned()),
            ..all.clone()
        };
        assert!(text("container d").holds(&line) && !text("lived").holds(&line));
        let since = |since| JournalFilter {
            since: Some(since),
            ..all.clone()
        };
        assert!(since(at).holds(&line));
        assert!(!since(at + jiff::SignedDuration::from_nanos(1)).holds(&line));
    }

    #[test]
    fn priorities_are_what_the_journal_calls_them() {
        assert_eq!(Priority::of(b"3"), Priority::Error);
        for strange in [&b""[..], b"8", b"33", b"x"] {
            assert_eq!(Priority::of(strange), Priority::Info);
        }
        assert_eq!("error".parse(), Ok(Priority::Error));
        assert!("loud".parse::<Priority>().is_err());
    }
}
