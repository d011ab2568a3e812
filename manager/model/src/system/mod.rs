//! The appliance itself: what a person sees and sets of the box that Hearth runs on.

mod time;

pub use time::{TimeServer, TimeServerError, TimeStatus, TimeSync};
