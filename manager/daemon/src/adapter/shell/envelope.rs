//! What each program is wrapped in on its way to a machine, and how the wrapping is taken off again.
//!
//! The wrapper tells on both streams that it is there, with its process id, before the program starts. So
//! - what a login shell's start-up files print is told from what the program prints;
//! - a `sudo` that refuses is told from a program that fails, in any language;
//! - the program can be ended when its time is over or nobody waits for it any more: an SSH server
//!   only closes its pipes then.
//!
//! The program runs under `timeout` where there is one, so that it ends in time even when the connection
//! is lost, and with `LC_ALL=C`, so that what it says can be read.

use bytes::{Bytes, BytesMut};
use std::time::Duration;

/// Reads: announce, take the limit off, run. coreutils, busybox, uutils and toybox all have `timeout`.
const WRAPPER: &str = r#"printf '\001hearth %s\n' "$$"; printf '\001hearth %s\n' "$$" >&2; export LC_ALL=C; l=$1; shift; command -v timeout >/dev/null 2>&1 || exec "$@"; exec timeout -k 5 "$l" "$@""#;

/// How the announcement begins; no start-up file prints a control character followed by our name.
const MARK: &[u8] = b"\x01hearth ";

/// The number of bytes of foreign output in front of the announcement that are kept, to be shown.
const MAX_NOISE: usize = 64 << 10;

/// How much longer than we wait ourselves the machine lets the program run.
const SLACK: Duration = Duration::from_secs(5);

/// `sudo` where it is needed, the wrapper and the program.
pub(super) fn wrap(sudo: bool, limit: Duration, argv: Vec<String>) -> Vec<String> {
    let secs = (limit + SLACK).as_secs().to_string();
    let wrapper = ["sh", "-c", WRAPPER, "hearth", &secs].map(String::from);
    with_sudo(sudo, wrapper.into_iter().chain(argv))
}

/// The command that ends a wrapped program by its process id: `timeout` passes the signal on to all that it started.
pub(super) fn kill(sudo: bool, process: u32) -> Vec<String> {
    // The shell's own `kill`: small systems have no other.
    let process = process.to_string();
    with_sudo(
        sudo,
        ["sh", "-c", "kill -TERM \"$1\"", "kill", &process].map(String::from),
    )
}

fn with_sudo(sudo: bool, argv: impl IntoIterator<Item = String>) -> Vec<String> {
    let sudo = if sudo { &["sudo", "-n", "--"][..] } else { &[] };
    sudo.iter().map(|word| (*word).to_owned()).chain(argv).collect()
}

/// Takes the announcement, and what stands in front of it, off a stream.
#[derive(Debug, Default)]
pub(super) struct Unwrapper {
    before: BytesMut,
    process: Option<u32>,
}

impl Unwrapper {
    /// What of `data` is the program's.
    pub(super) fn feed(&mut self, data: Bytes) -> Bytes {
        if self.process.is_some() {
            return data;
        }
        self.before.extend_from_slice(&data);
        if let Some((process, rest)) = announced(&self.before) {
            self.process = Some(process);
            return std::mem::take(&mut self.before).freeze().slice(rest..);
        }
        if self.before.len() > MAX_NOISE {
            // The end is kept, as the announcement may have begun in it.
            let surplus = self.before.len() - MAX_NOISE / 2;
            drop(self.before.split_to(surplus));
        }
        Bytes::new()
    }

    /// The wrapper's process id, once it was seen.
    pub(super) fn process(&self) -> Option<u32> {
        self.process
    }

    /// What came when no wrapper announced itself.
    pub(super) fn noise(&self) -> &[u8] {
        &self.before
    }
}

/// The process id in an announcement, and where the program's own output begins.
fn announced(data: &[u8]) -> Option<(u32, usize)> {
    let mut from = 0;
    while let Some(found) = data[from..].windows(MARK.len()).position(|w| w == MARK) {
        let number = from + found + MARK.len();
        let end = number + data[number..].iter().position(|b| *b == b'\n')?;
        let process = std::str::from_utf8(&data[number..end])
            .ok()
            .and_then(|n| n.parse().ok());
        if let Some(process) = process {
            return Some((process, end + 1));
        }
        from = number;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_start_up_files_print_is_taken_off() {
        let mut out = Unwrapper::default();
        assert_eq!(out.feed(Bytes::from_static(b"Welcome!\n\x01hearth x\n\x01hea")), "");
        assert_eq!(out.process(), None);
        assert_eq!(out.feed(Bytes::from_static(b"rth 42\nfirst")), "first");
        assert_eq!(out.process(), Some(42));
        assert_eq!(out.feed(Bytes::from_static(b"\x01hearth 7\n")), "\x01hearth 7\n");
    }

    #[test]
    fn endless_noise_does_not_grow() {
        let mut out = Unwrapper::default();
        for _ in 0..100 {
            out.feed(Bytes::from(vec![b'x'; 10_000]));
        }
        assert!(out.noise().len() <= MAX_NOISE);
        assert_eq!(out.feed(Bytes::from_static(b"\x01hearth 1\nok")), "ok");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_however_it_is_cut(noise in "[a-z\n]{0,40}", text in ".{0,40}", cut in 1usize..9) {
            let whole = [noise.as_bytes(), b"\x01hearth 99\n", text.as_bytes()].concat();
            let mut out = Unwrapper::default();
            let got: Vec<u8> = whole.chunks(cut).flat_map(|c| out.feed(Bytes::copy_from_slice(c))).collect();
            prop_assert_eq!(got, text.as_bytes());
        }
    }
}
