//! The journal of the box, read from the files that journald writes (docs/adr/0014-journal-from-its-files.md).
//!
//! Source: systemd.journal-fields(7); the file format is systemd's "Journal File Format".

use crate::port::{appliance::ApplianceError, journal::Journal};
use async_trait::async_trait;
use hearth_model::system::{JournalFilter, JournalLine, Priority};
use jiff::Timestamp;
use sdjournal::{JournalConfig, JournalQuery, SdJournalError};
use std::{path::PathBuf, time::Duration};
use tokio::sync::mpsc;

/// How many lines are looked at for those that meet a filter: the newest. It bounds the time of a search for what is not there.
const LOOKED_AT: usize = 200_000;
/// Longest text of a line.
const LONGEST: usize = 16 << 10;
/// How often it is looked whether the reader has gone while nothing is written.
const LOOK: Duration = Duration::from_secs(1);

/// The journal in folders.
#[derive(Debug)]
pub struct JournalFiles {
    folders: Vec<PathBuf>,
}

impl JournalFiles {
    /// The journal of the machine that this process runs on: kept ones, and those of a start whose disk could not be written.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self::new(vec!["/var/log/journal".into(), "/run/log/journal".into()])
    }

    /// The journal in these folders.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }
}

/// What has to be read of an entry.
trait Fields {
    fn field(&self, name: &str) -> Option<&[u8]>;
    fn realtime_us(&self) -> u64;
    fn number(&self) -> u64;
}

macro_rules! fields {
    ($entry:ty) => {
        impl Fields for $entry {
            fn field(&self, name: &str) -> Option<&[u8]> {
                self.get(name)
            }
            fn realtime_us(&self) -> u64 {
                self.realtime_usec()
            }
            fn number(&self) -> u64 {
                self.seqnum()
            }
        }
    };
}
fields!(sdjournal::EntryRef);
fields!(sdjournal::LiveEntry);

fn line(entry: &impl Fields) -> Option<JournalLine> {
    let text = |name: &str| {
        let bytes = entry.field(name)?;
        Some(String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned())
    };
    let at = i64::try_from(entry.realtime_us()).ok()?;
    let from = ["_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "_COMM"];
    Some(JournalLine {
        at: Timestamp::from_microsecond(at).ok()?,
        from: from.into_iter().find_map(text).unwrap_or_else(|| "unknown".to_owned()),
        priority: Priority::of(entry.field("PRIORITY").unwrap_or_default()),
        text: text("MESSAGE").unwrap_or_default(),
    })
}

/// A reading that goes on in a thread of its own: the files are read with blocking calls.
struct Reading {
    filter: JournalFilter,
    tail: usize,
    follow: bool,
    lines: mpsc::Sender<JournalLine>,
}

impl Reading {
    fn run(&self, folders: &[PathBuf]) -> Result<(), SdJournalError> {
        let there: Vec<PathBuf> = folders.iter().filter(|folder| folder.is_dir()).cloned().collect();
        let config = JournalConfig {
            poll_interval: LOOK,
            ..JournalConfig::default()
        };
        let journal = sdjournal::Journal::open_dirs_with_config(&there, config)?;
        // Before the past is read, so that nothing that comes in between is missed.
        let mut live = None;
        if self.follow {
            let mut engine = journal.live()?;
            let mut filter = engine.filter();
            if let Some(unit) = &self.filter.unit {
                filter.match_unit(unit.as_str());
            }
            let coming = engine.subscribe(filter)?;
            live = Some((engine, coming));
        }
        let last = self.past(journal.query())?;
        drop(journal);
        let Some((mut engine, coming)) = live else {
            return Ok(());
        };
        while !self.lines.is_closed() {
            engine.poll_once()?;
            while let Ok(entry) = coming.try_recv() {
                let entry = entry?;
                let told = (entry.number(), entry.realtime_us()) <= last;
                if !told && !self.send(line(&entry)) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Sends what there is; answers number and time of the newest line that was looked at.
    fn past(&self, mut query: JournalQuery) -> Result<(u64, u64), SdJournalError> {
        if let Some(unit) = &self.filter.unit {
            query.match_unit(unit.as_str());
        }
        if let Some(since) = self.filter.since {
            query.since_realtime(u64::try_from(since.as_microsecond()).unwrap_or(0));
        }
        query.seek_tail();
        let (mut last, mut newest_first) = ((0, 0), Vec::new());
        for entry in query.iter()?.take(LOOKED_AT) {
            if newest_first.len() >= self.tail || self.lines.is_closed() {
                break;
            }
            // One that is torn, as the last ones may be after a power cut, hides no other.
            let Ok(entry) = entry else { continue };
            last = last.max((entry.number(), entry.realtime_us()));
            newest_first.extend(line(&entry).filter(|line| self.filter.holds(line)));
        }
        for line in newest_first.into_iter().rev() {
            if self.lines.blocking_send(line).is_err() {
                break;
            }
        }
        Ok(last)
    }

    /// Whether somebody still reads.
    fn send(&self, line: Option<JournalLine>) -> bool {
        let line = line.filter(|line| self.filter.holds(line));
        line.is_none_or(|line| self.lines.blocking_send(line).is_ok())
    }
}

#[async_trait]
impl Journal for JournalFiles {
    async fn read(
        &self,
        filter: &JournalFilter,
        tail: usize,
        follow: bool,
        lines: mpsc::Sender<JournalLine>,
    ) -> Result<(), ApplianceError> {
        let reading = Reading {
            filter: filter.clone(),
            tail,
            follow,
            lines,
        };
        let folders = self.folders.clone();
        let attempt = "read its journal";
        let done = tokio::task::spawn_blocking(move || reading.run(&folders)).await;
        let done = done.map_err(|error| ApplianceError::refused(attempt, error))?;
        done.map_err(|error| ApplianceError::refused(attempt, error))
    }
}
