//! The file itself: texts in a folder, packed as `.tar.gz`.

use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use std::io;
use tar::{Builder, Header};

/// An archive that is being written.
pub(super) struct Archive {
    tar: Builder<GzEncoder<Vec<u8>>>,
    folder: String,
    modified: u64,
}

impl Archive {
    /// With all its files in one folder.
    pub(super) fn new(folder: String, at: Timestamp) -> Self {
        Self {
            tar: Builder::new(GzEncoder::new(Vec::new(), Compression::default())),
            folder,
            modified: u64::try_from(at.as_second()).unwrap_or(0),
        }
    }

    /// Adds a text.
    pub(super) fn add(&mut self, name: &str, text: &str) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(self.modified);
        let path = format!("{}/{name}", self.folder);
        self.tar.append_data(&mut header, path, text.as_bytes())
    }

    /// The whole.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        self.tar.into_inner()?.finish()
    }
}
