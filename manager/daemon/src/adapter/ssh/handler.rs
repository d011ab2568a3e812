//! What we answer to an SSH server: which host key is good, and that it may open nothing towards us.

use super::fingerprint;
use crate::port::session::ExpectedKey;
use hearth_model::node::HostKey;
use russh::{
    Channel, ChannelOpenFailure, Preferred,
    client::{ChannelOpenHandle, Config, Handler, Msg, Session},
    keys::{Algorithm, PublicKey, PublicKeyOrCertificate},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long nothing may be heard before the server is asked whether it is there.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// After this many questions without answer the connection is closed at the next one: a cut is noticed within 15 s.
const KEEPALIVES_MISSED: usize = 2;

/// How many messages of 32 KiB a channel may hold that nobody has read.
const CHANNEL_BUFFER: usize = 32;

/// The settings of a connection; the type of a pinned key is asked for first, as servers have several.
pub(super) fn config(expected: Option<&ExpectedKey>) -> Config {
    let mut preferred = Preferred::DEFAULT;
    if let Some(ExpectedKey::Pinned(key)) = expected
        && let Ok(pinned) = PublicKey::from_openssh(&key.public)
    {
        let same = |algorithm: &Algorithm| match (algorithm, pinned.algorithm()) {
            (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
            (algorithm, pinned) => *algorithm == pinned,
        };
        let mut order = preferred.key.to_vec();
        order.sort_by_key(|algorithm| !same(algorithm));
        preferred.key = order.into();
    }
    Config {
        preferred,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES_MISSED,
        channel_buffer_size: CHANNEL_BUFFER,
        nodelay: true,
        ..Config::default()
    }
}

/// The host key that was shown, for who asks afterwards.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Option<HostKey>>>);

impl Seen {
    /// Takes it out.
    pub(super) fn take(&self) -> Option<HostKey> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Compares the host key; without an expected one it refuses them all.
pub(super) struct HostKeyCheck {
    expected: Option<ExpectedKey>,
    seen: Seen,
}

impl HostKeyCheck {
    /// A check that tells `seen` what it saw.
    pub(super) fn new(expected: Option<ExpectedKey>, seen: Seen) -> Self {
        Self { expected, seen }
    }
}

impl Handler for HostKeyCheck {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        // Certificates are never asked for: what is pinned is a key.
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else {
            return Ok(false);
        };
        let shown = fingerprint::describe(key)?;
        let good = self.expected.as_ref().is_some_and(|e| fingerprint::matches(e, &shown));
        *self.seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Ok(good)
    }

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        refuse(reply).await
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        refuse(reply).await
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        refuse(reply).await
    }

    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        refuse(reply).await
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        refuse(reply).await
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        refuse(reply).await
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        refuse(reply).await
    }
}

async fn refuse(reply: ChannelOpenHandle) -> Result<(), russh::Error> {
    reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
    Ok(())
}
