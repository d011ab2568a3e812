//! The two files of an app on its node: written, and brought back as they were.

use crate::{
    engine::saga::{
        StepError,
        app::{AppParts, Site},
    },
    port::{
        session::Exec,
        vault::{Plaintext, Vault},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hearth_model::plan::{self, DeployPlan};
use serde::{Deserialize, Serialize};

/// Name of the Compose file.
pub(super) const COMPOSE: &str = "compose.yaml";
/// Name of the file with the variables.
pub(super) const ENV: &str = ".env";
/// Longest file of an app that is read.
const MAX_FILE: usize = 1 << 20;

/// Files as they lay on the node, sealed, for one of them holds passwords. None where there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lying {
    compose: Option<String>,
    env: Option<String>,
}

/// Writes the files of a plan.
pub(super) async fn write(site: &Site, plan: &DeployPlan) -> Result<(), StepError> {
    let env = plan::render_env(plan, |id| site.secrets.get(&id).cloned())
        .map_err(|error| StepError::new(format!("the file .env cannot be made: {error}")))?;
    site.session
        .write_file(&site.path(COMPOSE), plan.compose.as_bytes(), 0o644)
        .await?;
    site.session.write_file(&site.path(ENV), env.as_bytes(), 0o600).await?;
    Ok(())
}

/// Reads the files as they lie on the node.
pub(super) async fn read(parts: &AppParts, site: &Site, job: &str) -> Result<Lying, StepError> {
    let read = async |name: &str| {
        let found = site.session.read_file(&site.path(name), MAX_FILE).await?;
        let sealed = found.map(|bytes| seal(parts.vault.as_ref(), job, name, bytes));
        Ok::<_, StepError>(sealed)
    };
    Ok(Lying {
        compose: read(COMPOSE).await?,
        env: read(ENV).await?,
    })
}

/// Brings the files back to how they lay. What is right already is not written, so that it works on a full disk too.
pub(super) async fn restore(parts: &AppParts, site: &Site, job: &str, lying: &Lying) -> Result<(), StepError> {
    for (name, sealed, mode) in [(COMPOSE, &lying.compose, 0o644), (ENV, &lying.env, 0o600)] {
        let path = site.path(name);
        let now = site.session.read_file(&path, MAX_FILE).await?;
        let before = sealed
            .as_ref()
            .map(|sealed| unseal(parts.vault.as_ref(), job, name, sealed))
            .transpose()?;
        match before {
            Some(before) if now.as_deref() != Some(before.expose()) => {
                site.session.write_file(&path, before.expose(), mode).await?;
            }
            None if now.is_some() => remove(site, &["-f", &path]).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Removes the files, and the folder when nothing else is in it or when it was made by this deployment.
pub(in crate::engine::saga) async fn clear(site: &Site, whole_folder: bool) -> Result<(), StepError> {
    if whole_folder {
        return remove(site, &["-rf", &site.project.dir]).await;
    }
    remove(site, &["-f", &site.path(COMPOSE), &site.path(ENV)]).await?;
    // Fails when somebody keeps files of their own in it, and that is right.
    site.session
        .exec(Exec::new(["rmdir", &site.project.dir]).as_root())
        .await?;
    Ok(())
}

async fn remove(site: &Site, args: &[&str]) -> Result<(), StepError> {
    let argv = ["rm"].into_iter().chain(args.iter().copied());
    let output = site.session.exec(Exec::new(argv).as_root()).await?;
    if output.status == 0 {
        Ok(())
    } else {
        let text = format!("rm {} failed: {}", args.join(" "), output.error_text().trim());
        Err(StepError::new(text))
    }
}

fn context(job: &str, name: &str) -> String {
    format!("job:{job}:{name}")
}

fn seal(vault: &dyn Vault, job: &str, name: &str, bytes: Vec<u8>) -> String {
    STANDARD.encode(vault.seal(&context(job, name), &Plaintext::new(bytes)))
}

fn unseal(vault: &dyn Vault, job: &str, name: &str, sealed: &str) -> Result<Plaintext, StepError> {
    let sealed = STANDARD
        .decode(sealed)
        .map_err(|error| StepError::new(format!("the kept {name} is damaged: {error}")))?;
    Ok(vault.unseal(&context(job, name), &sealed)?)
}
