//! SSH: one held connection a node, over which programs run and sockets are reached.
//!
//! The host key is compared before anything else is said. A password is used for one login and not kept.

mod dial;
mod fingerprint;
mod handler;
mod login;
mod open_channel;
mod own_key;
mod pump;
mod transport;
mod write_limit;

pub use own_key::OwnKeyError;

use super::shell::ShellSession;
use crate::port::{
    session::{Credentials, ExpectedKey, Session},
    vault::Vault,
};
use handler::{HostKeyCheck, Seen};
use hearth_model::{
    fault::{Cause, Fault},
    node::{Host, HostKey},
};
use own_key::OwnKey;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::time::timeout;
use transport::SshTransport;
use write_limit::WriteLimit;

/// How long reaching the SSH server and agreeing on keys may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long logging in may take: slow machines need seconds to check a password.
const LOGIN_LIMIT: Duration = Duration::from_secs(20);

/// Opens SSH connections, with Hearth's own key or with what a person gave.
pub struct SshConnector {
    key: OwnKey,
}

impl SshConnector {
    /// A connector whose own key lies, sealed, in the data folder; made on first use.
    ///
    /// # Errors
    /// See [`OwnKeyError`].
    pub fn open(data: &Path, vault: &dyn Vault) -> Result<Self, OwnKeyError> {
        OwnKey::open(data, vault).map(|key| Self { key })
    }

    /// Hearth's own public key, one line in OpenSSH's format with its comment.
    #[must_use]
    pub fn own_public_key(&self) -> String {
        self.key.public().to_owned()
    }

    /// The host key that a server shows, without logging in.
    ///
    /// # Errors
    /// A [`Fault`] that names why it does not answer.
    pub async fn host_key(&self, host: &Host, port: u16) -> Result<HostKey, Fault> {
        let seen = Seen::default();
        let check = HostKeyCheck::new(None, seen.clone());
        let place = place(host, port);
        // Every key is refused here: the handshake ends as soon as the key was shown.
        let outcome = handshake(host, port, None, check).await;
        match (seen.take(), outcome) {
            (Some(key), _) => Ok(key),
            (None, Err(fault)) => Err(fault),
            (None, Ok(_)) => Err(Fault::new(Cause::NotSsh, format!("{place} showed no host key"))),
        }
    }

    /// Logs in.
    ///
    /// # Errors
    /// A [`Fault`] that names the cause.
    pub async fn connect(
        &self,
        host: &Host,
        port: u16,
        user: &str,
        expected: &ExpectedKey,
        credentials: &Credentials,
    ) -> Result<Arc<dyn Session>, Fault> {
        let place = place(host, port);
        let seen = Seen::default();
        let check = HostKeyCheck::new(Some(expected.clone()), seen.clone());
        let mut handle = match handshake(host, port, Some(expected), check).await {
            Ok(handle) => handle,
            Err(fault) => {
                return Err(match seen.take() {
                    Some(shown) if !fingerprint::matches(expected, &shown) => {
                        fingerprint::fault(&place, expected, &shown)
                    }
                    _ => fault,
                });
            }
        };
        let login = login::log_in(&mut handle, user, credentials, &self.key);
        match timeout(LOGIN_LIMIT, login).await {
            Ok(Ok(())) => {}
            Ok(Err(refusal)) => return Err(refusal.into_fault(user, &place)),
            Err(_) => {
                let secs = LOGIN_LIMIT.as_secs();
                let detail = format!("{place} did not answer the login of {user} within {secs} s");
                return Err(Fault::new(Cause::TimedOut, detail));
            }
        }
        let transport = SshTransport::new(handle, place, user.to_owned());
        Ok(Arc::new(ShellSession::new(transport)))
    }
}

/// Reaches the server and agrees on keys.
async fn handshake(
    host: &Host,
    port: u16,
    expected: Option<&ExpectedKey>,
    check: HostKeyCheck,
) -> Result<russh::client::Handle<HostKeyCheck>, Fault> {
    let place = place(host, port);
    let config = Arc::new(handler::config(expected));
    let agreeing = async {
        let stream = dial::dial(host, port).await?;
        russh::client::connect_stream(config, WriteLimit::new(stream), check)
            .await
            .map_err(|error| dial::handshake_fault(&place, &error))
    };
    timeout(CONNECT_LIMIT, agreeing).await.unwrap_or_else(|_| {
        let secs = CONNECT_LIMIT.as_secs();
        Err(Fault::new(
            Cause::TimedOut,
            format!("{place} did not answer within {secs} s"),
        ))
    })
}

/// Host and port, for messages: the usual port is not told.
fn place(host: &Host, port: u16) -> String {
    match port {
        22 => host.to_string(),
        _ => format!("{host} port {port}"),
    }
}
