//! Groups of nodes: a name that nodes carry, and one action on all that carry it. A group is there while a node is in it.

use super::roster::Roster;
use crate::{
    engine::{
        Error, Result,
        jobs::{Jobs, Prepared, Wish},
        nodes::to_value,
        once::Once,
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

/// What the audit log calls an action on a group.
pub(super) const ACTION: &str = "group.action";
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

/// A change to a group; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupChange {
    /// New name.
    pub name: Option<Slug>,
    /// Nodes to put in, each by id or name.
    pub add: Vec<String>,
    /// Nodes to take out, each by id or name.
    pub remove: Vec<String>,
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

/// One group.
pub(super) fn get(roster: &Roster, name: &Slug) -> Result<Group> {
    let group = now(roster, name);
    if group.nodes.is_empty() {
        return Err(Error::not_found("group", name));
    }
    Ok(group)
}

/// A group as it is now, also without nodes.
fn now(roster: &Roster, name: &Slug) -> Group {
    let members = roster.all().into_iter().filter(|node| node.groups.contains(name));
    Group {
        name: name.clone(),
        nodes: members.map(|node| node.name.clone()).collect(),
    }
}

fn ids(roster: &Roster, nodes: &[String]) -> Result<BTreeSet<NodeId>> {
    nodes.iter().map(|key| Ok(roster.find(key)?.id)).collect()
}

/// Puts exactly these nodes into a group.
pub(super) async fn set(roster: &Roster, name: &Slug, nodes: &[String], actor: &Actor) -> Result<Group> {
    let wanted = ids(roster, nodes)?;
    let detail = format!("nodes: {}", nodes.join(", "));
    let edit = |node: NodeId, groups: &mut BTreeSet<Slug>| {
        if wanted.contains(&node) {
            groups.insert(name.clone());
        } else {
            groups.remove(name);
        }
    };
    roster.regroup(name, detail, actor, edit).await?;
    Ok(now(roster, name))
}

/// Renames a group, puts nodes in and takes nodes out.
pub(super) async fn change(roster: &Roster, name: &Slug, change: GroupChange, actor: &Actor) -> Result<Group> {
    get(roster, name)?;
    let (add, remove) = (ids(roster, &change.add)?, ids(roster, &change.remove)?);
    if !add.is_disjoint(&remove) {
        return Err(Error::field("/remove", "names a node that is to be put in too"));
    }
    let next = change.name.unwrap_or_else(|| name.clone());
    if next != *name && get(roster, &next).is_ok() {
        return Err(Error::Conflict(format!("there is a group {next} already")));
    }
    let mut words = Vec::new();
    if next != *name {
        words.push(format!("renamed to {next}"));
    }
    for (word, nodes) in [("put in", &change.add), ("taken out", &change.remove)] {
        if !nodes.is_empty() {
            words.push(format!("{word}: {}", nodes.join(", ")));
        }
    }
    let edit = |node: NodeId, groups: &mut BTreeSet<Slug>| {
        let was_in = groups.remove(name);
        if (was_in && !remove.contains(&node)) || add.contains(&node) {
            groups.insert(next.clone());
        }
    };
    roster.regroup(name, words.join("; "), actor, edit).await?;
    Ok(now(roster, &next))
}

/// Takes every node out of a group; the nodes stay.
pub(super) async fn remove(roster: &Roster, name: &Slug, actor: &Actor) -> Result<()> {
    get(roster, name)?;
    let edit = |_: NodeId, groups: &mut BTreeSet<Slug>| {
        groups.remove(name);
    };
    roster.regroup(name, "deleted".to_owned(), actor, edit).await
}

/// Begins an action on all nodes of a group.
pub(super) async fn act(
    roster: &Roster,
    jobs: &Jobs,
    name: &Slug,
    action: GroupAction,
    once: Once,
    actor: &Actor,
) -> Result<Job> {
    let members = roster.all().into_iter().filter(|node| node.groups.contains(name));
    let nodes: Vec<NodeId> = members.map(|node| node.id).collect();
    if nodes.is_empty() {
        return Err(Error::not_found("group", name));
    }
    let input = to_value(&group::Input { action, nodes })?;
    let wish = Wish {
        kind: JobKind::Group,
        steps: &group::STEPS,
        action: ACTION,
        once,
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
