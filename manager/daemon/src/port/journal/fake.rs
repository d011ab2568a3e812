//! A journal in memory.

use super::{ApplianceError, Journal};
use async_trait::async_trait;
use hearth_model::system::{JournalFilter, JournalLine};
use std::sync::{Mutex, PoisonError};
use tokio::sync::{broadcast, mpsc};

/// Keeps what it is told. A line is of the unit that it is from.
#[derive(Debug)]
pub struct FakeJournal {
    lines: Mutex<Vec<JournalLine>>,
    coming: broadcast::Sender<JournalLine>,
}

impl Default for FakeJournal {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
            coming: broadcast::Sender::new(64),
        }
    }
}

impl FakeJournal {
    /// One more line.
    pub fn write(&self, line: JournalLine) {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line.clone());
        // That nobody follows is no fault.
        let _ = self.coming.send(line);
    }
}

fn wanted(filter: &JournalFilter, line: &JournalLine) -> bool {
    filter.unit.as_ref().is_none_or(|unit| unit.as_str() == line.from) && filter.holds(line)
}

#[async_trait]
impl Journal for FakeJournal {
    async fn read(
        &self,
        filter: &JournalFilter,
        tail: usize,
        follow: bool,
        lines: mpsc::Sender<JournalLine>,
    ) -> Result<(), ApplianceError> {
        let mut coming = self.coming.subscribe();
        let kept: Vec<JournalLine> = {
            let all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            all.iter().filter(|line| wanted(filter, line)).cloned().collect()
        };
        for line in kept.iter().skip(kept.len().saturating_sub(tail)) {
            if lines.send(line.clone()).await.is_err() {
                return Ok(());
            }
        }
        if !follow {
            return Ok(());
        }
        loop {
            let line = tokio::select! {
                () = lines.closed() => return Ok(()),
                line = coming.recv() => line,
            };
            let Ok(line) = line else { return Ok(()) };
            if wanted(filter, &line) && lines.send(line).await.is_err() {
                return Ok(());
            }
        }
    }
}
