//! RAUC over D-Bus.
//!
//! Source: RAUC reference, section "D-Bus API"; what it answers was looked at with RAUC 1.13.

use super::bus::Bus;
use crate::port::updater::{Progress, Updater, UpdaterError};
use async_trait::async_trait;
use futures::StreamExt;
use hearth_model::{
    units::Bytes,
    update::{Boot, BundleInfo, Health, Slot, Slots},
};
use std::{collections::HashMap, path::Path};
use tokio::sync::watch;
use zbus::{DBusError, OwnedVariant, Variant, proxy};

type Dict = HashMap<String, OwnedVariant>;

#[proxy(
    interface = "de.pengutronix.rauc.Installer",
    default_service = "de.pengutronix.rauc",
    default_path = "/"
)]
trait Installer {
    fn install_bundle(&self, source: &str, args: HashMap<&str, Variant<'_>>) -> zbus::Result<()>;
    fn inspect_bundle(&self, bundle: &str, args: HashMap<&str, Variant<'_>>) -> zbus::Result<Dict>;
    fn mark(&self, state: &str, slot: &str) -> zbus::Result<(String, String)>;
    fn get_slot_status(&self) -> zbus::Result<Vec<(String, Dict)>>;
    fn get_primary(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn compatible(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn operation(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn last_error(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn progress(&self) -> zbus::Result<(i32, String, i32)>;
    #[zbus(signal)]
    fn completed(&self, result: i32) -> zbus::Result<()>;
}

/// What the bus says when there is no RAUC.
const NOBODY: [&str; 4] = [
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.Disconnected",
    "org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
];

/// RAUC on this machine.
#[derive(Debug)]
pub struct RaucUpdater {
    bus: Bus,
}

impl RaucUpdater {
    /// RAUC on this bus.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus }
    }

    async fn installer(&self) -> Result<InstallerProxy<'static>, UpdaterError> {
        let absent = |error: zbus::Error| UpdaterError::NoAppliance(error.to_string());
        let connection = self.bus.connection().await.map_err(absent)?;
        InstallerProxy::new(&connection).await.map_err(absent)
    }
}

/// What RAUC's answer means. It answers every failure with GLib's own error name, so that only the words tell.
fn failed(attempt: &'static str) -> impl Fn(zbus::Error) -> UpdaterError {
    move |error| {
        let (name, text) = match &error {
            zbus::Error::MethodError(name, text, _) => (name.to_string(), text.clone()),
            // Names that D-Bus itself defines: of the bus when nothing answers, of RAUC otherwise.
            zbus::Error::FDO(error) => (error.name().to_string(), error.description().map(str::to_owned)),
            _ => return UpdaterError::NoAppliance(error.to_string()),
        };
        let reason = text.unwrap_or_else(|| name.clone());
        if NOBODY.contains(&name.as_str()) {
            UpdaterError::NoAppliance(reason)
        } else if reason.to_lowercase().contains("already processing") {
            UpdaterError::Busy
        } else {
            UpdaterError::Failed { attempt, reason }
        }
    }
}

/// Takes a value out of the variants around it: RAUC wraps its inner dictionaries twice.
fn bare<'a>(value: &'a Variant<'a>) -> &'a Variant<'a> {
    match value {
        Variant::Variant(inner) => bare(inner),
        other => other,
    }
}

fn text(dict: &Dict, key: &str) -> Option<String> {
    match bare(dict.get(key)?) {
        Variant::Str(text) => Some(text.to_string()),
        _ => None,
    }
}

fn slot(name: String, status: &Dict) -> Option<Slot> {
    let boot = match text(status, "state")?.as_str() {
        "booted" => Boot::Booted,
        _ => Boot::Inactive,
    };
    let health = match text(status, "boot-status").as_deref() {
        Some("good") => Health::Good,
        Some("bad") => Health::Bad,
        _ => Health::Unknown,
    };
    Some(Slot {
        name,
        bootname: text(status, "bootname")?,
        boot,
        health,
        version: text(status, "bundle.version"),
        installed_at: text(status, "installed.timestamp").and_then(|at| at.parse().ok()),
    })
}

#[async_trait]
impl Updater for RaucUpdater {
    async fn slots(&self) -> Result<Slots, UpdaterError> {
        let installer = self.installer().await?;
        let attempt = failed("tell where its slots stand");
        let compatible = installer.compatible().await.map_err(&attempt)?;
        let status = installer.get_slot_status().await.map_err(&attempt)?;
        // A slot without a boot name is no system: there is none in our layout, and it would not be ours to choose.
        let mut slots: Vec<Slot> = status
            .into_iter()
            .filter_map(|(name, dict)| slot(name, &dict))
            .collect();
        slots.sort_by(|a, b| a.name.cmp(&b.name));
        // While a slot is on trial the boot loader may name none.
        let primary = installer.get_primary().await.ok();
        let next = primary.and_then(|primary| slots.iter().find(|slot| slot.name == primary));
        let next = next.map(|slot| slot.bootname.clone());
        Ok(Slots {
            compatible,
            slots,
            next,
        })
    }

    async fn inspect(&self, bundle: &Path) -> Result<BundleInfo, UpdaterError> {
        let installer = self.installer().await?;
        let asked = installer
            .inspect_bundle(&bundle.to_string_lossy(), HashMap::new())
            .await;
        let told = asked.map_err(|error| match failed("look into the update")(error) {
            UpdaterError::Failed { reason, .. } => UpdaterError::Untrusted(reason),
            other => other,
        })?;
        let unreadable = |what: &str| UpdaterError::Untrusted(format!("its manifest has no {what}"));
        let update = told.get("update").map(|value| bare(value));
        let Some(Variant::Dict(update)) = update else {
            return Err(unreadable("section \"update\""));
        };
        let field = |key: &str| -> Option<String> {
            let found = update
                .iter()
                .find(|(name, _)| matches!(name, Variant::Str(name) if name.as_str() == key));
            match bare(found?.1) {
                Variant::Str(text) => Some(text.to_string()),
                _ => None,
            }
        };
        let size = tokio::fs::metadata(bundle).await.map(|file| file.len());
        Ok(BundleInfo {
            compatible: field("compatible").ok_or_else(|| unreadable("\"compatible\""))?,
            version: field("version").ok_or_else(|| unreadable("\"version\""))?,
            description: field("description").unwrap_or_default(),
            size: Bytes(size.map_err(|error| UpdaterError::Untrusted(error.to_string()))?),
        })
    }

    async fn install(&self, bundle: &Path, progress: &watch::Sender<Progress>) -> Result<(), UpdaterError> {
        let installer = self.installer().await?;
        let attempt = failed("install the update");
        // Both before it is begun: an installation that fails at once completes before its call is answered.
        let mut completed = installer.receive_completed().await.map_err(&attempt)?;
        let mut steps = installer.receive_progress_changed().await;
        installer
            .install_bundle(&bundle.to_string_lossy(), HashMap::new())
            .await
            .map_err(&attempt)?;
        let result = loop {
            tokio::select! {
                Some(step) = steps.next() => tell(progress, step.get().await),
                signal = completed.next() => break signal,
            }
        };
        let gone = || UpdaterError::Failed {
            attempt: "install the update",
            reason: "it went away; see journalctl -u rauc".to_owned(),
        };
        let result = result.ok_or_else(gone)?.args().map_err(&attempt)?.result;
        if result == 0 {
            // The last steps may still be on their way here.
            tell(progress, Ok((100, "installed".to_owned(), 0)));
            return Ok(());
        }
        let reason = installer.last_error().await.map_err(&attempt)?;
        Err(UpdaterError::Failed {
            attempt: "install the update",
            reason,
        })
    }

    async fn settled(&self, progress: &watch::Sender<Progress>) -> Result<Option<String>, UpdaterError> {
        let installer = self.installer().await?;
        let attempt = failed("tell what it does");
        let mut completed = installer.receive_completed().await.map_err(&attempt)?;
        let mut steps = installer.receive_progress_changed().await;
        while installer.operation().await.map_err(&attempt)? != "idle" {
            tokio::select! {
                Some(step) = steps.next() => tell(progress, step.get().await),
                _ = completed.next() => {}
            }
        }
        let error = installer.last_error().await.map_err(&attempt)?;
        Ok((!error.is_empty()).then_some(error))
    }

    async fn choose(&self, slot: Boot) -> Result<(), UpdaterError> {
        let installer = self.installer().await?;
        let name = match slot {
            Boot::Booted => "booted",
            Boot::Inactive => "other",
        };
        installer
            .mark("active", name)
            .await
            .map_err(failed("choose the slot for the next start"))?;
        Ok(())
    }
}

/// A step that cannot be read is passed over: the next one says more.
fn tell(progress: &watch::Sender<Progress>, step: zbus::Result<(i32, String, i32)>) {
    if let Ok((percent, message, _)) = step {
        let percent = u8::try_from(percent.clamp(0, 100)).unwrap_or(100);
        progress.send_replace(Progress { percent, message });
    }
}
