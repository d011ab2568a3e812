//! Takes an answer apart at its markers: `==name`, or `==> /path/name <==` where `tail` wrote it.

use super::{MAX_ANSWER_BYTES, ProbeError};

/// Longest text that is kept of any one value, in characters.
const MAX_VALUE_CHARS: usize = 200;

/// An answer, by section.
pub(super) struct Sections {
    text: String,
    /// Name and byte range of each, in order.
    parts: Vec<(String, std::ops::Range<usize>)>,
}

impl Sections {
    /// Takes an answer apart; `required` sections must be there, so that a cut-off answer is not taken for a whole one.
    pub(super) fn split(answer: &[u8], required: &[&'static str]) -> Result<Self, ProbeError> {
        if answer.len() > MAX_ANSWER_BYTES {
            return Err(ProbeError::TooLarge { bytes: answer.len() });
        }
        let text = String::from_utf8_lossy(answer).into_owned();
        let mut parts: Vec<(String, std::ops::Range<usize>)> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let after = at + line.len();
            if let Some(name) = marker(line.trim_end()) {
                parts.push((name.to_owned(), after..after));
            } else if let Some((_, range)) = parts.last_mut() {
                range.end = after;
            }
            at = after;
        }
        let sections = Self { text, parts };
        let missing: Vec<&'static str> = required.iter().copied().filter(|name| !sections.has(name)).collect();
        if missing.is_empty() {
            Ok(sections)
        } else {
            Err(ProbeError::Missing { sections: missing })
        }
    }

    fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|(part, _)| part == name)
    }

    /// The lines of the first section of this name; none when it is not there.
    pub(super) fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        let range = self.parts.iter().find(|(part, _)| part == name);
        range.map_or("", |(_, range)| &self.text[range.clone()]).lines()
    }

    /// The lines of every section whose name begins so.
    pub(super) fn lines_of_all<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.parts
            .iter()
            .filter(move |(part, _)| part.starts_with(prefix))
            .flat_map(|(_, range)| self.text[range.clone()].lines())
    }

    /// The first line that says something, cleaned; none when there is none.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.lines(name).map(clean).find(|line| !line.is_empty())
    }

    /// The error for a section that cannot be read.
    pub(super) fn unreadable(&self, section: &'static str) -> ProbeError {
        ProbeError::Unreadable {
            section,
            line: self.value(section).unwrap_or_default().chars().take(60).collect(),
        }
    }
}

fn marker(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("==")?;
    let name = match rest.strip_prefix("> ").and_then(|path| path.strip_suffix(" <==")) {
        Some(path) => path.rsplit('/').next().unwrap_or(path),
        None => rest,
    };
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (!name.is_empty() && name.bytes().all(good)).then_some(name)
}

/// A value without control characters and surrounding space, cut to a sensible length.
pub(super) fn clean(text: &str) -> String {
    let printable: String = text
        .chars()
        .filter(|c| !c.is_control() || *c == '\t')
        .take(MAX_VALUE_CHARS)
        .collect();
    printable.trim().to_owned()
}

/// A line of `/proc/meminfo`, in bytes.
pub(super) fn meminfo(sections: &Sections, key: &str) -> Option<u64> {
    sections.lines("meminfo").find_map(|line| {
        let kib: u64 = line
            .strip_prefix(key)?
            .strip_prefix(':')?
            .trim()
            .strip_suffix("kB")?
            .trim()
            .parse()
            .ok()?;
        kib.checked_mul(1024)
    })
}
