//! Ends the process at a named moment of a saga, so that a test can prove that work survives it.
//!
//! The moment is written `<kind>:<step>:before|after`, the step with `undo.` in front when it is being
//! undone: `deploy:preparing:after`, `deploy:undo.preparing:before`.

use crate::port::crash::{CrashPoint, Moment};
use std::{
    str::FromStr,
    sync::atomic::{AtomicBool, Ordering},
};

/// Name of the variable that names the moment.
pub const VARIABLE: &str = "HEARTH_CRASH_AT";

/// Kills the own process the first time that its moment is reached.
#[derive(Debug)]
pub struct KillAt {
    kind: String,
    step: String,
    undo: bool,
    moment: Moment,
    reached: AtomicBool,
}

/// Why a text names no moment.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} names no moment: write kind:step:before or kind:undo.step:after")]
pub struct MomentError(String);

impl FromStr for KillAt {
    type Err = MomentError;
    fn from_str(text: &str) -> Result<Self, MomentError> {
        let fault = || MomentError(text.to_owned());
        let [kind, step, moment] = text.split(':').collect::<Vec<_>>()[..] else {
            return Err(fault());
        };
        let moment = match moment {
            "before" => Moment::Before,
            "after" => Moment::After,
            _ => return Err(fault()),
        };
        let (undo, step) = match step.strip_prefix("undo.") {
            Some(step) => (true, step),
            None => (false, step),
        };
        if kind.is_empty() || step.is_empty() {
            return Err(fault());
        }
        Ok(Self {
            kind: kind.to_owned(),
            step: step.to_owned(),
            undo,
            moment,
            reached: AtomicBool::new(false),
        })
    }
}

impl KillAt {
    /// Whether this is the moment, and the first time that it is.
    fn strikes(&self, kind: &str, step: &str, undo: bool, moment: Moment) -> bool {
        (kind, step, undo, moment) == (&self.kind, &self.step, self.undo, self.moment)
            && !self.reached.swap(true, Ordering::SeqCst)
    }
}

impl CrashPoint for KillAt {
    fn reached(&self, kind: &str, step: &str, undo: bool, moment: Moment) {
        if self.strikes(kind, step, undo, moment) {
            // SIGKILL and not exit(): nothing may be flushed, closed or rolled back on the way out.
            let killed = nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::Signal::SIGKILL);
            if let Err(error) = killed {
                tracing::error!(%error, "could not end the own process");
                std::process::abort();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_once_at_its_moment_alone() {
        let point: KillAt = "deploy:preparing:after".parse().unwrap();
        assert!(!point.strikes("deploy", "preparing", false, Moment::Before));
        assert!(!point.strikes("deploy", "preparing", true, Moment::After));
        assert!(!point.strikes("remove", "preparing", false, Moment::After));
        assert!(point.strikes("deploy", "preparing", false, Moment::After));
        assert!(!point.strikes("deploy", "preparing", false, Moment::After));

        let undo: KillAt = "deploy:undo.preparing:before".parse().unwrap();
        assert!(undo.strikes("deploy", "preparing", true, Moment::Before));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "deploy",
            "deploy:x",
            "deploy:x:now",
            "deploy:undo.:after",
            ":x:after",
            "a:b:c:after",
        ] {
            assert!(text.parse::<KillAt>().is_err(), "{text}");
        }
    }
}
