//! The tools on disk: one folder an architecture, each with `versions.json` (name, version, SHA-256 of every tool). A tool is there as it
//! is, or compressed by zstd as `<name>.zst`: the image has room for one that its own machine does not run only so.

use crate::port::tools::{Tool, ToolError, Tools};
use async_trait::async_trait;
use hearth_model::facts::Arch;
use ruzstd::decoding::StreamingDecoder;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    io::{Error, ErrorKind, Read as _},
    path::{Path, PathBuf},
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

fn read(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => unpack(&fs::read(path.with_added_extension("zst"))?),
        read => read,
    }
}

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let invalid = |error| Error::new(ErrorKind::InvalidData, error);
    let mut program = Vec::new();
    let mut decoder = StreamingDecoder::new(packed).map_err(|error| invalid(error.to_string()))?;
    decoder.read_to_end(&mut program)?;
    Ok(program)
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
        let file = path.clone();
        let (program, found) = tokio::task::spawn_blocking(move || {
            let program = read(&file)?;
            let digest: String = Sha256::digest(&program)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            io::Result::Ok((program, digest))
        })
        .await
        .map_err(|e| fault(Error::other(e)))?
        .map_err(fault)?;
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
    use ruzstd::encoding::CompressionLevel;

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
    async fn a_tool_may_be_compressed() {
        let dir = folder("1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8");
        let program = dir.path().join("amd64/docker-compose");
        fs::remove_file(&program).unwrap();
        let packed = ruzstd::encoding::compress_to_vec(&b"program"[..], CompressionLevel::Fastest);
        fs::write(program.with_added_extension("zst"), &packed).unwrap();
        let tools = ToolFolder::new(dir.path().to_owned());
        let tool = tools.get("docker-compose", Arch::Amd64).await.unwrap();
        assert_eq!(tool.program, b"program");
        fs::write(program.with_added_extension("zst"), &packed[..packed.len() - 3]).unwrap();
        let refused = tools.get("docker-compose", Arch::Amd64).await;
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
