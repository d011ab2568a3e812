//! What a person chooses about updates.

use super::{keep, kept};
use crate::{
    engine::{Error, Result},
    store,
};
use hearth_model::update::Channel;
use jiff::civil::Time;
use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

const KEY: &str = "update.settings";

/// A time of day between which the box may be restarted, in its own time zone; over midnight when it ends before it
/// begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// From.
    #[schema(value_type = String, example = "03:00:00")]
    pub from: Time,
    /// Until.
    #[schema(value_type = String, example = "05:00:00")]
    pub until: Time,
}

impl Window {
    /// Whether a time of day is in it.
    #[must_use]
    pub fn holds(&self, time: Time) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            time >= self.from || time < self.until
        }
    }
}

/// When the box is restarted after an installation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "when", content = "window")]
pub enum RestartAt {
    /// As soon as it is installed.
    Now,
    /// When a person restarts it.
    #[default]
    Later,
    /// In a window.
    Window(Window),
}

impl RestartAt {
    /// Whether it can come to pass.
    ///
    /// # Errors
    /// `Invalid` for an empty window.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Window(window) if window.from == window.until => {
                Err(Error::field("/restart/window", "begins and ends at the same time"))
            }
            Self::Window(_) | Self::Now | Self::Later => Ok(()),
        }
    }
}

/// What is chosen about updates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateSettings {
    /// Which releases are offered.
    pub channel: Channel,
    /// Address of the folder with the feeds (`<channel>.json`); none: updates are only installed by hand.
    #[schema(value_type = Option<String>, example = "https://updates.example.org/hearth/")]
    pub feed: Option<Url>,
    /// When the box is restarted after an installation.
    pub restart: RestartAt,
}

/// Why a text is no address of a feed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not an address that begins with https:// or http://")]
pub struct FeedAddressError;

impl UpdateSettings {
    /// The address of a feed as a person writes it; none when it is empty.
    ///
    /// # Errors
    /// [`FeedAddressError`].
    pub fn parse_feed(text: &str) -> Result<Option<Url>, FeedAddressError> {
        match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| FeedAddressError),
        }
    }

    /// Whether they make sense.
    ///
    /// # Errors
    /// `Invalid` names the field.
    pub fn check(&self) -> Result<()> {
        if let Some(feed) = &self.feed
            && (!matches!(feed.scheme(), "http" | "https") || feed.cannot_be_a_base())
        {
            return Err(Error::field("/feed", FeedAddressError.to_string()));
        }
        self.restart.check()
    }

    /// The feed's address for people.
    #[must_use]
    pub fn shown_feed(&self) -> &str {
        self.feed.as_ref().map_or("none", Url::as_str)
    }

    /// Address of the channel's feed.
    #[must_use]
    pub fn address(&self) -> Option<Url> {
        let mut folder = self.feed.clone()?;
        if !folder.path().ends_with('/') {
            folder.set_path(&format!("{}/", folder.path()));
        }
        folder.join(&format!("{}.json", self.channel)).ok()
    }
}

pub(super) fn get(connection: &Connection) -> store::Result<UpdateSettings> {
    Ok(kept(connection, KEY)?.unwrap_or_default())
}

pub(super) fn set(tx: &Transaction<'_>, settings: &UpdateSettings) -> store::Result<()> {
    keep(tx, KEY, settings)
}
