//! The tools on disk: one folder an architecture, each with `versions.json` (name, version, SHA-256 of every tool).

use crate::port::tools::{Tool, ToolError, Tools};
use async_trait::async_trait;
use hearth_model::facts::Arch;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    io::{Error, ErrorKind},
    path::PathBuf,
};

/// Reads tools from a folder, and hands out none whose hash is not the one that was written down.
#[derive(Debug, Clone)]
pub struct ToolFolder {
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    sha256: String,
}

impl ToolFolder {
    /// The tools under `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    async fn entry(&self, name: &str, arch: Arch) -> Result<Entry, ToolError> {
        let missing = || ToolError::Missing {
            name: name.to_owned(),
            arch: arch.as_str().to_owned(),
        };
        let path = self.folder.join(arch.as_str()).join("versions.json");
        let fault = |source| ToolError::Read {
            name: name.to_owned(),
            path: path.display().to_string(),
            source,
        };
        let text = match tokio::fs::read(&path).await {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
            Err(error) => return Err(fault(error)),
        };
        let entries: Vec<Entry> = serde_json::from_slice(&text).map_err(|e| fault(e.into()))?;
        entries.into_iter().find(|entry| entry.name == name).ok_or_else(missing)
    }
}

#[async_trait]
impl Tools for ToolFolder {
    async fn get(&self, name: &str, arch: Arch) -> Result<Tool, ToolError> {
        let Entry { name, version, sha256 } = self.entry(name, arch).await?;
        let path = self.folder.join(arch.as_str()).join(&name);
        let fault = |source| ToolError::Read {
            name: name.clone(),
            path: path.display().to_string(),
            source,
        };
        let program = tokio::fs::read(&path).await.map_err(fault)?;
        let (program, found) = tokio::task::spawn_blocking(move || {
            let digest: String = Sha256::digest(&program)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            (program, digest)
        })
        .await
        .map_err(|e| fault(Error::other(e)))?;
        if found != sha256 {
            return Err(fault(Error::new(
                ErrorKind::InvalidData,
                format!("its SHA-256 is {found}, not {sha256}"),
            )));
        }
        Ok(Tool {
            name,
            version,
            sha256,
            program,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(sha256: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let arch = dir.path().join("amd64");
        std::fs::create_dir(&arch).unwrap();
        std::fs::write(arch.join("docker-compose"), "program").unwrap();
        let entry = format!(r#"[{{"name": "docker-compose", "version": "2.26.1", "sha256": "{sha256}"}}]"#);
        std::fs::write(arch.join("versions.json"), entry).unwrap();
        dir
    }

    #[tokio::test]
    async fn only_a_tool_whose_hash_is_right_is_handed_out() {
        // printf program | sha256sum
        let dir = folder("1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8");
        let tool = ToolFolder::new(dir.path().to_owned())
            .get("docker-compose", Arch::Amd64)
            .await
            .unwrap();
        assert_eq!(
            (tool.version.as_str(), tool.program.as_slice()),
            ("2.26.1", b"program".as_slice())
        );
        let dir = folder("00");
        let refused = ToolFolder::new(dir.path().to_owned())
            .get("docker-compose", Arch::Amd64)
            .await;
        assert!(matches!(refused, Err(ToolError::Read { .. })));
    }

    #[tokio::test]
    async fn what_is_not_carried_is_told() {
        let dir = folder("");
        let tools = ToolFolder::new(dir.path().to_owned());
        assert!(matches!(
            tools.get("docker-compose", Arch::Arm64).await,
            Err(ToolError::Missing { .. })
        ));
        assert!(matches!(
            tools.get("restic", Arch::Amd64).await,
            Err(ToolError::Missing { .. })
        ));
    }
}
