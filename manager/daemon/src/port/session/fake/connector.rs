//! A network of machines in memory.

use super::{
    super::{Connector, Credentials, ExpectedKey, Session, Target},
    machine::FakeMachine,
    session::FakeSession,
};
use async_trait::async_trait;
use hearth_model::{
    fault::{Cause, Fault},
    node::{Host, HostKey, Login},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The public key that a [`FakeConnector`] calls its own.
const OWN_KEY: &str = "ssh-ed25519 AAAAhearth hearth";

/// Opens sessions to machines that were put on its network.
#[derive(Default)]
pub struct FakeConnector {
    hosts: Mutex<Hosts>,
}

#[derive(Default)]
struct Hosts {
    machines: BTreeMap<(String, u16), Arc<FakeMachine>>,
    local: Option<Arc<FakeMachine>>,
    connects: u32,
}

impl FakeConnector {
    fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a machine on the network at `host:port`.
    pub fn put(&self, host: &str, port: u16, machine: &Arc<FakeMachine>) {
        let key = (host.to_owned(), port);
        self.hosts().machines.insert(key, Arc::clone(machine));
    }

    /// Makes a machine the one that Hearth runs on.
    pub fn put_local(&self, machine: &Arc<FakeMachine>) {
        self.hosts().local = Some(Arc::clone(machine));
    }

    /// How often a connection was tried, so that a test can tell a storm.
    #[must_use]
    pub fn connects(&self) -> u32 {
        self.hosts().connects
    }

    fn machine(&self, host: &Host, port: u16) -> Result<Arc<FakeMachine>, Fault> {
        let key = (host.as_str().to_owned(), port);
        let found = self.hosts().machines.get(&key).cloned();
        let machine = found.ok_or_else(|| Fault::new(Cause::Refused, format!("nothing listens on {host}:{port}")))?;
        machine.fault().map_or(Ok(machine), Err)
    }
}

fn check_key(shown: &HostKey, expected: &ExpectedKey) -> Result<(), Fault> {
    let (right, cause) = match expected {
        ExpectedKey::Pinned(pinned) => (pinned.public == shown.public, Cause::HostKeyChanged),
        ExpectedKey::Fingerprint(print) => (*print == shown.fingerprint, Cause::HostKeyMismatch),
    };
    if right {
        Ok(())
    } else {
        Err(Fault::new(cause, format!("the host key is {}", shown.fingerprint)))
    }
}

fn check_login(machine: &FakeMachine, user: &str, credentials: &Credentials) -> Result<(), Fault> {
    let right = match credentials {
        Credentials::OwnKey => machine.is_authorized(OWN_KEY),
        Credentials::Once(Login::Password(password)) => machine.password(user).as_ref() == Some(password),
        Credentials::Once(Login::Key { private, .. }) => machine.is_authorized(private),
    };
    if right {
        Ok(())
    } else {
        let detail = format!("{} refused the login of {user}", machine.name());
        Err(Fault::new(Cause::WrongPassword, detail))
    }
}

#[async_trait]
impl Connector for FakeConnector {
    async fn host_key(&self, host: &Host, port: u16) -> Result<HostKey, Fault> {
        Ok(self.machine(host, port)?.host_key())
    }

    async fn connect(&self, target: &Target, credentials: &Credentials) -> Result<Arc<dyn Session>, Fault> {
        self.hosts().connects += 1;
        tokio::task::yield_now().await;
        match target {
            Target::Local => {
                let local = self.hosts().local.clone();
                let machine =
                    local.ok_or_else(|| Fault::new(Cause::Refused, "there is no local machine in this test"))?;
                Ok(FakeSession::new(&machine, "root"))
            }
            Target::Ssh {
                host,
                port,
                user,
                expected,
            } => {
                let machine = self.machine(host, *port)?;
                check_key(&machine.host_key(), expected)?;
                check_login(&machine, user, credentials)?;
                Ok(FakeSession::new(&machine, user))
            }
        }
    }

    fn own_public_key(&self) -> String {
        OWN_KEY.to_owned()
    }
}
