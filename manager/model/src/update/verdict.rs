//! Whether a bundle may be installed over what runs.

use super::BundleInfo;
use semver::Version;
use std::cmp::Ordering;

/// Why a bundle is not installed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Made for other boards.
    #[error("this update is for {found}, and this box is {wanted}: get the one for {wanted}")]
    OtherBoard {
        /// This box.
        wanted: String,
        /// The bundle's.
        found: String,
    },
    /// Its version cannot be compared.
    #[error("the update's version {0:?} is not one of Hearth's")]
    Version(String),
    /// It is what runs already.
    #[error("version {0} runs already")]
    Same(Version),
    /// It is older, and that was not asked for.
    #[error(
        "version {candidate} is older than {current}, which runs; going back may lose what the newer one wrote, so it must be asked for"
    )]
    Downgrade {
        /// What runs.
        current: Version,
        /// What is offered.
        candidate: Version,
    },
}

/// Whether `bundle` may be installed on a box that is `compatible` and runs `current`.
///
/// # Errors
/// See [`Refusal`].
pub fn judge(bundle: &BundleInfo, compatible: &str, current: &Version, downgrade: bool) -> Result<Version, Refusal> {
    if bundle.compatible != compatible {
        return Err(Refusal::OtherBoard {
            wanted: compatible.to_owned(),
            found: bundle.compatible.clone(),
        });
    }
    let candidate = Version::parse(&bundle.version).map_err(|_| {
        let shown = bundle.version.chars().take(40).collect();
        Refusal::Version(shown)
    })?;
    match candidate.cmp_precedence(current) {
        Ordering::Greater => Ok(candidate),
        Ordering::Equal => Err(Refusal::Same(candidate)),
        Ordering::Less if downgrade => Ok(candidate),
        Ordering::Less => Err(Refusal::Downgrade {
            current: current.clone(),
            candidate,
        }),
    }
}
