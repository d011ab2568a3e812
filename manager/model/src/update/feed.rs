//! The feed: one JSON document a channel that names the releases there are. Its signature is checked before it is
//! read, by whoever fetched it.

use crate::units::Bytes;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// Largest feed, signature included.
pub const MAX_FEED: Bytes = Bytes::mib(1);
/// The format that this Hearth reads.
const SCHEMA: u32 = 1;

/// Which releases a box is offered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// What is meant for everyone.
    #[default]
    Stable,
    /// What is tried out before that.
    Beta,
}

impl Channel {
    /// Both, the calmer one first.
    pub const ALL: [Self; 2] = [Self::Stable, Self::Beta];

    /// Its word in addresses and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Beta => "beta",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Channel {
    type Err = FeedError;
    fn from_str(text: &str) -> Result<Self, FeedError> {
        let found = Self::ALL.into_iter().find(|channel| channel.as_str() == text);
        found.ok_or_else(|| FeedError::Channel(text.chars().take(40).collect()))
    }
}

/// What a feed says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Version of the format.
    pub schema: u32,
    /// The channel it is for: a feed of another one is refused, so that none can be put in its place.
    pub channel: Channel,
    /// Rises with each feed of a channel: an older one is refused, so that a release cannot be hidden again.
    pub serial: u64,
    /// The releases, in any order.
    pub releases: Vec<Release>,
}

/// A version of Hearth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its version.
    #[schema(value_type = String, example = "0.2.0")]
    pub version: Version,
    /// When it came out.
    pub released_at: Timestamp,
    /// What is new, as plain text with lines.
    pub notes: String,
    /// One a kind of board.
    pub bundles: Vec<ReleaseBundle>,
}

/// Where a release's bundle for one kind of board is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseBundle {
    /// The boards it is for, as RAUC compares it, such as `hearth-x86_64`.
    pub compatible: String,
    /// Where it is; relative to the feed's own address.
    pub url: String,
    /// Its exact size.
    pub size: Bytes,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// A release with its bundle for this box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// The version.
    #[schema(value_type = String, example = "0.2.0")]
    pub version: Version,
    /// When it came out.
    pub released_at: Timestamp,
    /// What is new.
    pub notes: String,
    /// The bundle.
    pub bundle: ReleaseBundle,
}

/// Why a feed is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// No such channel.
    #[error("{0:?} is no channel: stable or beta")]
    Channel(String),
    /// It cannot be read.
    #[error("the feed cannot be read: {0}")]
    Read(String),
    /// Made for a Hearth to come.
    #[error("the feed has format {0}, this Hearth reads format {SCHEMA}; install a newer Hearth by hand")]
    Schema(u32),
    /// It is another channel's.
    #[error("the feed is for channel {found}, not for {wanted}")]
    OtherChannel {
        /// Asked for.
        wanted: Channel,
        /// Got.
        found: Channel,
    },
    /// It is older than one that was seen.
    #[error("the feed has serial {found}, but {seen} was seen before: somebody shows an old one")]
    Older {
        /// Highest seen.
        seen: u64,
        /// Got.
        found: u64,
    },
    /// A release in it is not well formed.
    #[error("release {version}: {what}")]
    Release {
        /// Which.
        version: Version,
        /// What is wrong.
        what: String,
    },
}

impl Feed {
    /// Reads a feed whose signature is good, and checks that it is the one that is wanted.
    ///
    /// # Errors
    /// See [`FeedError`].
    pub fn parse(text: &[u8], wanted: Channel, seen: u64) -> Result<Self, FeedError> {
        let feed: Self = serde_json::from_slice(text).map_err(|error| {
            // A newer format may have other fields: its number says more than the field that is not known.
            let newer = serde_json::from_slice::<Head>(text).ok().map(|head| head.schema);
            match newer {
                Some(schema) if schema > SCHEMA => FeedError::Schema(schema),
                _ => FeedError::Read(error.to_string()),
            }
        })?;
        if feed.schema != SCHEMA {
            return Err(FeedError::Schema(feed.schema));
        }
        if feed.channel != wanted {
            let found = feed.channel;
            return Err(FeedError::OtherChannel { wanted, found });
        }
        if feed.serial < seen {
            let found = feed.serial;
            return Err(FeedError::Older { seen, found });
        }
        feed.releases.iter().try_for_each(Release::check)?;
        Ok(feed)
    }

    /// The newest release with a bundle for `compatible`.
    #[must_use]
    pub fn newest(&self, compatible: &str) -> Option<Offer> {
        let offers = self.releases.iter().filter_map(|release| release.offer(compatible));
        offers.max_by(|a, b| a.version.cmp_precedence(&b.version))
    }
}

#[derive(Deserialize)]
struct Head {
    schema: u32,
}

impl Release {
    fn check(&self) -> Result<(), FeedError> {
        let wrong = |what: String| {
            let version = self.version.clone();
            Err(FeedError::Release { version, what })
        };
        for bundle in &self.bundles {
            let name = &bundle.compatible;
            if bundle.sha256.len() != 64 || !bundle.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
                return wrong(format!(
                    "the SHA-256 of the bundle for {name} is not 64 hexadecimal digits"
                ));
            }
            if bundle.size.0 == 0 {
                return wrong(format!("the bundle for {name} has no size"));
            }
        }
        Ok(())
    }

    fn offer(&self, compatible: &str) -> Option<Offer> {
        let bundle = self.bundles.iter().find(|bundle| bundle.compatible == compatible)?;
        Some(Offer {
            version: self.version.clone(),
            released_at: self.released_at,
            notes: self.notes.clone(),
            bundle: bundle.clone(),
        })
    }
}
