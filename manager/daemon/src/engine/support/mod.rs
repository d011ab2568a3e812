//! The support bundle: what somebody who helps has to know of this Hearth, without its secrets.

mod archive;
mod gather;

use super::{
    Error, Result,
    appliance::{BoxDisks, BoxMounts, BoxNetwork, BoxServices, HostName, Logs, Records, Time},
    apps::Apps,
    audit::{Audit, Note},
    incidents::Incidents,
    jobs::Jobs,
    nodes::Nodes,
    recorder::redactor,
    saga::app::context_of,
    updates::Updates,
};
use crate::{port::vault::Vault, store::secrets};
use archive::Archive;
use hearth_model::{account::Actor, plan::Redactor};
use jiff::{Timestamp, tz::TimeZone};
use semver::Version;
use std::sync::Arc;

/// What stands first in it.
const README: &str = "\
This folder was made by Hearth for somebody who helps you: what there is, what was done, and what went wrong.

It holds names, addresses and hardware of your machines, the names of your apps, and what the services of the box wrote.
It holds no password, key, token or answer to an app's question: those that Hearth keeps were looked for in every file and
stand as ******** there. Look through it all the same before you send it.

hearth.json      version, build, when this was made
box.json         name, time, network and services of the box, its disks, and the disks and shares that were added
update.json      both slots, channel, the last update
nodes.json       machines with what is known of them
apps.json        apps with their states
jobs.json        the last jobs with their steps and logs
incidents.json   what went wrong, and what was done
audit.json       who did what
journal.txt      the last lines of the box's journal
";

/// What the bundle is gathered from.
#[expect(missing_docs, reason = "each field is the service of its name")]
pub struct SupportParts {
    pub records: Records,
    pub vault: Arc<dyn Vault>,
    pub version: Version,
    pub apps: Arc<Apps>,
    pub audit: Arc<Audit>,
    pub box_services: Arc<BoxServices>,
    pub disks: Arc<BoxDisks>,
    pub host_name: Arc<HostName>,
    pub incidents: Arc<Incidents>,
    pub jobs: Arc<Jobs>,
    pub logs: Arc<Logs>,
    pub mounts: Arc<BoxMounts>,
    pub network: Arc<BoxNetwork>,
    pub nodes: Arc<Nodes>,
    pub time: Arc<Time>,
    pub updates: Arc<Updates>,
}

/// Gathers it.
pub struct Support {
    parts: SupportParts,
}

/// A bundle.
pub struct SupportBundle {
    /// What the file is called.
    pub name: String,
    /// A gzipped tar archive.
    pub bytes: Vec<u8>,
}

impl Support {
    /// Over the services that know.
    #[must_use]
    pub const fn new(parts: SupportParts) -> Self {
        Self { parts }
    }

    /// Makes a bundle. What cannot be found out says so in its place.
    ///
    /// # Errors
    /// When the store fails, for then it is not known what has to be hidden.
    pub async fn bundle(&self, actor: &Actor) -> Result<SupportBundle> {
        let Records { store, clock, ids } = &self.parts.records;
        let note = Note::new(clock.as_ref(), ids.as_ref(), actor, "support.bundle").on("this box");
        store.write(move |tx| note.write(tx)).await?;
        let redactor = self.redactor().await?;
        let now = clock.now();
        let folder = format!("hearth-support-{}", stamp(now));
        let name = format!("{folder}.tar.gz");
        let files = self.gather(now).await;
        let packed = tokio::task::spawn_blocking(move || {
            let mut archive = Archive::new(folder, now);
            archive.add("README.txt", README)?;
            for (name, text) in files {
                archive.add(name, &redactor.redact(&text))?;
            }
            archive.finish()
        });
        let internal = "packing the support bundle";
        let packed = packed.await.map_err(|error| Error::internal(internal, error))?;
        let bytes = packed.map_err(|error| Error::internal(internal, error))?;
        Ok(SupportBundle { name, bytes })
    }

    /// Hides whatever lies in the vault.
    async fn redactor(&self) -> Result<Redactor> {
        let sealed = self.parts.records.store.read(secrets::all).await?;
        let settings = self.parts.updates.settings().await?;
        let mut known: Vec<String> = Vec::new();
        for secret in sealed {
            // Keys of Hearth's own are sealed otherwise; they are no text.
            if let Ok(plain) = self.parts.vault.unseal(&context_of(secret.id), &secret.sealed) {
                known.extend(plain.expose_str().map(str::to_owned));
            }
        }
        let password = settings.feed.as_ref().and_then(|feed| feed.password());
        Ok(redactor(known.iter().map(String::as_str).chain(password)))
    }
}

/// The time as it may stand in the name of a file.
fn stamp(at: Timestamp) -> impl std::fmt::Display {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S").to_string()
}
