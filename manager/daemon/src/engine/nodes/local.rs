//! The machine that Hearth runs on, as a node.

use super::{NodesParts, inspector, roster::Added};
use crate::{
    engine::{Error, Result},
    port::{
        containers::DEFAULT_SOCKET,
        session::{Credentials, Target},
    },
    store,
};
use hearth_model::{
    account::Actor,
    name::Slug,
    node::{Link, Node, NodeState},
};
use std::sync::Arc;

/// The setting that says that a person released it.
pub(super) const RELEASED: &str = "local_node_released";

/// Adopts it, unless it is a node already, has no engine that we may use, or was released (then only a person brings it back).
pub(super) async fn adopt(parts: &NodesParts, actor: &Actor) -> Result<Option<Node>> {
    let there = parts.roster.all().into_iter().find(|node| node.link == Link::Local);
    if let Some(node) = there {
        return Ok(Some(Node::clone(&node)));
    }
    let released = parts.store.read(|c| store::settings::get(c, RELEASED)).await?;
    if released.is_some_and(|released| released == "true") && *actor == Actor::system() {
        return Ok(None);
    }
    // That it cannot be used is no error: Hearth then manages other machines only.
    let Ok(session) = parts.connector.connect(&Target::Local, &Credentials::OwnKey).await else {
        return Ok(None);
    };
    let Ok(containers) = parts.engines.open(Arc::clone(&session), DEFAULT_SOCKET).await else {
        return Ok(None);
    };
    let facts = inspector::facts(&*session).await.map_err(|error| Error::Node {
        node: "this machine".to_owned(),
        fault: error.fault(),
    })?;
    let facts = parts.inspector.with_engine(facts, &*session, &*containers).await;
    let hostname = facts.hostname.split('.').next().unwrap_or_default();
    let node = Node {
        id: parts.ids.make(),
        name: parts.roster.free_name(&Slug::nearest(hostname, "hearth")),
        link: Link::Local,
        state: NodeState::Connecting,
        facts: Some(facts),
        labels: Default::default(),
        groups: Default::default(),
        adopted_at: parts.clock.now(),
        last_seen_at: None,
        outages_30d: 0,
    };
    match parts
        .roster
        .add(node, actor, "the machine that Hearth runs on".to_owned())
        .await?
    {
        Added::New(node) => {
            parts.links.hold(node.id, session);
            parts
                .store
                .write(|tx| store::settings::set(tx, RELEASED, "false"))
                .await?;
            Ok(Some(Node::clone(&node)))
        }
        // It was adopted over SSH before.
        Added::Twin(twin) => Ok(parts.roster.get(twin).map(|node| Node::clone(&node))),
    }
}
