//! Files that only Hearth's own user may read: made whole on first use, refused when others can read them.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// No private file of ours comes near this size.
const MAX_BYTES: u64 = 64 << 10;

/// Why a private file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// It cannot be read or made.
    #[error("the private file {path} cannot be read or made")]
    Io {
        /// File.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// Others may read it, so it is private no more.
    #[error("{path} has mode {mode:04o}, so others can read it; run: chmod 600 {path}")]
    TooOpen {
        /// File.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

/// Reads `path`; when there is none, makes it with what `make` answers.
///
/// # Errors
/// See [`PrivateFileError`].
pub(super) fn read_or_make(
    path: &Path,
    make: impl FnOnce() -> Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    let fault = |source| PrivateFileError::Io {
        path: path.to_owned(),
        source,
    };
    match File::open(path) {
        Ok(file) => read(path, &file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path, &make()).map_err(fault)?;
            // Another process may have been faster: what lies there now is what counts.
            read(path, &File::open(path).map_err(fault)?)
        }
        Err(error) => Err(fault(error)),
    }
}

fn read(path: &Path, file: &File) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    let fault = |source| PrivateFileError::Io {
        path: path.to_owned(),
        source,
    };
    let mode = file.metadata().map_err(fault)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PrivateFileError::TooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let mut contents = Zeroizing::new(Vec::new());
    file.take(MAX_BYTES).read_to_end(&mut contents).map_err(fault)?;
    Ok(contents)
}

/// Writes beside and links into place: a power cut leaves no half key, and an existing key is never overwritten.
fn create(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = path.with_extension(format!("new.{}", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(contents)?;
        file.sync_all()?;
        match std::fs::hard_link(&beside, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    })();
    let removed = std::fs::remove_file(&beside);
    written.and(removed)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn secret(text: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(text.as_bytes().to_vec())
    }

    #[test]
    fn made_once_and_then_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/key");
        assert_eq!(*read_or_make(&path, || secret("first")).unwrap(), b"first");
        assert_eq!(*read_or_make(&path, || secret("second")).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn refused_when_others_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        read_or_make(&path, || secret("first")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let error = read_or_make(&path, || secret("second")).unwrap_err();
        assert!(error.to_string().contains("0640"), "{error}");
    }
}
