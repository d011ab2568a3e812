//! What `hearth login` remembers: `hearth/login.json` in the person's configuration folder, readable by them alone.

use super::{CliError, error::io};
use serde::{Deserialize, Serialize};
use std::{
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

/// A manager that one has logged in to.
#[derive(Serialize, Deserialize)]
pub(super) struct Profile {
    /// Its address.
    pub(super) server: String,
    /// Its certificate authority, PEM.
    pub(super) ca: String,
    /// The token.
    pub(super) token: String,
}

impl Profile {
    /// The last login, if there was one.
    pub(super) fn load() -> Result<Option<Self>, CliError> {
        let Some(path) = path() else { return Ok(None) };
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|e| CliError::Usage(format!("{} is damaged ({e}); log in again", path.display()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io(format!("reading {}", path.display()))(error)),
        }
    }

    /// Remembers this login.
    pub(super) fn save(&self) -> Result<PathBuf, CliError> {
        let path = path().ok_or_else(|| CliError::Usage("HOME is not set, so a login cannot be kept".to_owned()))?;
        let attempt = || format!("writing {}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io(attempt()))?;
        }
        let text = serde_json::to_vec_pretty(self).map_err(|e| CliError::Usage(e.to_string()))?;
        let beside = path.with_extension("new");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .map_err(io(attempt()))?;
        file.write_all(&text).map_err(io(attempt()))?;
        std::fs::rename(&beside, &path).map_err(io(attempt()))?;
        Ok(path)
    }
}

/// Source: XDG Base Directory Specification 0.8, `XDG_CONFIG_HOME`.
fn path() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))?;
    Some(base.join("hearth/login.json"))
}
