//! `hearth system support-bundle`.

use crate::cli::{CliError, client::Client, error::io, output};
use clap::Args;
use http::Method;
use serde_json::json;
use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

/// Make a file for somebody who helps: what there is, what was done, what went wrong; no secrets.
#[derive(Debug, Args)]
pub struct SupportBundle {
    /// Where to keep it; a file that is there already is not replaced
    #[arg(short, long, value_name = "FILE", default_value = "hearth-support.tar.gz")]
    output: PathBuf,
}

impl SupportBundle {
    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        let file = self.output.display().to_string();
        // First, or the bundle is made for nothing.
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.output);
        let mut opened = opened.map_err(io(format!("making {file}")))?;
        let made = client.bytes(Method::POST, "/api/v1/system/support-bundle").await;
        let kept = made.and_then(|bytes| {
            let written = opened.write_all(&bytes).map_err(io(format!("writing {file}")));
            written.map(|()| bytes.len())
        });
        match kept {
            Ok(bytes) if json => output::json(&json!({ "file": file, "bytes": bytes })),
            Ok(_) => output::text(&format!("{file}: look through it before you send it.")),
            Err(error) => {
                std::fs::remove_file(&self.output).map_err(io(format!("removing {file}")))?;
                Err(error)
            }
        }
    }
}
