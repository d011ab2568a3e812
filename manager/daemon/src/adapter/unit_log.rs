//! What a unit itself has said, for a person who is to know why it failed.

use crate::port::journal::Journal;
use hearth_model::system::{JournalFilter, JournalLine, UnitName};
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long it is looked: a program's words may reach the journal's file after its end is known.
const LIMIT: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// How many of the last lines.
const LINES: usize = 12;

/// The last lines that a unit wrote itself since then, oldest first; read until `enough` says so, or what there is after some looks.
/// Without a journal a fault has no words, and is a fault all the same.
pub(super) async fn said(
    journal: &dyn Journal,
    unit: &str,
    since: Timestamp,
    enough: impl Fn(&[String]) -> bool,
) -> Vec<String> {
    let filter = JournalFilter {
        unit: unit.parse::<UnitName>().ok(),
        since: Some(since),
        ..JournalFilter::default()
    };
    let mut lines = Vec::new();
    let look = async {
        loop {
            let (sender, mut receiver) = mpsc::channel::<JournalLine>(16);
            let gather = async {
                let mut lines = Vec::new();
                while let Some(line) = receiver.recv().await {
                    // What systemd says of the unit is of no use to anybody.
                    lines.extend((line.from == unit).then_some(line.text));
                }
                lines
            };
            let (_, read) = tokio::join!(journal.read(&filter, LINES, false, sender), gather);
            lines = read;
            if enough(&lines) {
                return;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    // What there is by then is what there is.
    let _ = tokio::time::timeout(LIMIT, look).await;
    lines
}
