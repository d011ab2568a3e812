//! Opens sessions: on this machine, or over SSH.

pub use super::local::OwnRights;
use super::{local, ssh::SshConnector};
use crate::port::session::{Connector, Credentials, Session, Target};
use async_trait::async_trait;
use hearth_model::{
    fault::Fault,
    node::{Host, HostKey},
};
use std::sync::Arc;

/// Opens sessions of either kind.
pub struct SystemConnector {
    ssh: SshConnector,
    here: OwnRights,
}

impl SystemConnector {
    /// A connector that reaches other machines through `ssh`, and this one with these rights.
    #[must_use]
    pub fn new(ssh: SshConnector, here: OwnRights) -> Self {
        Self { ssh, here }
    }
}

#[async_trait]
impl Connector for SystemConnector {
    async fn host_key(&self, host: &Host, port: u16) -> Result<HostKey, Fault> {
        self.ssh.host_key(host, port).await
    }

    async fn connect(&self, target: &Target, credentials: &Credentials) -> Result<Arc<dyn Session>, Fault> {
        match target {
            Target::Local => Ok(local::session(self.here)),
            Target::Ssh {
                host,
                port,
                user,
                expected,
            } => self.ssh.connect(host, *port, user, expected, credentials).await,
        }
    }

    fn own_public_key(&self) -> String {
        self.ssh.own_public_key()
    }
}
