//! Adopting a machine: from a password that is used once to a node that Hearth logs in to with its own key.
//!
//! The password is in memory only (`nodes::one_time`). An adoption that was interrupted before Hearth's key was seen to
//! work therefore cannot go on, and is undone; after that it needs no password any more and goes on by itself.

use super::{Saga, Step, StepContext, StepError, StepOutcome};
use crate::{
    engine::{
        bootstrap::family::Family,
        jobs::Announcement,
        links::Links,
        nodes::{
            inspector::{self, Inspector, fault_of},
            keys,
            one_time::OneTime,
            roster::{Added, Roster},
        },
    },
    port::{
        clock::Clock,
        containers::{DEFAULT_SOCKET, Engines},
        session::{Connector, Credentials, Exec, ExpectedKey, Session, Target},
    },
    store,
};
use async_trait::async_trait;
use hearth_model::{
    account::{Actor, Role},
    facts::Facts,
    fault::{Cause, Fault},
    id::NodeId,
    job::{Job, JobKind, JobState},
    name::Slug,
    node::{Host, HostKey, Link, Node, NodeState},
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
            Arc::new(Connecting(Arc::clone(&parts))),
            Arc::new(InstallingKey(Arc::clone(&parts))),
            Arc::new(Verifying(Arc::clone(&parts))),
            Arc::new(Inspecting(Arc::clone(&parts))),
            Arc::new(Registering(Arc::clone(&parts))),
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

struct Connecting(Arc<Parts>);

#[async_trait]
impl Step for Connecting {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        if let Some(node) = self.0.known(&input) {
            let Link::Ssh { host_key, .. } = &node.link else {
                return Err(StepError::new("a node over SSH has a host key"));
            };
            let host_key = host_key.clone();
            let already = Some(node.id);
            context.save(&Connected { host_key, already }).await?;
            return Ok(StepOutcome::Skipped(format!("it is the node {} already", node.name)));
        }
        context.progress(None, "asking for the host key");
        let shown = self.0.connector.host_key(&input.address, input.port).await;
        let host_key = shown.map_err(|fault| refused(&input, &fault))?;
        if input
            .host_key
            .as_ref()
            .is_some_and(|wanted| *wanted != host_key.fingerprint)
        {
            let detail = format!("it shows {}", host_key.fingerprint);
            return Err(refused(&input, &Fault::new(Cause::HostKeyMismatch, detail)));
        }
        context.log(&format!("host key {}", host_key.fingerprint));
        context
            .save(&Connected {
                host_key: host_key.clone(),
                already: None,
            })
            .await?;
        context.progress(None, &format!("logging in as {}", input.user));
        self.0.log_in_once(context, &input, &host_key).await?;
        Ok(StepOutcome::Done(format!("host key {} pinned", host_key.fingerprint)))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it changes nothing on the machine")
    }
}

struct InstallingKey(Arc<Parts>);

#[async_trait]
impl Step for InstallingKey {
    fn name(&self) -> &'static str {
        STEPS[1]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        if already(context)?.is_some() {
            return Ok(StepOutcome::Skipped("Hearth's key is there already".to_owned()));
        }
        let input: Input = context.input()?;
        let host_key = connected(context)?.host_key;
        let session = self.0.log_in_once(context, &input, &host_key).await?;
        let key = self.0.connector.own_public_key();
        let present = match context.own::<KeyBefore>()? {
            Some(before) => before.present,
            None => keys::is_installed(&*session, &key).await?,
        };
        context.save(&KeyBefore { present }).await?;
        keys::install(&*session, &key).await?;
        context.log(&format!("{key} is in ~{}/.ssh/authorized_keys", input.user));
        Ok(StepOutcome::Done("Hearth's key is installed".to_owned()))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        match context.own::<KeyBefore>()? {
            Some(KeyBefore { present: false }) => {}
            Some(KeyBefore { present: true }) | None => return Ok(()),
        }
        let input: Input = context.input()?;
        let host_key = connected(context)?.host_key;
        let session = match self.0.log_in_once(context, &input, &host_key).await {
            Ok(session) => session,
            Err(_) => match self.0.log_in(context, &input, &host_key).await {
                Ok(session) => session,
                // Our key is refused: it was never installed, or is gone.
                Err(fault) if fault.cause == Cause::WrongPassword => return Ok(()),
                Err(fault) => return Err(StepError::of_fault(input.address.as_str(), &fault)),
            },
        };
        keys::remove(&*session, &self.0.connector.own_public_key()).await?;
        context.log("Hearth's key is removed again");
        Ok(())
    }
}

struct Verifying(Arc<Parts>);

#[async_trait]
impl Step for Verifying {
    fn name(&self) -> &'static str {
        STEPS[2]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        if already(context)?.is_some() {
            return Ok(StepOutcome::Skipped("it is a node already".to_owned()));
        }
        let input: Input = context.input()?;
        let target = Parts::target(&input, &connected(context)?.host_key);
        let opened = self.0.connector.connect(&target, &Credentials::OwnKey).await;
        let session = opened.map_err(|fault| match fault.cause {
            Cause::WrongPassword => refused(&input, &fault).with(
                "Hearth's key was put into ~/.ssh/authorized_keys, but the SSH server does not accept it: look at PubkeyAuthentication and AuthorizedKeysFile in /etc/ssh/sshd_config, and whether others may write to the home folder.",
            ),
            _ => StepError::of_fault(input.address.as_str(), &fault),
        })?;
        self.0.one_time.wipe(context.job);
        if let Some(first) = self.0.one_time.session(context.job) {
            first.close().await;
        }
        self.0.one_time.hold(context.job, &session);
        Ok(StepOutcome::Done(
            "logged in with Hearth's key; the password is forgotten".to_owned(),
        ))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it changes nothing on the machine")
    }
}

struct Inspecting(Arc<Parts>);

#[async_trait]
impl Step for Inspecting {
    fn name(&self) -> &'static str {
        STEPS[3]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        if already(context)?.is_some() {
            return Ok(StepOutcome::Skipped("it is a node already".to_owned()));
        }
        let (input, connected, session) = self.0.verified(context).await?;
        let of = |fault: Fault| StepError::of_fault(input.address.as_str(), &fault);
        let facts = inspector::facts(&*session).await.map_err(|error| of(error.fault()))?;
        context.log(&format!("{} on {}, {}", facts.hostname, facts.os_name, facts.kernel));
        if let Some(twin) = self.0.roster.twin(&facts, Some(&connected.host_key)) {
            self.0.take_key_back(context, &input, twin, &*session).await?;
            let already = Some(twin);
            context.save(&Inspected { facts, already }).await?;
            let name = self.0.name_of(twin);
            return Ok(StepOutcome::Done(format!(
                "it is the node {name} already, under another address or user"
            )));
        }
        if facts.arch.is_none() || Family::of(&facts).is_none() {
            let detail = format!(
                "{} on {}",
                facts.os_name,
                facts.arch.map_or("an unknown architecture", |a| a.as_str())
            );
            return Err(of(Fault::new(Cause::UnsupportedSystem, detail)));
        }
        session
            .exec(Exec::new(["true"]).as_root())
            .await
            .map_err(|error| of(fault_of(error)))?;
        let (engine, missing) = match self.0.engines.open(Arc::clone(&session), DEFAULT_SOCKET).await {
            Ok(containers) => (self.0.inspector.engine(&*session, &*containers).await, None),
            Err(fault) => (None, Some(fault)),
        };
        let missing = missing.or_else(|| {
            let lacks = engine.as_ref().is_some_and(|engine| engine.compose.is_none());
            lacks.then(|| Fault::new(Cause::NoCompose, "there is no Compose v2"))
        });
        let message = match &missing {
            None => format!("{}, ready for apps", facts.os_name),
            Some(fault) => format!(
                "{}; not yet ready for apps: {fault}. {}",
                facts.os_name,
                fault.cause.mend()
            ),
        };
        context.log(&message);
        let facts = Facts { engine, ..facts };
        context.save(&Inspected { facts, already: None }).await?;
        Ok(StepOutcome::Done(message))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it changes nothing on the machine but what installing_key undoes")
    }
}

struct Registering(Arc<Parts>);

#[async_trait]
impl Step for Registering {
    fn name(&self) -> &'static str {
        STEPS[4]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let inspected: Option<Inspected> = context.saved("inspecting")?;
        let known = already(context)?.or_else(|| inspected.as_ref()?.already);
        if let Some(node) = known {
            return Ok(StepOutcome::Skipped(format!(
                "already a node: {}; nothing was changed",
                self.0.name_of(node)
            )));
        }
        let inspected = inspected.ok_or_else(|| StepError::new("the facts were not kept; adopt the machine again"))?;
        let (input, connected, session) = self.0.verified(context).await?;
        let again = input.clone();
        let name = input.name.clone().unwrap_or_else(|| {
            let hostname = inspected.facts.hostname.split('.').next().unwrap_or_default();
            self.0.roster.free_name(&Slug::nearest(hostname, "node"))
        });
        let detail = format!(
            "{}@{}:{}, host key {}",
            input.user, input.address, input.port, connected.host_key.fingerprint
        );
        let node = Node {
            id: input.node,
            name,
            link: Link::Ssh {
                host: input.address,
                port: input.port,
                user: input.user,
                host_key: connected.host_key,
            },
            state: NodeState::Connecting,
            facts: Some(inspected.facts),
            labels: Default::default(),
            groups: Default::default(),
            adopted_at: self.0.clock.now(),
            last_seen_at: None,
            outages_30d: 0,
        };
        let added = self.0.roster.add(node, &actor(&context.actor), detail).await?;
        match added {
            // Another adoption of the same machine was faster.
            Added::Twin(twin) => {
                self.0.take_key_back(context, &again, twin, &*session).await?;
                let name = self.0.name_of(twin);
                Ok(StepOutcome::Skipped(format!(
                    "already a node: {name}; nothing was changed"
                )))
            }
            Added::New(node) => {
                self.0.links.hold(node.id, session);
                Ok(StepOutcome::Done(format!("it is now the node {}", node.name)))
            }
        }
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        let input: Input = context.input()?;
        let detail = "adoption undone".to_owned();
        self.0.roster.remove(input.node, &actor(&context.actor), detail).await?;
        self.0.links.forget(input.node).await;
        Ok(())
    }
}

/// Who asked for a job, for the audit log.
pub(super) fn actor(name: &str) -> Actor {
    Actor {
        name: name.to_owned(),
        role: Role::Admin,
        from: None,
    }
}

#[cfg(test)]
mod tests;
