//! Slows down who guesses passwords, by login name and by address.
//!
//! Kept in memory: after a restart guessing starts anew, at the pace that the hash and the rate limit allow.
//! Each try counts as wrong until it was right, so that tries at the same time do not slip through.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Wrong tries in a row that cost nothing.
const FREE_TRIES: u32 = 5;
/// Longest wait.
const LONGEST: Duration = Duration::from_secs(300);
/// After this long without a try all is forgotten.
const FORGET: Duration = Duration::from_secs(3600);
/// Most names and addresses kept in mind.
const MOST: usize = 8192;

#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    wrong: u32,
    last: Duration,
}

impl Tries {
    /// When the next try is allowed.
    fn open_at(self) -> Duration {
        if self.wrong < FREE_TRIES {
            return self.last;
        }
        let wait = 1u64.checked_shl(self.wrong - FREE_TRIES + 1).unwrap_or(u64::MAX);
        self.last + LONGEST.min(Duration::from_secs(wait))
    }
}

/// Wrong tries in a row. Names and addresses are kept as hashes, for they come from anyone.
#[derive(Debug, Default)]
pub(super) struct Slowdown {
    tries: Mutex<HashMap<u64, Tries>>,
    hasher: RandomState,
}

impl Slowdown {
    /// Begins a try at `now`, which counts as wrong until [`Self::right`].
    ///
    /// # Errors
    /// Seconds to wait, at least 1.
    pub(super) fn begin(&self, name: &str, from: Option<&str>, now: Duration) -> Result<(), u64> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = self.keys(name, from);
        let open_at = keys
            .iter()
            .filter_map(|key| tries.get(key))
            .filter(|tries| now < tries.last + FORGET)
            .map(|tries| tries.open_at())
            .max()
            .unwrap_or(now);
        if now < open_at {
            return Err((open_at - now).as_secs_f64().ceil() as u64);
        }
        if tries.len() + keys.len() > MOST {
            make_room(&mut tries, now);
        }
        for key in keys {
            let entry = tries.entry(key).or_default();
            if now >= entry.last + FORGET {
                *entry = Tries::default();
            }
            entry.wrong = entry.wrong.saturating_add(1);
            entry.last = now;
        }
        Ok(())
    }

    /// The try was right: its name and address start anew.
    pub(super) fn right(&self, name: &str, from: Option<&str>) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        for key in self.keys(name, from) {
            tries.remove(&key);
        }
    }

    fn keys(&self, name: &str, from: Option<&str>) -> Vec<u64> {
        let key = |of: (&str, String)| self.hasher.hash_one(of);
        let mut keys = vec![key(("name", name.to_lowercase()))];
        keys.extend(from.map(|from| key(("from", network(from)))));
        keys
    }
}

/// Drops what is forgotten, and if that is not enough the half that was quiet for longest.
fn make_room(tries: &mut HashMap<u64, Tries>, now: Duration) {
    tries.retain(|_, tries| now < tries.last + FORGET);
    if tries.len() > MOST / 2 {
        let mut times: Vec<Duration> = tries.values().map(|tries| tries.last).collect();
        times.sort_unstable();
        let median = times[times.len() / 2];
        tries.retain(|_, tries| tries.last > median);
    }
}

/// One machine may use a whole /64 of IPv6 (RFC 4291, section 2.5.1).
fn network(from: &str) -> String {
    match from.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("{:x}", u128::from(address) >> 64),
        Ok(IpAddr::V4(_)) | Err(_) => from.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEC: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_from_the_fifth_wrong_try_to_five_minutes() {
        let slow = Slowdown::default();
        let mut now = SEC;
        for _ in 0..5 {
            assert_eq!(slow.begin("ann", None, now), Ok(()));
        }
        let mut waits = Vec::new();
        for _ in 0..10 {
            let wait = slow.begin("Ann", None, now).unwrap_err();
            waits.push(wait);
            assert!(
                slow.begin("ann", None, now + Duration::from_secs(wait) - SEC / 2)
                    .is_err()
            );
            now += Duration::from_secs(wait);
            assert_eq!(slow.begin("ann", None, now), Ok(()));
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn a_right_try_clears_and_an_hour_forgets() {
        let slow = Slowdown::default();
        for _ in 0..5 {
            slow.begin("ann", None, SEC).unwrap();
        }
        slow.right("ann", None);
        assert_eq!(slow.begin("ann", None, SEC), Ok(()));
        for _ in 0..4 {
            slow.begin("ann", None, SEC).unwrap();
        }
        assert!(slow.begin("ann", None, SEC).is_err());
        assert_eq!(slow.begin("ann", None, SEC + FORGET), Ok(()));
        assert_eq!(slow.begin("ann", None, SEC + FORGET), Ok(()));
    }

    #[test]
    fn an_address_is_slowed_down_whatever_names_it_tries() {
        let slow = Slowdown::default();
        for i in 0..5 {
            slow.begin(&format!("user{i}"), Some("2001:db8::1"), SEC).unwrap();
        }
        assert!(slow.begin("user9", Some("2001:db8::2"), SEC).is_err(), "the same /64");
        assert_eq!(slow.begin("user9", Some("192.0.2.1"), SEC), Ok(()));
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let slow = Slowdown::default();
        let mut now = SEC;
        for i in 0..3 * MOST {
            now += SEC / 1000;
            slow.begin(&format!("user{i}"), None, now).unwrap();
        }
        assert!(slow.tries.lock().unwrap().len() <= MOST);
    }
}
