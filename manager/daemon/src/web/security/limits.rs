//! How many requests a minute are answered: few to who is not known, many to who is.

use super::{ClientAddr, Identity};
use crate::{engine, web::problem::Problem};
use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

const ANONYMOUS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
const LOGINS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
const KNOWN_PER_MINUTE: NonZeroU32 = NonZeroU32::new(6_000).expect("not zero");
/// After so many requests, those who were not seen for a minute are forgotten.
const FORGET_EVERY: u32 = 1_000;

/// Where passwords are compared: the dearest requests, and those that are worth guessing at.
const LOGIN_PATHS: [&str; 5] = [
    "/login",
    "/setup",
    "/api/v1/auth/login",
    "/api/v1/auth/token",
    "/api/v1/setup",
];

/// Counts requests by address and by person.
pub struct Limits {
    anonymous: DefaultKeyedRateLimiter<IpAddr>,
    logins: DefaultKeyedRateLimiter<IpAddr>,
    known: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    seen: AtomicU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            anonymous: RateLimiter::keyed(Quota::per_minute(ANONYMOUS_PER_MINUTE)),
            logins: RateLimiter::keyed(Quota::per_minute(LOGINS_PER_MINUTE)),
            known: RateLimiter::keyed(Quota::per_minute(KNOWN_PER_MINUTE)),
            clock: DefaultClock::default(),
            seen: AtomicU32::new(0),
        }
    }
}

impl Limits {
    fn check(&self, request: &Request) -> Result<(), engine::Error> {
        let path = request.uri().path();
        // Style and scripts: read from memory, and needed by the page that says "too many".
        if path.starts_with("/assets/") {
            return Ok(());
        }
        if self.seen.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.anonymous.retain_recent();
            self.logins.retain_recent();
            self.known.retain_recent();
        }
        let address = network(ClientAddr::of(request.extensions()));
        if request.method() == Method::POST && LOGIN_PATHS.contains(&path) {
            self.take(&self.logins, &address)?;
        }
        match Identity::of(request.extensions()).actor() {
            Some(actor) => self.take(&self.known, &actor.name),
            None => self.take(&self.anonymous, &address),
        }
    }

    fn take<K: Hash + Eq + Clone>(&self, limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), engine::Error> {
        limiter.check_key(key).map_err(|refused| engine::Error::TooMany {
            retry_after_secs: refused.wait_time_from(self.clock.now()).as_secs_f64().ceil() as u64,
        })
    }
}

/// Layer: refuses what is too much with 429 and `Retry-After`.
pub async fn limit(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    match limits.check(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => Problem::from(error).into_response(),
    }
}

/// The address, or its /64: one machine may use all of that (RFC 4291, section 2.5.1).
fn network(ClientAddr(address): ClientAddr) -> IpAddr {
    match address {
        Some(IpAddr::V6(v6)) => Ipv6Addr::from(u128::from(v6) >> 64 << 64).into(),
        Some(v4) => v4,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}
