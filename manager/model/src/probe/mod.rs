//! What is asked of a machine, and how its answers are read.
//!
//! Both scripts are fixed texts, read by `sh -s` on the machine: nothing is ever put together into them. They are
//! POSIX shell and need no more than busybox. What comes back is hostile until it is parsed here: bounded in size,
//! number and length, never a panic.

mod disks;
mod facts;
mod network;
mod sections;
mod stats;
#[cfg(test)]
mod tests;

pub use disks::unescape;
pub use facts::parse_facts;
pub use stats::parse_stats;

/// Asks what the machine is: once a connection.
pub const PROBE_FACTS: &str = concat!(include_str!("mounts.sh"), include_str!("facts.sh"));

/// Asks what the machine does at the moment: every 15 s, so it takes three short processes.
pub const PROBE_STATS: &str = concat!(include_str!("mounts.sh"), include_str!("stats.sh"));

/// Most bytes of an answer that are read.
pub const MAX_ANSWER_BYTES: usize = 512 * 1024;

/// Why an answer of a machine cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// Longer than [`MAX_ANSWER_BYTES`].
    #[error("the machine's answer has {bytes} bytes, more than {MAX_ANSWER_BYTES}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Sections are not there: the answer was cut off, or the machine is no Linux.
    #[error("the machine's answer lacks {}", .sections.join(", "))]
    Missing {
        /// Their names, in the order of the script.
        sections: Vec<&'static str>,
    },
    /// A section is there but says nothing that can be read.
    #[error("the machine's answer cannot be read in its section {section}: {line:?}")]
    Unreadable {
        /// Its name.
        section: &'static str,
        /// Its first line, cut.
        line: String,
    },
}
