//! Files of settings that other services of the box read, each under a user of its own: readable for all, whole or not there.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

/// Writes a file anew. A power cut leaves the old one or the new one.
pub(super) fn write(path: &Path, contents: &str) -> io::Result<()> {
    // No service reads a file of this ending.
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(&new)?;
    // The manager's mask keeps everything to itself.
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    file.write_all(contents.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

/// Removes a file; that there is none is no error.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads a file; none when it is not there.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_for_all_to_read_and_replaced_whole() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("a.conf");
        assert_eq!(read(&path)?, None);
        write(&path, "one")?;
        write(&path, "two")?;
        assert_eq!(read(&path)?.as_deref(), Some("two"));
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o644);
        remove(&path)?;
        remove(&path)?;
        assert_eq!(fs::read_dir(dir.path())?.count(), 0);
        Ok(())
    }
}
