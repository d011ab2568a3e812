//! Cuts a stream of bytes into lines of bounded length.

use crate::port::session::Line;
use bytes::BytesMut;

/// A longer line is cut into several.
const MAX_LINE: usize = 8 << 10;

/// Bytes that are no whole line yet.
#[derive(Debug)]
pub(super) struct Lines {
    stderr: bool,
    rest: BytesMut,
}

impl Lines {
    /// Lines of standard output, or of standard error.
    pub(super) fn new(stderr: bool) -> Self {
        Self {
            stderr,
            rest: BytesMut::new(),
        }
    }

    /// Takes more bytes; answers the lines that are whole now.
    pub(super) fn feed(&mut self, data: &[u8]) -> Vec<Line> {
        self.rest.extend_from_slice(data);
        let mut lines = Vec::new();
        loop {
            let end = self.rest.iter().take(MAX_LINE + 1).position(|b| *b == b'\n');
            let (text, skip) = match end {
                Some(end) => (self.rest.split_to(end), 1),
                None if self.rest.len() > MAX_LINE => (self.rest.split_to(MAX_LINE), 0),
                None => return lines,
            };
            drop(self.rest.split_to(skip));
            lines.push(self.line(&text));
        }
    }

    /// What is left when the stream ends.
    pub(super) fn end(&mut self) -> Option<Line> {
        let rest = std::mem::take(&mut self.rest);
        (!rest.is_empty()).then(|| self.line(&rest))
    }

    /// What a terminal would show of it: a carriage return begins the line anew.
    fn line(&self, bytes: &[u8]) -> Line {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let shown = bytes.rsplit(|b| *b == b'\r').next().unwrap_or(bytes);
        let mut text = String::from_utf8_lossy(shown).into_owned();
        // Each damaged byte became three.
        let end = (0..=MAX_LINE.min(text.len())).rfind(|n| text.is_char_boundary(*n));
        text.truncate(end.unwrap_or(0));
        Line {
            stderr: self.stderr,
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|l| l.text.as_str()).collect()
    }

    #[test]
    fn whole_lines_as_a_terminal_shows_them() {
        let mut lines = Lines::new(false);
        assert_eq!(texts(&lines.feed(b"one\r\n\ntw")), ["one", ""]);
        assert_eq!(texts(&lines.feed(b"o\n 10%\r 20%\n")), ["two", " 20%"]);
        assert_eq!(lines.feed(b"rest"), []);
        assert_eq!(lines.end().unwrap().text, "rest");
        assert_eq!(lines.end(), None);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut lines = Lines::new(true);
        let got = lines.feed(&[b'x'; 3 * MAX_LINE]);
        assert_eq!(got.len(), 2);
        assert!(got.iter().all(|l| l.stderr && l.text.len() == MAX_LINE));
        assert!(lines.rest.len() <= MAX_LINE);
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_no_line_is_longer(data in proptest::collection::vec(any::<u8>(), 0..30_000)) {
            let mut lines = Lines::new(false);
            let mut got = lines.feed(&data);
            got.extend(lines.end());
            prop_assert!(got.iter().all(|l| l.text.len() <= MAX_LINE));
        }
    }
}
