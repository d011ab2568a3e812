//! Moments at which a test may end the process, to prove that work survives it.

/// Before or after a step (or its undo) was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The step is logged as begun; nothing was done yet.
    Before,
    /// The step was carried out; it is not yet logged as done.
    After,
}

/// Told of each moment; the ordinary one does nothing.
pub trait CrashPoint: Send + Sync {
    /// A saga of `kind` is at `moment` of `step` (`undo` when it is undoing it).
    fn reached(&self, kind: &str, step: &str, undo: bool, moment: Moment);
}

/// Does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCrash;

impl CrashPoint for NoCrash {
    fn reached(&self, _: &str, _: &str, _: bool, _: Moment) {}
}
