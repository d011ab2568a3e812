//! The homelab as one machine.

use super::{
    Result,
    nodes::{plot, roster::Roster},
    reconcile::series,
};
use crate::{
    port::clock::Clock,
    store::{self, Store},
};
use hearth_model::{
    app::{App, AppState},
    incident::Incident,
    job::{Job, JobState},
    node::{Node, NodeState},
    resources::{Amount, Resources},
    stats::Sample,
    units::Bytes,
};
use std::{collections::BTreeMap, sync::Arc};

/// From how much use on a node is hot, in percent.
const HOT_PERCENT: f64 = 90.0;
/// Most jobs that are named.
const MOST_JOBS: u32 = 100;
/// Most incidents that are looked at; what goes on beyond them leads to its app instead.
const MOST_INCIDENTS: u32 = 1_000;

/// Something that wants a person's attention, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What is the matter.
    pub text: String,
    /// What the button says.
    pub action: String,
    /// Where it leads.
    pub href: String,
}

/// Adds the nodes up.
pub struct Homelab {
    store: Store,
    roster: Arc<Roster>,
    clock: Arc<dyn Clock>,
}

impl Homelab {
    /// Of these nodes.
    #[must_use]
    pub fn new(store: Store, roster: Arc<Roster>, clock: Arc<dyn Clock>) -> Self {
        Self { store, roster, clock }
    }

    /// All nodes that are online, added up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resources(&self) -> Result<Resources> {
        let counts = self.store.read(store::apps::counts).await?;
        let nodes = self.roster.all();
        let latest = self.roster.latest();
        let online: Vec<_> = nodes.iter().filter(|node| node.state.is_online()).collect();
        let cores = |node: &Node| node.facts.as_ref().map_or(0, |facts| facts.cpu_cores);
        let samples: Vec<(u32, Sample)> = online
            .iter()
            .filter_map(|node| Some((cores(node), latest.get(&node.id)?.clone())))
            .collect();
        let total = series::total(self.clock.now(), &samples);
        let amount = |total: Bytes, used: Bytes| Amount {
            total,
            used,
            free: total.minus(used),
        };
        let of = |words: &[&str], wanted: bool| {
            let fits = |(word, _): &&(String, u32)| words.contains(&word.as_str()) == wanted;
            counts.iter().filter(fits).map(|(_, count)| count).sum::<u32>()
        };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Resources {
            cpu_cores: online.iter().map(|node| cores(node)).sum(),
            cpu_percent: total.as_ref().map_or(0.0, |t| t.cpu_percent),
            memory: total
                .as_ref()
                .map_or_else(Amount::default, |t| amount(t.memory_total, t.memory_used)),
            storage: total
                .as_ref()
                .map_or_else(Amount::default, |t| amount(t.disk_total, t.disk_used)),
            nodes_online: count(online.len()),
            nodes_offline: count(nodes.len() - online.len()),
            apps: of(&["rolled_back"], false),
            apps_running: of(&["running", "unhealthy"], true),
            memory_saved_by_pooling: Bytes(0),
        })
    }

    /// The sum of the nodes over the last `range_secs`, at most 300 points, oldest first.
    ///
    /// # Errors
    /// `Invalid` for a range that is too short or too long.
    pub async fn history(&self, range_secs: i64) -> Result<Vec<Sample>> {
        let (resolution, step) = plot(range_secs)?;
        let since = self.clock.now().as_second() - range_secs;
        let mut points = self
            .store
            .read(move |c| store::samples::of_homelab(c, resolution, since, step))
            .await?;
        // A range that begins within a step touches one step more.
        let surplus = points.len().saturating_sub(series::MOST_POINTS as usize);
        points.drain(..surplus);
        Ok(points)
    }

    /// What wants attention, most urgent first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn needs(&self) -> Result<Vec<Need>> {
        let (apps, jobs, incidents) = self
            .store
            .read(|c| {
                let jobs = store::jobs::list(c, Some(JobState::Stuck), None, None, MOST_JOBS)?;
                let open = store::incidents::Filter {
                    open: Some(true),
                    ..Default::default()
                };
                let incidents = store::incidents::list(c, &open, None, MOST_INCIDENTS)?;
                Ok::<_, store::Error>((store::apps::troubled(c)?, jobs, incidents))
            })
            .await?;
        let nodes = self.roster.all();
        let latest = self.roster.latest();
        let mut needs: Vec<Need> = nodes.iter().filter_map(|node| away(node)).collect();
        needs.extend(jobs.iter().map(stuck));
        let incidents: BTreeMap<&str, &Incident> = incidents.iter().map(|i| (i.subject.as_str(), i)).collect();
        needs.extend(apps.iter().filter_map(|app| {
            let subject = format!("app {}", app.slug);
            troubled(app, incidents.get(subject.as_str()).copied())
        }));
        for node in nodes.iter().filter(|node| node.state.is_online()) {
            if let Some(sample) = latest.get(&node.id) {
                needs.extend(hot(node, sample));
            }
            needs.extend(unready(node));
        }
        Ok(needs)
    }
}

fn need(text: String, action: &str, href: String) -> Need {
    Need {
        text,
        action: action.to_owned(),
        href,
    }
}

fn away(node: &Node) -> Option<Need> {
    match &node.state {
        NodeState::Offline { fault, .. } => Some(need(
            format!("{} does not answer: {}", node.name, fault.cause.title()),
            "See why",
            format!("/nodes/{}", node.name),
        )),
        NodeState::Online | NodeState::Connecting => None,
    }
}

fn stuck(job: &Job) -> Need {
    need(
        format!("work on {} could not be undone", job.subject),
        "See what is left",
        format!("/jobs/{}", job.id),
    )
}

/// An app that is not as it should be. Its incident says since when; once a person knows of that, it is no need any more.
fn troubled(app: &App, incident: Option<&Incident>) -> Option<Need> {
    if incident.is_some_and(|incident| incident.acked_by.is_some()) {
        return None;
    }
    let (text, action) = match &app.state {
        AppState::Unhealthy { reason } => (format!("{} is not well: {reason}", app.name), "See why"),
        AppState::Drifted { differences } => {
            let what = differences.first().map_or("it was changed on its node", String::as_str);
            (format!("{} is not as it was deployed: {what}", app.name), "Compare")
        }
        AppState::Stuck { reason } => (format!("{} is stuck: {reason}", app.name), "See what is left"),
        _ => return None,
    };
    let href = match incident {
        Some(_) => format!("/activity/incidents?subject=app+{}", app.slug),
        None => format!("/apps/{}", app.slug),
    };
    Some(need(text, action, href))
}

fn hot(node: &Node, sample: &Sample) -> Vec<Need> {
    let levels = [
        ("processor", sample.cpu_percent),
        ("memory", sample.memory_used.percent_of(sample.memory_total)),
        ("disks", sample.disk_used.percent_of(sample.disk_total)),
    ];
    let hot = levels.into_iter().filter(|(_, percent)| *percent > HOT_PERCENT);
    let text = |(what, percent): (&str, f64)| {
        let text = format!("{what} of {}: {percent:.0} % used", node.name);
        need(text, "See what uses it", format!("/nodes/{}", node.name))
    };
    hot.map(text).collect()
}

fn unready(node: &Node) -> Option<Need> {
    let facts = node.facts.as_ref()?;
    // A deployment brings Compose where it is missing.
    let lacks = facts.engine.is_none();
    lacks.then(|| {
        let text = format!("{} has no container engine that Hearth may use", node.name);
        need(text, "Make it ready", format!("/nodes/{}/preflight", node.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::nodes::bench::Bench, port::ids::Ids as _};
    use hearth_model::id::IncidentId;

    #[tokio::test]
    async fn the_nodes_add_up_and_what_is_wrong_is_named() {
        let bench = Bench::new(true).await;
        let homelab = Homelab::new(bench.store.clone(), bench.roster.clone(), bench.clock.clone());
        assert_eq!(homelab.resources().await.unwrap(), Resources::default());
        let (_, gone) = bench.node(1).await;
        bench.node(2).await;
        bench.node(3).await;
        bench.engines.uninstall("m3");
        bench.pass(40).await;
        gone.cut();
        bench.pass(20).await;
        let all = homelab.resources().await.unwrap();
        assert_eq!((all.nodes_online, all.nodes_offline, all.cpu_cores), (2, 1, 8));
        assert_eq!(all.memory.total, Bytes(2 * 8_140_992 * 1024));
        assert_eq!(all.memory.total.minus(all.memory.used), all.memory.free);
        let history = homelab.history(900).await.unwrap();
        assert!(!history.is_empty());
        assert_eq!(history[0].memory_total, Bytes(3 * 8_140_992 * 1024));
        let needs = homelab.needs().await.unwrap();
        let texts: Vec<&str> = needs.iter().map(|need| need.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "m1 does not answer: not reachable",
                "m3 has no container engine that Hearth may use"
            ]
        );
        assert!(homelab.history(10).await.is_err());
    }

    #[tokio::test]
    async fn an_incident_that_somebody_knows_of_is_no_need() {
        let bench = Bench::new(true).await;
        let homelab = Homelab::new(bench.store.clone(), bench.roster.clone(), bench.clock.clone());
        let (node, _machine) = bench.node(1).await;
        let now = bench.clock.now();
        let app = App {
            id: bench.ids.uuid().into(),
            slug: "notes".parse().unwrap(),
            name: "Notes".to_owned(),
            recipe: "notes".parse().unwrap(),
            version: "1".to_owned(),
            node,
            desired: hearth_model::app::Desired::Running,
            state: AppState::Drifted {
                differences: vec!["the container of db was stopped".to_owned()],
            },
            answers: BTreeMap::new(),
            ports: Vec::new(),
            url: None,
            created_at: now,
            updated_at: now,
        };
        let id = IncidentId::from(bench.ids.uuid());
        let opened = bench.store.write(move |tx| {
            store::apps::put(tx, &app)?;
            store::incidents::open(tx, id, now, "app notes", "On m1: the container of db was stopped.")
        });
        opened.await.unwrap();
        let needs = homelab.needs().await.unwrap();
        assert_eq!(needs.len(), 1);
        assert_eq!(needs[0].href, "/activity/incidents?subject=app+notes");
        let known = bench
            .store
            .write(move |tx| store::incidents::acknowledge(tx, id, "ann"));
        known.await.unwrap();
        assert!(homelab.needs().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn hot_is_above_90_percent() {
        let bench = Bench::new(true).await;
        let (id, _machine) = bench.node(1).await;
        bench.pass(2).await;
        let node = bench.roster.get(id).unwrap();
        let mut sample = bench.roster.latest_of(id).unwrap();
        sample.cpu_percent = 90.0;
        sample.memory_used = Bytes(sample.memory_total.0 / 100 * 95);
        let needs = hot(&node, &sample);
        assert_eq!(needs.len(), 1);
        assert_eq!(needs[0].text, "memory of m1: 95 % used");
    }
}
