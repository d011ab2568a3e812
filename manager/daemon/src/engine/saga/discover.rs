//! Looking for machines: what the scanner finds is put together by address, kept, and told as it comes.

use super::{Plain, Step, StepContext, StepError, StepOutcome};
use crate::{
    engine::{
        discovery::{Machine, expand, node_at},
        events::Events,
        nodes::roster::Roster,
    },
    port::scanner::{Found, ScanRequest, Scanner},
    store,
};
use async_trait::async_trait;
use hearth_model::{event::Channel, job::JobKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, net::IpAddr, sync::Arc};
use tokio::sync::mpsc;

/// Its steps, in order.
pub const STEPS: [&str; 1] = ["looking"];
/// Most machines that are kept of a search.
const MOST: usize = 4_096;
/// How many answers are kept in one transaction.
const BATCH: usize = 64;

/// What to look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Subnets, checked already.
    pub subnets: Vec<String>,
    /// SSH port.
    pub port: u16,
}

/// What the step works with.
pub struct Parts {
    /// Looks.
    pub scanner: Arc<dyn Scanner>,
    /// All nodes.
    pub roster: Arc<Roster>,
    /// Tells watchers.
    pub events: Arc<Events>,
}

/// The saga with these parts.
#[must_use]
pub fn saga(parts: Parts) -> Plain {
    Plain {
        kind: JobKind::Discover,
        steps: vec![Arc::new(Looking(parts))],
    }
}

struct Looking(Parts);

#[async_trait]
impl Step for Looking {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        let request = ScanRequest {
            addresses: expand(&input.subnets)?,
            port: input.port,
        };
        context.progress(None, &format!("looking at {} addresses", request.addresses.len()));
        let (found, answers) = mpsc::channel(BATCH);
        let mut known: BTreeMap<IpAddr, Machine> = BTreeMap::new();
        let gather = async {
            // Owned here: when it ends early, the scanner sees it and ends too.
            let mut answers = answers;
            let mut batch = Vec::new();
            while answers.recv_many(&mut batch, BATCH).await > 0 {
                let changed = self.merge(&mut known, batch.drain(..));
                self.keep(context, changed).await?;
                context.progress(None, &format!("{} machines found", known.len()));
            }
            Ok::<_, StepError>(())
        };
        let (not_done, gathered) = tokio::join!(self.0.scanner.scan(request, found), gather);
        gathered?;
        for part in not_done {
            context.log(&part);
        }
        let with_ssh = known.values().filter(|machine| machine.ssh_port.is_some()).count();
        let text = format!("{} machines found, {with_ssh} with an SSH server", known.len());
        Ok(StepOutcome::Done(text))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("what was found stays found")
    }
}

impl Looking {
    /// Puts answers to what is known of their addresses; answers the machines of which something new was learnt.
    fn merge(&self, known: &mut BTreeMap<IpAddr, Machine>, answers: impl Iterator<Item = Found>) -> Vec<Machine> {
        let mut changed: BTreeMap<IpAddr, Machine> = BTreeMap::new();
        for found in answers {
            if known.len() >= MOST && !known.contains_key(&found.address) {
                continue;
            }
            let machine = known.entry(found.address).or_insert_with(|| Machine {
                address: found.address,
                ssh_port: None,
                name: None,
                by: Default::default(),
                banner: None,
                node: node_at(&self.0.roster, found.address),
            });
            let before = machine.clone();
            machine.ssh_port = machine.ssh_port.or(found.ssh_port);
            machine.name = machine.name.take().or(found.name);
            machine.banner = machine.banner.take().or(found.banner);
            machine.by.insert(found.by);
            if *machine != before || before.by.is_empty() {
                changed.insert(found.address, machine.clone());
            }
        }
        changed.into_values().collect()
    }

    async fn keep(&self, context: &StepContext, machines: Vec<Machine>) -> Result<(), StepError> {
        let job = context.job;
        let rows = machines.clone();
        context
            .store()
            .write(move |tx| {
                for machine in &rows {
                    store::discoveries::put(tx, job, machine.address, machine)?;
                }
                Ok::<_, store::Error>(())
            })
            .await?;
        for machine in machines {
            let data = json!({"job": job, "machine": machine});
            self.0.events.tell(Channel::Nodes, "found", data);
        }
        Ok(())
    }
}
