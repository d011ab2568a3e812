//! Updates of the appliance itself: what a feed offers, what a bundle is, where the two slots stand, and what may
//! be installed over what. Nothing here downloads, verifies a signature or asks RAUC.

mod feed;
mod record;
mod slots;
#[cfg(test)]
mod tests;
mod verdict;

pub use feed::{Channel, Feed, FeedError, MAX_FEED, Offer, Release, ReleaseBundle};
pub use record::{Installed, Outcome, settle};
pub use slots::{Boot, BundleInfo, Health, Slot, Slots};
pub use verdict::{Refusal, judge};
