//! Groups of nodes: a name that nodes carry, and one action on all that carry it.

use super::{NodeChange, roster::Roster, to_value};
use crate::{
    engine::{
        Error, Result,
        jobs::{Jobs, Prepared, Wish},
        saga::group,
    },
    store,
};
use hearth_model::{
    account::Actor,
    id::NodeId,
    job::{Job, JobKind},
    name::Slug,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// How many group actions run at once. Each may wait for jobs of its own, and must leave room for them.
const AT_ONCE: usize = 4;

/// A group of nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// Name.
    pub name: Slug,
    /// Names of its nodes.
    pub nodes: Vec<Slug>,
}

/// What can be done with all nodes of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupAction {
    /// Look what is missing.
    Preflight,
    /// Ask anew what each is.
    Refresh,
    /// Install what is missing.
    Bootstrap,
}

/// All groups.
pub(super) fn list(roster: &Roster) -> Vec<Group> {
    let mut groups: BTreeMap<Slug, Vec<Slug>> = BTreeMap::new();
    for node in roster.all() {
        for group in &node.groups {
            groups.entry(group.clone()).or_default().push(node.name.clone());
        }
    }
    let group = |(name, nodes)| Group { name, nodes };
    groups.into_iter().map(group).collect()
}

/// Puts exactly these nodes into a group.
pub(super) async fn set(roster: &Roster, name: &Slug, nodes: &[String], actor: &Actor) -> Result<Group> {
    let mut wanted: BTreeSet<NodeId> = BTreeSet::new();
    for key in nodes {
        wanted.insert(roster.find(key)?.id);
    }
    for node in roster.all() {
        let mut groups = node.groups.clone();
        let changed = if wanted.contains(&node.id) {
            groups.insert(name.clone())
        } else {
            groups.remove(name)
        };
        if changed {
            let change = NodeChange {
                groups: Some(groups),
                ..NodeChange::default()
            };
            roster.change(&node.id.to_string(), change, actor).await?;
        }
    }
    let there = list(roster).into_iter().find(|group| group.name == *name);
    Ok(there.unwrap_or_else(|| Group {
        name: name.clone(),
        nodes: Vec::new(),
    }))
}

/// Begins an action on all nodes of a group.
pub(super) async fn act(roster: &Roster, jobs: &Jobs, name: &Slug, action: GroupAction, actor: &Actor) -> Result<Job> {
    let members = roster.all().into_iter().filter(|node| node.groups.contains(name));
    let nodes: Vec<NodeId> = members.map(|node| node.id).collect();
    if nodes.is_empty() {
        return Err(Error::not_found("group", name));
    }
    let input = to_value(&group::Input { action, nodes })?;
    let wish = Wish {
        kind: JobKind::Group,
        steps: &group::STEPS,
        action: "group.action",
        key: None,
        request: input.clone(),
    };
    let subject = format!("group {name}");
    jobs.submit(wish, actor, move |tx, _| {
        let busy = store::jobs::active_subjects(tx)?;
        if busy.iter().filter(|subject| subject.starts_with("group ")).count() >= AT_ONCE {
            let text = format!("{AT_ONCE} group actions are under way; wait until one has ended");
            return Err(Error::Conflict(text));
        }
        Ok(Prepared {
            subject,
            exclusive: true,
            input,
            detail: format!("{action:?}").to_lowercase(),
            tell: Vec::new(),
        })
    })
    .await
}
