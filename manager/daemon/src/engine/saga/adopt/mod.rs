//! Adopting a machine: from a password that is used once to a node that Hearth logs in to with its own key.
//!
//! The password is in memory only (`nodes::one_time`). An adoption that was interrupted before Hearth's key was seen to
//! work therefore cannot go on, and is undone; after that it needs no password any more and goes on by itself.

mod login;
mod register;

use super::{Saga, Step, StepContext, StepError};
use crate::{
    engine::{
        jobs::Announcement,
        links::Links,
        nodes::{inspector::Inspector, keys, one_time::OneTime, roster::Roster},
    },
    port::{
        clock::Clock,
        containers::Engines,
        session::{Connector, Credentials, ExpectedKey, Session, Target},
    },
    store,
};
use hearth_model::{
    account::{Actor, Role},
    facts::Facts,
    fault::Fault,
    id::NodeId,
    job::{Job, JobKind, JobState},
    name::Slug,
    node::{Host, HostKey, Link, Node},
};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Its steps, in order.
pub const STEPS: [&str; 5] = ["connecting", "installing_key", "verifying", "inspecting", "registering"];

/// What is to be adopted. No secret stands in here: it ends in the database.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Id that the node will have.
    pub node: NodeId,
    /// Name that the person chose.
    pub name: Option<Slug>,
    /// Address or name.
    pub address: Host,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Fingerprint that the person confirmed.
    pub host_key: Option<String>,
}

/// What the steps work with.
pub struct Parts {
    /// Opens connections.
    pub connector: Arc<dyn Connector>,
    /// Opens engines.
    pub engines: Arc<dyn Engines>,
    /// All nodes.
    pub roster: Arc<Roster>,
    /// Held connections.
    pub links: Arc<Links>,
    /// Asks the engine.
    pub inspector: Arc<Inspector>,
    /// Passwords and keys that are used once.
    pub one_time: Arc<OneTime>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Adoption.
pub struct Adopt {
    parts: Arc<Parts>,
    steps: Vec<Arc<dyn Step>>,
}

impl Adopt {
    /// Adoption with these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let parts = Arc::new(parts);
        let steps: Vec<Arc<dyn Step>> = vec![
            Arc::new(login::Connecting(Arc::clone(&parts))),
            Arc::new(login::InstallingKey(Arc::clone(&parts))),
            Arc::new(login::Verifying(Arc::clone(&parts))),
            Arc::new(register::Inspecting(Arc::clone(&parts))),
            Arc::new(register::Registering(Arc::clone(&parts))),
        ];
        Self { parts, steps }
    }
}

impl Saga for Adopt {
    fn kind(&self) -> JobKind {
        JobKind::Adopt
    }

    fn steps(&self) -> &[Arc<dyn Step>] {
        &self.steps
    }

    fn entering(
        &self,
        _: &Transaction<'_>,
        job: &Job,
        _: &str,
        state: JobState,
        _: &str,
    ) -> store::Result<Vec<Announcement>> {
        // While it is being undone, the login may still be needed to take the key out again.
        if state.is_final() {
            self.parts.one_time.forget(job.id);
        }
        Ok(Vec::new())
    }
}

/// What `connecting` learnt.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Connected {
    host_key: HostKey,
    /// The node that this machine is already.
    already: Option<NodeId>,
}

/// What `installing_key` found before it changed anything.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct KeyBefore {
    present: bool,
}

/// What `inspecting` learnt.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Inspected {
    facts: Facts,
    already: Option<NodeId>,
}

impl Parts {
    fn target(input: &Input, host_key: &HostKey) -> Target {
        Target::Ssh {
            host: input.address.clone(),
            port: input.port,
            user: input.user.clone(),
            expected: ExpectedKey::Pinned(host_key.clone()),
        }
    }

    /// Logs in as the person said.
    async fn log_in_once(
        &self,
        context: &StepContext,
        input: &Input,
        host_key: &HostKey,
    ) -> Result<Arc<dyn Session>, StepError> {
        if let Some(session) = self.one_time.session(context.job) {
            return Ok(session);
        }
        let login = self.one_time.login(context.job).ok_or_else(not_kept)?;
        let target = Self::target(input, host_key);
        let opened = self.connector.connect(&target, &Credentials::Once(login)).await;
        let session = opened.map_err(|fault| refused(input, &fault))?;
        self.one_time.hold(context.job, &session);
        Ok(session)
    }

    /// Logs in with Hearth's own key.
    async fn log_in(
        &self,
        context: &StepContext,
        input: &Input,
        host_key: &HostKey,
    ) -> Result<Arc<dyn Session>, Fault> {
        if let Some(session) = self.one_time.session(context.job) {
            return Ok(session);
        }
        let target = Self::target(input, host_key);
        let session = self.connector.connect(&target, &Credentials::OwnKey).await?;
        self.one_time.hold(context.job, &session);
        Ok(session)
    }

    /// The connection after the key was verified.
    async fn verified(&self, context: &StepContext) -> Result<(Input, Connected, Arc<dyn Session>), StepError> {
        let input: Input = context.input()?;
        let connected = connected(context)?;
        let opened = self.log_in(context, &input, &connected.host_key).await;
        let session = opened.map_err(|fault| StepError::of_fault(input.address.as_str(), &fault))?;
        Ok((input, connected, session))
    }

    /// The node that is reached in this very way already.
    fn known(&self, input: &Input) -> Option<Arc<Node>> {
        let nodes = self.roster.all();
        nodes.iter().find(|node| is_reached_by(node, input)).cloned()
    }

    /// A machine that is a node already keeps the key of the user it was adopted with, and of no other.
    async fn take_key_back(
        &self,
        context: &StepContext,
        input: &Input,
        twin: NodeId,
        session: &dyn Session,
    ) -> Result<(), StepError> {
        let before: Option<KeyBefore> = context.saved("installing_key")?;
        let link = self.roster.get(twin).map(|node| node.link.clone());
        let in_use = matches!(link, Some(Link::Ssh { user, .. }) if user == input.user);
        if !in_use && before.is_some_and(|before| !before.present) {
            keys::remove(session, &self.connector.own_public_key()).await?;
        }
        Ok(())
    }

    fn name_of(&self, id: NodeId) -> String {
        self.roster
            .get(id)
            .map_or_else(|| id.to_string(), |node| node.name.to_string())
    }
}

/// Whether a node is reached in just the way that an adoption asks for.
#[must_use]
pub fn is_reached_by(node: &Node, input: &Input) -> bool {
    match &node.link {
        Link::Ssh { host, port, user, .. } => *host == input.address && *port == input.port && *user == input.user,
        Link::Local => false,
    }
}

fn not_kept() -> StepError {
    StepError::new(
        "Hearth was restarted before its own key was seen to work, and the password is not kept. Adopt the machine again.",
    )
}

/// A fault while a person waits: an answer, not something to be tried again for two minutes.
fn refused(input: &Input, fault: &Fault) -> StepError {
    StepError::of_fault(&format!("{}:{}", input.address, input.port), fault).at_once()
}

fn connected(context: &StepContext) -> Result<Connected, StepError> {
    context
        .saved("connecting")?
        .ok_or_else(|| StepError::new("the host key was not kept; adopt the machine again"))
}

fn already(context: &StepContext) -> Result<Option<NodeId>, StepError> {
    let connected: Option<Connected> = context.saved("connecting")?;
    Ok(connected.and_then(|connected| connected.already))
}

/// Who asked for a job, for the audit log.
pub(in crate::engine::saga) fn actor(name: &str) -> Actor {
    Actor {
        name: name.to_owned(),
        role: Role::Admin,
        from: None,
    }
}

#[cfg(test)]
mod tests;
