//! The homelab as one machine.

use super::{
    Result,
    nodes::{
        list::{Concern, HOT_PERCENT, concerns},
        plot,
        roster::Roster,
    },
    reconcile::series,
};
use crate::{
    port::clock::Clock,
    store::{self, Store, apps::Filter},
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

/// Most things of a kind that are named one by one; more of them are one line that leads to their list.
const MOST_NAMED: usize = 5;
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
        let mut latest = self.roster.latest();
        let online: Vec<_> = nodes.iter().filter(|node| node.state.is_online()).collect();
        let cores = |node: &Node| node.facts.as_ref().map_or(0, |facts| facts.cpu_cores);
        let samples: Vec<(u32, Sample)> = online
            .iter()
            .filter_map(|node| Some((cores(node), latest.remove(&node.id)?)))
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

    /// What wants attention, most urgent first. Many of a kind are one line: the list of a thousand nodes that were cut off
    /// together would hide everything else.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn needs(&self) -> Result<Vec<Need>> {
        let (stuck, counts, incidents, troubled) = self
            .store
            .read(|c| {
                let most = MOST_NAMED as u32 + 1;
                let stuck = store::jobs::list(c, Some(JobState::Stuck), None, None, most)?;
                let open = store::incidents::Filter {
                    open: Some(true),
                    ..Default::default()
                };
                let incidents = store::incidents::list(c, &open, None, MOST_INCIDENTS)?;
                // Apps that somebody knows of are left out below; there must be enough of them to see the others.
                let known = incidents.iter().filter(|incident| incident.acked_by.is_some()).count();
                let most = most + u32::try_from(known).unwrap_or(MOST_INCIDENTS);
                let troubled = TROUBLED.map(|(state, ..)| {
                    let filter = Filter {
                        state: Some(state.to_owned()),
                        ..Filter::default()
                    };
                    store::apps::page(c, &filter, None, most)
                });
                let troubled = troubled.into_iter().collect::<Result<Vec<_>, _>>()?;
                Ok::<_, store::Error>((stuck, store::apps::counts(c)?, incidents, troubled))
            })
            .await?;
        let nodes = self.roster.all();
        let latest = self.roster.latest();
        let of = |concern| {
            let concerned = |node: &&Arc<Node>| concerns(node, latest.get(&node.id), concern);
            nodes.iter().filter(concerned).collect::<Vec<_>>()
        };
        let mut needs = together(&of(Concern::Offline), away, |count| {
            let text = format!("{count} nodes do not answer");
            need(text, "See which", "/nodes?show=offline".to_owned())
        });
        needs.extend(together(
            &stuck,
            |job| vec![stuck_job(job)],
            |_| {
                let text = "work on several things could not be undone".to_owned();
                need(text, "See what is left", "/activity?state=stuck".to_owned())
            },
        ));
        let incidents: BTreeMap<&str, &Incident> = incidents.iter().map(|i| (i.subject.as_str(), i)).collect();
        let incident = |app: &App| incidents.get(format!("app {}", app.slug).as_str()).copied();
        for ((state, many), mut apps) in TROUBLED.into_iter().zip(troubled) {
            // Once a person knows of it, it is no need any more.
            apps.retain(|app| incident(app).is_none_or(|incident| incident.acked_by.is_none()));
            let count = counts
                .iter()
                .find(|(word, _)| word == state)
                .map_or(0, |(_, count)| *count);
            needs.extend(together(
                &apps,
                |app| Vec::from_iter(troubled_app(app, incident(app))),
                |_| {
                    need(
                        format!("{count} apps {many}"),
                        "See which",
                        format!("/apps?state={state}"),
                    )
                },
            ));
        }
        let hot = of(Concern::Hot);
        let levels = |node: &&Arc<Node>| {
            latest
                .get(&node.id)
                .map_or_else(Vec::new, |sample| hot_levels(node, sample))
        };
        needs.extend(together(&hot, levels, |count| {
            let text = format!("{count} nodes have more than {HOT_PERCENT:.0} % of memory, disks or processor in use");
            need(text, "See which", "/nodes?show=hot".to_owned())
        }));
        needs.extend(together(
            &of(Concern::Unready),
            |node| Vec::from_iter(unready(node)),
            |count| {
                let text = format!("{count} nodes have no container engine that Hearth may use");
                need(text, "See which", "/nodes?show=unready".to_owned())
            },
        ));
        Ok(needs)
    }
}

/// States of apps that want attention, with what many such apps are.
const TROUBLED: [(&str, &str); 3] = [
    ("stuck", "are stuck"),
    ("unhealthy", "are not well"),
    ("drifted", "are not as they were deployed"),
];

/// What each of some things needs; when they are more than can be named, one need for all of them.
fn together<T>(things: &[T], each: impl FnMut(&T) -> Vec<Need>, all: impl FnOnce(usize) -> Need) -> Vec<Need> {
    if things.len() > MOST_NAMED {
        vec![all(things.len())]
    } else {
        things.iter().flat_map(each).collect()
    }
}

fn need(text: String, action: &str, href: String) -> Need {
    Need {
        text,
        action: action.to_owned(),
        href,
    }
}

fn away(node: &&Arc<Node>) -> Vec<Need> {
    match &node.state {
        NodeState::Offline { fault, .. } => vec![need(
            format!("{} does not answer: {}", node.name, fault.cause.title()),
            "See why",
            format!("/nodes/{}", node.name),
        )],
        NodeState::Online | NodeState::Connecting => Vec::new(),
    }
}

fn stuck_job(job: &Job) -> Need {
    need(
        format!("work on {} could not be undone", job.subject),
        "See what is left",
        format!("/jobs/{}", job.id),
    )
}

/// An app that is not as it should be. Its incident says since when.
fn troubled_app(app: &App, incident: Option<&Incident>) -> Option<Need> {
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

fn hot_levels(node: &Node, sample: &Sample) -> Vec<Need> {
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
    async fn many_of_a_kind_are_one_line() {
        let bench = Bench::new(true).await;
        let homelab = Homelab::new(bench.store.clone(), bench.roster.clone(), bench.clock.clone());
        for number in 1..=6 {
            bench.node(number).await;
            bench.engines.uninstall(&format!("m{number}"));
        }
        bench.pass(40).await;
        let needs = homelab.needs().await.unwrap();
        let lines: Vec<(&str, &str)> = needs
            .iter()
            .map(|need| (need.text.as_str(), need.href.as_str()))
            .collect();
        let text = "6 nodes have no container engine that Hearth may use";
        assert_eq!(lines, [(text, "/nodes?show=unready")]);
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
        let needs = hot_levels(&node, &sample);
        assert_eq!(needs.len(), 1);
        assert_eq!(needs[0].text, "memory of m1: 95 % used");
    }
}
