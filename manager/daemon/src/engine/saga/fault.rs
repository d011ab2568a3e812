//! Why a step could not be carried out: what happened, why, and what to do next.

use crate::{
    engine::Error,
    port::{
        appliance::ApplianceError, compose::ComposeError, containers::ContainersError, session::SessionError,
        tools::ToolError, vault::VaultError,
    },
    store,
};
use hearth_model::fault::{Cause, Fault};
use std::{error::Error as StdError, fmt};

/// A command that ended by its own time limit is tried again only when that limit is short: then it is the
/// connection that hung, not the work.
const SHORT_SECS: u64 = 60;

/// Why a step could not be carried out.
#[derive(Debug)]
pub struct StepError {
    text: String,
    transient: bool,
    cause: Option<Cause>,
}

impl StepError {
    /// A failure that trying again does not mend; the text is for the person.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            transient: false,
            cause: None,
        }
    }

    /// A failure that passes by itself, such as a lost connection.
    pub fn transient(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            transient: true,
            cause: None,
        }
    }

    /// Whether trying again may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        self.transient
    }

    /// The same in other words, such as with secrets taken out.
    #[must_use]
    pub fn reworded(self, reword: impl FnOnce(&str) -> String) -> Self {
        Self {
            text: reword(&self.text),
            ..self
        }
    }

    /// The same, to be tried again.
    #[must_use]
    pub fn to_be_retried(self) -> Self {
        Self {
            transient: true,
            ..self
        }
    }

    /// The same, with more about it, in lines of their own.
    #[must_use]
    pub fn with(self, more: &str) -> Self {
        Self {
            text: format!("{}\n{more}", self.text),
            ..self
        }
    }

    /// What is wrong with the machine, when that is it.
    #[must_use]
    pub const fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// The same, not to be tried again: while a person waits for the answer, a machine that is away is an answer.
    #[must_use]
    pub fn at_once(self) -> Self {
        Self {
            transient: false,
            ..self
        }
    }

    /// Something wrong with a machine: its name or address, what is wrong, and the mend.
    #[must_use]
    pub fn of_fault(what: &str, fault: &Fault) -> Self {
        Self {
            text: format!("{what}: {fault}. {}", fault.cause.mend()),
            transient: passes(fault.cause),
            cause: Some(fault.cause),
        }
    }

    /// An error that is no fault of a machine: its words and those of its causes.
    fn of_error(error: &dyn StdError) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            text = format!("{text}: {source}");
            cause = source.source();
        }
        Self::new(text)
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a machine that cannot be used for this cause may be usable again in a moment.
const fn passes(cause: Cause) -> bool {
    match cause {
        Cause::Refused | Cause::TimedOut | Cause::Unreachable | Cause::EngineDown | Cause::Disconnected => true,
        Cause::UnknownHost
        | Cause::NotSsh
        | Cause::WrongPassword
        | Cause::HostKeyChanged
        | Cause::HostKeyMismatch
        | Cause::NoSudo
        | Cause::ForwardingForbidden
        | Cause::NoEngine
        | Cause::EngineTooOld
        | Cause::NoCompose
        | Cause::NoSocketRights
        | Cause::UnsupportedSystem
        | Cause::LowDisk
        | Cause::ClockWrong
        | Cause::AlreadyAdopted => false,
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        match &error {
            Error::Node { node, fault } => Self::of_fault(node, fault),
            other => Self::of_error(other),
        }
    }
}

impl From<SessionError> for StepError {
    fn from(error: SessionError) -> Self {
        match &error {
            SessionError::Lost { .. } => Self::transient(format!("{error}. {}", Cause::Disconnected.mend())),
            SessionError::TimedOut { limit_secs, .. } if *limit_secs <= SHORT_SECS => {
                Self::transient(error.to_string())
            }
            SessionError::Refused { fault, .. } => Self::of_fault(&error.to_string(), fault),
            SessionError::Failed { reason, .. } if reason.contains("No space left") => Self::new(format!(
                "{error}. The disk is full: make room on the node (docker system prune shows what could go), or choose another node."
            )),
            SessionError::TimedOut { .. } | SessionError::TooMuch { .. } | SessionError::Failed { .. } => {
                Self::of_error(&error)
            }
        }
    }
}

impl From<ContainersError> for StepError {
    fn from(error: ContainersError) -> Self {
        match &error {
            ContainersError::Unreachable { fault, .. } => Self::of_fault(&error.to_string(), fault),
            ContainersError::Refused { reason, .. } if reason.contains("no space left") => Self::new(format!(
                "{error}. The disk is full: make room on the node (docker system prune shows what could go), or choose another node."
            )),
            ContainersError::NotFound { .. } | ContainersError::Refused { .. } => Self::of_error(&error),
        }
    }
}

impl From<ComposeError> for StepError {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::Session { source, .. } => source.into(),
            missing @ ComposeError::Missing { .. } => Self::new(format!("{missing}. {}", Cause::NoCompose.mend())),
            failed @ ComposeError::Failed { .. } => Self::of_error(&failed),
        }
    }
}

impl From<ApplianceError> for StepError {
    fn from(error: ApplianceError) -> Self {
        match &error {
            ApplianceError::NotYet { .. } => Self::transient(format!("{error}.")),
            ApplianceError::NoAppliance | ApplianceError::Refused { .. } => Self::of_error(&error),
        }
    }
}

impl From<store::Error> for StepError {
    fn from(error: store::Error) -> Self {
        Self::of_error(&error)
    }
}

impl From<VaultError> for StepError {
    fn from(error: VaultError) -> Self {
        Self::of_error(&error)
    }
}

impl From<ToolError> for StepError {
    fn from(error: ToolError) -> Self {
        Self::of_error(&error)
    }
}
