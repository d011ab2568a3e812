//! Updates of the appliance itself: what there is, what runs, what is to be installed. The work is the saga `update`.

mod check;
mod settings;
mod signature;
pub use settings::{FeedAddressError, RestartAt, UpdateSettings, Window};
pub use signature::{FeedKey, SignatureError};

use super::{
    Error, Result,
    audit::Note,
    jobs::{Jobs, Prepared, Wish},
    once::Once,
    saga::update::{self, Source},
};
use crate::{
    port::{
        clock::Clock,
        fetcher::Fetcher,
        ids::Ids,
        machine::Machine,
        updater::{Updater, UpdaterError},
    },
    store::{self, Store, settings as rows},
};
use hearth_model::{
    account::Actor,
    job::{Job, JobKind},
    update::{BundleInfo, Installed, Offer, Outcome, Slots, settle},
};
use jiff::Timestamp;
use rusqlite::Connection;
use semver::Version;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use utoipa::ToSchema;

/// What updates work on: one at a time, and nothing else on the box meanwhile.
pub const SUBJECT: &str = "box this box";
/// Keys of the settings.
const OFFER: &str = "update.offer";
const CHECKED: &str = "update.checked";
const INSTALLED: &str = "update.installed";

/// How the last look at the feed went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// When.
    pub at: Timestamp,
    /// What went wrong, if it did.
    pub error: Option<String>,
}

/// The last installation, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastUpdate {
    /// What was installed.
    pub installed: Installed,
    /// What came of it.
    pub outcome: Outcome,
    /// Why the box fell back, as far as the failed start could tell.
    pub reason: Option<String>,
}

/// How updates stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UpdateState {
    /// Version that runs.
    pub version: String,
    /// Both slots; none where there are none.
    pub slots: Option<Slots>,
    /// Whether an installation is going on: the updater tells nothing else meanwhile.
    pub installing: bool,
    /// Why there are no slots: Hearth does not run on its own image, or RAUC does not answer.
    pub unavailable: Option<String>,
    /// What was chosen.
    pub settings: UpdateSettings,
    /// The newest release for this box, when it is newer than what runs.
    pub offer: Option<Offer>,
    /// The last look at the feed.
    pub checked: Option<Checked>,
    /// The last installation.
    pub last: Option<LastUpdate>,
}

/// What to install.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InstallRequest {
    /// Name of an uploaded bundle; what the feed offers when there is none.
    pub upload: Option<String>,
    /// Whether an older version may be installed.
    pub downgrade: bool,
    /// When to restart; as in the settings when there is none.
    pub restart: Option<RestartAt>,
}

/// What updates are made of.
pub struct UpdatesParts {
    /// Settings and jobs.
    pub store: Store,
    /// Accepts the work.
    pub jobs: Arc<Jobs>,
    /// Both slots.
    pub updater: Arc<dyn Updater>,
    /// Fetches feeds.
    pub fetcher: Arc<dyn Fetcher>,
    /// This machine.
    pub machine: Arc<dyn Machine>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids of audit rows.
    pub ids: Arc<dyn Ids>,
    /// Whose feeds are believed; none where no key came with Hearth.
    pub key: Option<FeedKey>,
    /// Folder for bundles.
    pub folder: PathBuf,
    /// Version that runs.
    pub version: Version,
}

/// Updates.
pub struct Updates {
    parts: UpdatesParts,
}

impl Updates {
    /// Updates of these parts.
    #[must_use]
    pub fn new(parts: UpdatesParts) -> Self {
        Self { parts }
    }

    /// How updates stand.
    ///
    /// # Errors
    /// When the store fails, or this machine does not tell which start this is.
    pub async fn state(&self) -> Result<UpdateState> {
        let asked = self.parts.updater.slots().await;
        let installing = matches!(asked, Err(UpdaterError::Busy));
        let (slots, unavailable) = match asked {
            Ok(slots) => (Some(slots), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let (settings, offer, checked, installed) = self
            .parts
            .store
            .read(|c| {
                let settings = settings::get(c)?;
                let offer: Option<Offer> = kept(c, OFFER)?;
                Ok::<_, Error>((settings, offer, kept(c, CHECKED)?, kept(c, INSTALLED)?))
            })
            .await?;
        let newer = |offer: &Offer| offer.version.cmp_precedence(&self.parts.version).is_gt();
        Ok(UpdateState {
            version: self.parts.version.to_string(),
            last: self.last(installed, slots.as_ref()).await?,
            slots,
            installing,
            unavailable,
            settings,
            offer: offer.filter(newer),
            checked,
        })
    }

    async fn last(&self, installed: Option<Installed>, slots: Option<&Slots>) -> Result<Option<LastUpdate>> {
        let Some((installed, slots)) = installed.zip(slots) else {
            return Ok(None);
        };
        let asked = |source| Error::internal("asking which start of this machine this is", source);
        let boot_id = self.parts.machine.boot_id().map_err(asked)?;
        let outcome = settle(&installed, slots, &boot_id);
        let reason = match outcome {
            Outcome::FellBack => failed_start(self.parts.machine.as_ref(), &installed.to),
            Outcome::Updated | Outcome::WaitsForRestart => None,
        };
        Ok(Some(LastUpdate {
            installed,
            outcome,
            reason,
        }))
    }

    /// Chooses channel, feed and time of the restart.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub async fn set(&self, settings: UpdateSettings, actor: &Actor) -> Result<UpdateSettings> {
        settings.check()?;
        let detail = format!("channel {}, feed {}", settings.channel, settings.shown_feed());
        let note = Note::new(
            self.parts.clock.as_ref(),
            self.parts.ids.as_ref(),
            actor,
            "update.settings",
        )
        .on(SUBJECT)
        .detail(detail);
        self.parts
            .store
            .write(move |tx| {
                let before = settings::get(tx)?;
                settings::set(tx, &settings)?;
                // What another feed has offered says nothing about this one.
                if (before.channel, &before.feed) != (settings.channel, &settings.feed) {
                    rows::remove(tx, OFFER)?;
                    rows::remove(tx, CHECKED)?;
                }
                note.write(tx)?;
                Ok::<_, Error>(settings)
            })
            .await
    }

    /// What is chosen.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settings(&self) -> Result<UpdateSettings> {
        Ok(self.parts.store.read(settings::get).await?)
    }

    /// Looks into a bundle that was uploaded; one that is not for this box is removed.
    ///
    /// # Errors
    /// `Invalid` when it is not trusted or made for other boards; `Conflict` where there is nothing to update.
    pub async fn uploaded(&self, name: &str, actor: &Actor) -> Result<BundleInfo> {
        let path = self.upload_path(name)?;
        let looked = self.look_into(&path).await;
        if looked.is_err() {
            // Why it is refused is what the person has to know; what is left is removed with the next upload.
            let _ = tokio::fs::remove_file(&path).await;
        }
        let bundle = looked?;
        let detail = format!("{name}: version {}", bundle.version);
        let note = Note::new(
            self.parts.clock.as_ref(),
            self.parts.ids.as_ref(),
            actor,
            "update.upload",
        )
        .on(SUBJECT)
        .detail(detail);
        self.parts
            .store
            .write(move |tx| Ok::<_, Error>(note.write(tx)?))
            .await?;
        Ok(bundle)
    }

    async fn look_into(&self, path: &Path) -> Result<BundleInfo> {
        let slots = self.parts.updater.slots().await.map_err(unavailable)?;
        let bundle = self.parts.updater.inspect(path).await.map_err(|error| match error {
            UpdaterError::Untrusted(_) => Error::field("/upload", error.to_string()),
            other => unavailable(other),
        })?;
        if bundle.compatible != slots.compatible {
            let text = format!("is for {}, and this box is {}", bundle.compatible, slots.compatible);
            return Err(Error::field("/upload", text));
        }
        Ok(bundle)
    }

    /// Where an upload of this name is put, for who receives it.
    ///
    /// # Errors
    /// `Invalid` for a name that is none of a bundle.
    pub fn upload_path(&self, name: &str) -> Result<PathBuf> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.len() > 100 || name.starts_with('.') || !name.chars().all(plain) || !name.ends_with(".raucb") {
            return Err(Error::field(
                "/upload",
                "is not the name of a bundle: letters, digits, '.', '-' and '_', ending in .raucb",
            ));
        }
        Ok(self.parts.folder.join("uploads").join(name))
    }

    /// Begins to install what the feed offers, or what was uploaded.
    ///
    /// # Errors
    /// `Conflict` when nothing is offered, or another update is at work; `NotFound` for an upload that is not there.
    pub async fn install(&self, request: InstallRequest, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let once = Once::new(key, "update.install", &request)?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        let state = self.state().await?;
        if let Some(why) = state.unavailable {
            return Err(Error::Conflict(why));
        }
        let source = match &request.upload {
            Some(name) => {
                let path = self.upload_path(name)?;
                if !exists(&path).await {
                    return Err(Error::not_found("uploaded bundle", name));
                }
                Source::File { path }
            }
            None => Source::Feed {
                offer: state.offer.ok_or_else(|| {
                    Error::Conflict("nothing newer is offered; look for updates, or upload a bundle".to_owned())
                })?,
            },
        };
        let restart = request.restart.unwrap_or(state.settings.restart);
        restart.check()?;
        let input = update::Input {
            source,
            downgrade: request.downgrade,
            restart,
        };
        self.submit(input, "update.install", once, actor).await
    }

    /// Begins to go back to the other slot.
    ///
    /// # Errors
    /// `Conflict` when there is no other slot that ever was good, or another update is at work.
    pub async fn roll_back(&self, restart: Option<RestartAt>, key: Option<&str>, actor: &Actor) -> Result<Job> {
        let once = Once::new(key, "update.rollback", &restart)?;
        if let Some(job) = self.parts.jobs.begun(&once).await? {
            return Ok(job);
        }
        let state = self.state().await?;
        let slots = state
            .slots
            .ok_or_else(|| Error::Conflict(state.unavailable.unwrap_or_default()))?;
        let other = slots
            .other()
            .ok_or_else(|| Error::Conflict("there is no other slot".to_owned()))?;
        if other.health != hearth_model::update::Health::Good {
            return Err(Error::Conflict(format!(
                "slot {} has no system in it that came up before",
                other.bootname
            )));
        }
        let restart = restart.unwrap_or(RestartAt::Now);
        restart.check()?;
        let input = update::Input {
            source: Source::OtherSlot,
            downgrade: true,
            restart,
        };
        self.submit(input, "update.rollback", once, actor).await
    }

    async fn submit(&self, input: update::Input, action: &'static str, once: Once, actor: &Actor) -> Result<Job> {
        let detail = input.source.to_string();
        let input = serde_json::to_value(&input).map_err(|e| Error::internal("writing what to install", e))?;
        let wish = Wish {
            kind: JobKind::Update,
            steps: &update::STEPS,
            action,
            once,
        };
        let prepare = move |_: &rusqlite::Transaction<'_>, _| Ok(prepared(SUBJECT, input, detail));
        self.parts.jobs.submit(wish, actor, prepare).await
    }
}

fn prepared(subject: &str, input: serde_json::Value, detail: String) -> Prepared {
    Prepared {
        subject: subject.to_owned(),
        exclusive: true,
        input,
        detail,
        tell: Vec::new(),
    }
}

/// What the last failed start has left, without the version where that is the one that is meant anyway. A note that cannot
/// be read says that, as it is only for a person.
pub(super) fn failed_start(machine: &dyn Machine, version: &str) -> Option<String> {
    let note = machine
        .failed_start()
        .unwrap_or_else(|error| Some(format!("the note of the failed start cannot be read: {error}")))?;
    let bare = note.strip_prefix(version).and_then(|rest| rest.strip_prefix(": "));
    Some(bare.map_or_else(|| note.clone(), str::to_owned))
}

/// Keeps what was installed, for the system that comes up next.
///
/// # Errors
/// [`store::Error`].
pub(super) fn keep_installed(tx: &rusqlite::Transaction<'_>, installed: &Installed) -> store::Result<()> {
    keep(tx, INSTALLED, installed)
}

async fn exists(path: &Path) -> bool {
    tokio::fs::try_exists(path).await.unwrap_or(false)
}

fn unavailable(error: UpdaterError) -> Error {
    Error::Conflict(error.to_string())
}

fn kept<T: DeserializeOwned>(connection: &Connection, key: &str) -> store::Result<Option<T>> {
    let text = rows::get(connection, key)?;
    text.map(|text| serde_json::from_str(&text).map_err(store::error::row("settings")))
        .transpose()
}

fn keep<T: Serialize>(tx: &rusqlite::Transaction<'_>, key: &str, value: &T) -> store::Result<()> {
    let text = serde_json::to_string(value).map_err(store::error::row("settings"))?;
    rows::set(tx, key, &text)
}
