//! The request to remove all data: a file that the first process of the next start looks for (`overlays/rootfs/usr/lib/hearth/reset`).

use super::settings_file;
use crate::port::{appliance::ApplianceError, reset::Reset};
use async_trait::async_trait;
use std::path::PathBuf;

/// Name of the file, in the manager's folder.
const REQUEST: &str = "factory-reset";

/// Leaves the request.
#[derive(Debug)]
pub struct ResetRequest {
    path: PathBuf,
}

impl ResetRequest {
    /// In the manager's folder.
    #[must_use]
    pub fn new(data: &std::path::Path) -> Self {
        Self {
            path: data.join(REQUEST),
        }
    }
}

#[async_trait]
impl Reset for ResetRequest {
    async fn request(&self) -> Result<(), ApplianceError> {
        let left = settings_file::write(&self.path, "asked for in the pages\n");
        left.map_err(|error| ApplianceError::refused("be reset", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path, process::Command};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs what the first process of a start runs, on another folder.
    fn start(data: &Path) {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../overlays/rootfs/usr/lib/hearth/reset"
        );
        let done = Command::new("sh").arg(script).arg(data).status().unwrap();
        assert!(done.success());
    }

    #[tokio::test]
    async fn the_next_start_does_what_is_asked_here() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        for file in [
            "hearth/hearth.db",
            "hearth/.hidden",
            "docker/a/b",
            "system/etc/machine-id",
            "rauc/good/A",
            ".odd",
        ] {
            let path = data.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        start(data);
        assert_eq!(
            names(data),
            [".odd", "docker", "hearth", "rauc", "system"],
            "nothing was asked"
        );
        ResetRequest::new(&data.join("hearth")).request().await.unwrap();
        start(data);
        assert_eq!(names(data), ["rauc"], "only what is known of the slots stays");
        assert!(data.join("rauc/good/A").exists());
        start(data);
    }
}
