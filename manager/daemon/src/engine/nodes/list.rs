//! Nodes in lists: filtered, part by part, at a glance. Only what is shown is copied out of the roster.

use super::{Nodes, roster::Roster};
use crate::engine::{
    Result,
    audit::{Page, Slice},
};
use hearth_model::{
    id::NodeId,
    name::Slug,
    node::{Node, NodeState},
    stats::Sample,
};
use serde::Deserialize;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use utoipa::ToSchema;

/// From how much use on a node is hot, in percent.
pub const HOT_PERCENT: f64 = 90.0;
/// Nodes at a glance are ordered by use in steps of so many percent, so that they keep their place while it wavers.
const STEP_PERCENT: f64 = 10.0;

/// What is the matter with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// It does not answer.
    Offline,
    /// Its memory, disks or processor are used to more than 90 %.
    Hot,
    /// It has no container engine that Hearth may use.
    Unready,
}

/// Which nodes a list is of; what is not given does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeFilter {
    /// Those that answer, or do not.
    pub online: Option<bool>,
    /// Those in this group.
    pub group: Option<Slug>,
    /// Those with which this is the matter.
    pub concern: Option<Concern>,
    /// Those that have this in their name or address, in either case.
    pub search: Option<String>,
}

impl NodeFilter {
    fn fits(&self, node: &Node, sample: Option<&Sample>) -> bool {
        self.online.is_none_or(|online| node.state.is_online() == online)
            && self.group.as_ref().is_none_or(|group| node.groups.contains(group))
            && self.concern.is_none_or(|concern| concerns(node, sample, concern))
            && self.search.as_ref().is_none_or(|text| {
                let text = text.to_lowercase();
                let host = node.link.host().map(ToString::to_string).unwrap_or_default();
                node.name.as_str().contains(&text) || host.to_lowercase().contains(&text)
            })
    }
}

/// Whether that is the matter with a node.
#[must_use]
pub fn concerns(node: &Node, sample: Option<&Sample>, concern: Concern) -> bool {
    match concern {
        Concern::Offline => matches!(node.state, NodeState::Offline { .. }),
        Concern::Hot => node.state.is_online() && sample.is_some_and(|sample| heat(sample) > HOT_PERCENT),
        Concern::Unready => node.state.is_online() && !has_engine(node),
    }
}

/// Whether it has what apps need; so it is taken while that is not known. Compose is brought with the first app where it is missing.
#[must_use]
pub fn has_engine(node: &Node) -> bool {
    node.facts.as_ref().is_none_or(|facts| facts.engine.is_some())
}

/// The use of what is used most, in percent.
fn heat(sample: &Sample) -> f64 {
    let memory = sample.memory_used.percent_of(sample.memory_total);
    let storage = sample.disk_used.percent_of(sample.disk_total);
    sample.cpu_percent.max(memory).max(storage)
}

/// A part of the nodes, with what is around it.
#[derive(Debug, Clone, Default)]
pub struct NodeList {
    /// The nodes.
    pub nodes: Vec<Arc<Node>>,
    /// Cursor of the page that follows; none on the last.
    pub next: Option<String>,
    /// How many the filter lets through.
    pub total: usize,
    /// How many there are.
    pub all: usize,
    /// All groups that there are.
    pub groups: BTreeSet<Slug>,
    /// The newest sample of each that is shown.
    pub latest: BTreeMap<NodeId, Sample>,
}

impl Nodes {
    /// All nodes, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Node>> {
        self.parts.roster.all()
    }

    /// The nodes that `filter` lets through, by name, which is the cursor.
    ///
    /// # Errors
    /// `Invalid` for a limit that is not 1 to 1,000.
    pub fn page(&self, filter: &NodeFilter, slice: &Slice) -> Result<NodeList> {
        slice.check()?;
        Ok(page(&self.parts.roster, filter, slice))
    }

    /// All nodes by name when there are at most `limit`; else as many, those that do not answer first, then by use.
    #[must_use]
    pub fn glance(&self, limit: usize) -> NodeList {
        glance(&self.parts.roster, limit)
    }

    /// The names of some nodes; of those that are not there any more, none.
    #[must_use]
    pub fn names(&self, ids: impl IntoIterator<Item = NodeId>) -> BTreeMap<NodeId, Slug> {
        let name = |id| Some((id, self.parts.roster.get(id)?.name.clone()));
        ids.into_iter().filter_map(name).collect()
    }
}

fn page(roster: &Roster, filter: &NodeFilter, slice: &Slice) -> NodeList {
    let latest = roster.latest();
    let mut nodes = roster.all();
    let all = nodes.len();
    let groups = nodes.iter().flat_map(|node| node.groups.iter().cloned()).collect();
    nodes.retain(|node| filter.fits(node, latest.get(&node.id)));
    let total = nodes.len();
    if let Some(after) = &slice.after {
        nodes.retain(|node| node.name.as_str() > after.as_str());
    }
    let Page { items, next } = Page::cut(nodes, slice.limit, |node| node.name.to_string());
    NodeList {
        latest: only(latest, &items),
        nodes: items,
        next,
        total,
        all,
        groups,
    }
}

fn glance(roster: &Roster, limit: usize) -> NodeList {
    let latest = roster.latest();
    let mut nodes = roster.all();
    let all = nodes.len();
    if all > limit {
        // The sort is stable, so that nodes with the same key stay by name.
        nodes.sort_by_cached_key(|node| {
            let heat = latest.get(&node.id).map_or(0.0, heat);
            (node.state.is_online(), Reverse((heat / STEP_PERCENT) as u64))
        });
        nodes.truncate(limit);
    }
    NodeList {
        latest: only(latest, &nodes),
        nodes,
        total: all,
        all,
        ..NodeList::default()
    }
}

fn only(mut latest: BTreeMap<NodeId, Sample>, nodes: &[Arc<Node>]) -> BTreeMap<NodeId, Sample> {
    let sample = |node: &Arc<Node>| Some((node.id, latest.remove(&node.id)?));
    nodes.iter().filter_map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::nodes::bench::Bench;
    use hearth_model::units::Bytes;

    fn slice(limit: u32, after: Option<&str>) -> Slice {
        Slice {
            limit,
            after: after.map(str::to_owned),
        }
    }

    fn names(list: &NodeList) -> Vec<&str> {
        list.nodes.iter().map(|node| node.name.as_str()).collect()
    }

    #[tokio::test]
    async fn a_part_of_the_nodes_that_a_filter_lets_through() {
        let bench = Bench::new(true).await;
        let (_, gone) = bench.node(1).await;
        for number in 2..=5 {
            bench.node(number).await;
        }
        bench.engines.uninstall("m3");
        bench.pass(40).await;
        gone.cut();
        bench.pass(20).await;
        let mut hot = bench.roster.latest_of(bench.roster.find("m4").unwrap().id).unwrap();
        hot.memory_used = Bytes(hot.memory_total.0 / 100 * 97);
        bench.roster.sampled(bench.roster.find("m4").unwrap().id, hot);

        let first = page(&bench.roster, &NodeFilter::default(), &slice(3, None));
        assert_eq!((names(&first), first.total, first.all), (vec!["m1", "m2", "m3"], 5, 5));
        assert_eq!(first.latest.len(), 3);
        let rest = page(&bench.roster, &NodeFilter::default(), &slice(3, first.next.as_deref()));
        assert_eq!((names(&rest), rest.next.clone()), (vec!["m4", "m5"], None));

        let of = |concern| NodeFilter {
            concern: Some(concern),
            ..NodeFilter::default()
        };
        let searched = |text: &str| NodeFilter {
            search: Some(text.to_owned()),
            ..NodeFilter::default()
        };
        let online = NodeFilter {
            online: Some(true),
            ..NodeFilter::default()
        };
        for (filter, expected) in [
            (of(Concern::Offline), vec!["m1"]),
            (of(Concern::Unready), vec!["m3"]),
            (of(Concern::Hot), vec!["m4"]),
            (searched("M5"), vec!["m5"]),
            (searched("elsewhere"), vec![]),
            (online, vec!["m2", "m3", "m4", "m5"]),
        ] {
            let list = page(&bench.roster, &filter, &slice(100, None));
            assert_eq!((names(&list), list.total), (expected, list.nodes.len()), "{filter:?}");
        }

        assert_eq!(names(&glance(&bench.roster, 5)), ["m1", "m2", "m3", "m4", "m5"]);
        assert_eq!(names(&glance(&bench.roster, 3)), ["m1", "m4", "m2"]);
    }
}
