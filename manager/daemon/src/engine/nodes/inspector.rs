//! The inspector: asks a node what it is, through its held connection.

use super::roster::Roster;
use crate::{
    engine::{Error, Result, links::Links, preflight::Looker},
    port::{
        containers::{Containers, ContainersError},
        session::{Exec, Session, SessionError},
    },
};
use hearth_model::{
    facts::{EngineFacts, Facts},
    fault::{Cause, Fault},
    id::NodeId,
    probe::{MAX_ANSWER_BYTES, PROBE_FACTS, ProbeError, parse_facts},
};
use std::{collections::BTreeSet, sync::Arc};

/// Asks nodes what they are.
pub struct Inspector {
    roster: Arc<Roster>,
    links: Arc<Links>,
    looker: Arc<Looker>,
}

/// Why a machine's answer could not be had.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// It could not be asked.
    #[error("the machine could not be asked what it is")]
    Session(#[source] SessionError),
    /// Its answer makes no sense.
    #[error("the machine did not say what it is")]
    Answer(#[source] ProbeError),
}

impl Inspector {
    /// Asks with these.
    #[must_use]
    pub fn new(roster: Arc<Roster>, links: Arc<Links>, looker: Arc<Looker>) -> Self {
        Self { roster, links, looker }
    }

    /// Asks a node what it is, and puts it in the roster.
    ///
    /// # Errors
    /// `NotFound`; `Node` with the cause.
    pub async fn refresh(&self, node: NodeId) -> Result<Facts> {
        let found = self.roster.get(node).ok_or_else(|| Error::not_found("node", node))?;
        let session = self.links.session(node).await?;
        let facts = facts(&*session).await.map_err(|error| Error::Node {
            node: found.name.to_string(),
            fault: error.fault(),
        })?;
        let facts = match self.links.containers(node).await {
            Ok(containers) => self.with_engine(facts, &*session, &*containers).await,
            // Why there is none is what preflight tells.
            Err(Error::Node { .. }) => facts,
            Err(other) => return Err(other),
        };
        self.roster.facts(node, facts.clone());
        Ok(facts)
    }

    /// The facts with what an engine says of itself, and the ports that it publishes; as they were when it does not answer.
    pub async fn with_engine(&self, mut facts: Facts, session: &dyn Session, containers: &dyn Containers) -> Facts {
        let (Ok(info), Ok(all)) = (containers.info().await, containers.list(None).await) else {
            return facts;
        };
        let mut taken: BTreeSet<u16> = facts.listening_ports.iter().copied().collect();
        taken.extend(all.iter().flat_map(|container| &container.published));
        facts.listening_ports = taken.into_iter().collect();
        facts.engine = Some(EngineFacts {
            version: info.version,
            api_version: info.api_version,
            root_dir: info.root_dir,
            compose: self.looker.compose(session).await,
        });
        facts
    }
}

/// What a machine is, its engine not asked.
///
/// # Errors
/// [`InspectError`].
pub async fn facts(session: &dyn Session) -> Result<Facts, InspectError> {
    let mut exec = Exec::script::<String>(PROBE_FACTS, []);
    exec.max_output = MAX_ANSWER_BYTES;
    let answer = session.exec(exec).await.map_err(InspectError::Session)?;
    parse_facts(&answer.stdout).map_err(InspectError::Answer)
}

impl InspectError {
    /// The same as a fault with a mend.
    #[must_use]
    pub fn fault(self) -> Fault {
        match self {
            Self::Session(error) => fault_of(error),
            Self::Answer(error) => Fault::new(Cause::UnsupportedSystem, error.to_string()),
        }
    }
}

/// What a failure on a connection means for a person.
#[must_use]
pub fn fault_of(error: SessionError) -> Fault {
    let detail = error.to_string();
    match error {
        SessionError::Refused { fault, .. } => fault,
        SessionError::Lost { .. } => Fault::new(Cause::Disconnected, detail),
        SessionError::TimedOut { .. } => Fault::new(Cause::TimedOut, detail),
        SessionError::TooMuch { .. } | SessionError::Failed { .. } => Fault::new(Cause::UnsupportedSystem, detail),
    }
}

/// What a failure of an engine means for a person.
#[must_use]
pub fn engine_fault(error: ContainersError) -> Fault {
    let detail = error.to_string();
    match error {
        ContainersError::Unreachable { fault, .. } => fault,
        ContainersError::NotFound { .. } | ContainersError::Refused { .. } => Fault::new(Cause::EngineDown, detail),
    }
}
