//! A made-up homelab: three machines that answer and one that does not, some apps, jobs in every state.

use anyhow::Context;
use hearth::{
    engine::{
        apps::{DeployPreview, Rendered},
        audit::{AuditEntry, Page},
        discovery::Machine,
        homelab::Need,
        nodes::{Group, NodeStats, list::NodeList},
    },
    port::scanner::FoundBy,
    web::pages::{
        apps::{
            detail as app_detail,
            installed::{self, Installed},
            list as app_list, new,
        },
        form::{Fields, Trouble},
        frame::Frame,
        home, jobs,
        nodes::{bootstrap, detail, discover::Search, list},
    },
};
use hearth_model::{
    account::{Actor, Role, Token, User},
    app::{App, AppState, CommandRecord, Container, Desired, PublishedPort},
    facts::{Arch, Device, Disk, DiskKind, EngineFacts, Facts, FoundProject, Interface},
    fault::{Cause, Check, Fault, Preflight},
    id::NodeId,
    incident::Incident,
    job::{Job, JobKind, JobState, LogLine, NodeResult, Step, StepState},
    name::Slug,
    node::{HostKey, Link, Node, NodeState},
    placement::{Factor, Placement, Verdict},
    plan::{DeployPlan, EnvValue},
    recipe::Recipe,
    resources::{Amount, Resources},
    stats::{ContainerStats, Sample},
    units::Bytes,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use uuid::Uuid;

pub(crate) type Result<T> = anyhow::Result<T>;

/// The moment at which everything is drawn.
pub(crate) fn now() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn before(secs: i64) -> Timestamp {
    now() - SignedDuration::from_secs(secs)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub(crate) fn frame() -> Result<Frame> {
    Ok(Frame {
        actor: Actor {
            name: "anna".into(),
            role: Role::Admin,
            from: None,
        },
        csrf: "token".into(),
        zone: TimeZone::get("Europe/Zurich")?,
        now: now(),
    })
}

fn facts(hostname: &str, model: &str, arch: Arch, cores: u32, memory: Bytes, kind: DiskKind, disk: Bytes) -> Facts {
    Facts {
        hostname: hostname.into(),
        machine_id: None,
        model: Some(model.into()),
        arch: Some(arch),
        os_id: "debian".into(),
        os_like: vec![],
        os_name: "Debian GNU/Linux 13 (trixie)".into(),
        os_version: "13".into(),
        kernel: "6.12.48+deb13-amd64".into(),
        cpu_model: Some(if arch == Arch::Arm64 {
            "Cortex-A76".into()
        } else {
            "Intel N100".into()
        }),
        cpu_cores: cores,
        memory,
        disks: vec![Disk {
            device: "/dev/sda2".into(),
            mount: "/".into(),
            filesystem: "ext4".into(),
            kind,
            total: disk,
        }],
        interfaces: vec![Interface {
            name: "eth0".into(),
            mac: Some("dc:a6:32:01:02:03".into()),
            addresses: vec![[192, 168, 1, 20].into()],
            speed_mbps: Some(1_000),
        }],
        devices: vec![Device {
            path: "/dev/dri".into(),
            name: "Graphics".into(),
        }],
        init: "systemd".into(),
        virtualization: None,
        listening_ports: vec![22, 80],
        engine: Some(EngineFacts {
            version: "26.1.5".into(),
            api_version: "1.45".into(),
            root_dir: "/var/lib/docker".into(),
            compose: Some("2.26.1".into()),
        }),
    }
}

fn node(n: u128, name: &str, state: NodeState, facts: Option<Facts>) -> Result<Node> {
    Ok(Node {
        id: id(n).into(),
        name: name.parse()?,
        link: Link::Ssh {
            host: format!("192.168.1.{}", 20 + n).parse()?,
            port: 22,
            user: "pi".into(),
            host_key: host_key(),
        },
        state,
        facts,
        labels: BTreeMap::new(),
        groups: BTreeSet::from(["always-on".parse()?]),
        adopted_at: before(40 * 86_400),
        last_seen_at: Some(before(4)),
        outages_30d: 1,
    })
}

pub(crate) fn host_key() -> HostKey {
    HostKey {
        public: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl".into(),
        fingerprint: "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU".into(),
    }
}

pub(crate) fn nodes() -> Result<Vec<Node>> {
    let fault = Fault::new(Cause::TimedOut, "no answer from 192.168.1.24:22 within 10 s");
    Ok(vec![
        node(
            1,
            "attic-pi",
            NodeState::Online,
            Some(facts(
                "attic",
                "Raspberry Pi 5 Model B Rev 1.0",
                Arch::Arm64,
                4,
                Bytes::gib(8),
                DiskKind::SdCard,
                Bytes::gib(64),
            )),
        )?,
        node(
            2,
            "nas",
            NodeState::Online,
            Some(facts(
                "nas",
                "HPE ProLiant MicroServer Gen10 Plus",
                Arch::Amd64,
                8,
                Bytes::gib(32),
                DiskKind::Hdd,
                Bytes::gib(4_000),
            )),
        )?,
        node(
            3,
            "nuc",
            NodeState::Online,
            Some(facts(
                "nuc",
                "Intel NUC11ATKC4",
                Arch::Amd64,
                4,
                Bytes::gib(16),
                DiskKind::Ssd,
                Bytes::gib(512),
            )),
        )?,
        node(
            4,
            "workshop",
            NodeState::Offline {
                since: before(1_900),
                fault,
            },
            Some(facts(
                "workshop",
                "Dell Wyse 5070",
                Arch::Amd64,
                4,
                Bytes::gib(8),
                DiskKind::Ssd,
                Bytes::gib(128),
            )),
        )?,
    ])
}

/// A value that goes up and down around `middle` without chance.
fn wave(i: i64, middle: f64, swing: f64) -> f64 {
    let i = i as f64;
    middle + swing * ((i / 17.0).sin() * 0.6 + (i / 5.3).sin() * 0.3 + (i / 2.1).cos() * 0.1)
}

pub(crate) fn series(range_secs: i64, memory: Bytes, memory_share: f64, disk: Bytes, disk_share: f64) -> Vec<Sample> {
    (0..288)
        .filter(|i| !(140..160).contains(i))
        .map(|i| Sample {
            at: before(range_secs - range_secs * (i + 1) / 288),
            cpu_percent: wave(i, 31.0, 24.0).clamp(0.0, 100.0),
            load1: wave(i, 1.1, 0.6).max(0.0),
            memory_total: memory,
            memory_used: Bytes((memory.0 as f64 * wave(i, memory_share, 0.03)) as u64),
            swap_used: Bytes(0),
            disk_total: disk,
            disk_used: Bytes((disk.0 as f64 * (disk_share + i as f64 / 288.0 * 0.02)) as u64),
            net_rx_bytes_per_sec: wave(i, 900_000.0, 800_000.0).max(0.0),
            net_tx_bytes_per_sec: wave(i + 40, 300_000.0, 250_000.0).max(0.0),
            disk_read_bytes_per_sec: wave(i, 400_000.0, 380_000.0).max(0.0),
            disk_written_bytes_per_sec: wave(i + 9, 700_000.0, 650_000.0).max(0.0),
            temperature_c: Some(wave(i, 54.0, 9.0)),
        })
        .collect()
}

pub(crate) fn latest() -> Result<BTreeMap<NodeId, Sample>> {
    let nodes = nodes()?;
    let shares = [(0.42, 0.71), (0.61, 0.905), (0.78, 0.33)];
    Ok(nodes
        .iter()
        .zip(shares)
        .filter_map(|(node, (memory, disk))| {
            let facts = node.facts.as_ref()?;
            let total = facts.disks.first()?.total;
            series(3_600, facts.memory, memory, total, disk)
                .pop()
                .map(|sample| (node.id, sample))
        })
        .collect())
}

fn app(n: u128, slug: &str, name: &str, recipe: &str, node: u128, state: AppState, port: u16) -> Result<App> {
    Ok(App {
        id: id(100 + n).into(),
        slug: slug.parse()?,
        name: name.into(),
        recipe: recipe.parse()?,
        version: "2.2.3".into(),
        node: id(node).into(),
        desired: if state == AppState::Stopped {
            Desired::Stopped
        } else {
            Desired::Running
        },
        state,
        answers: BTreeMap::from([("admin_user".into(), "admin".into())]),
        ports: vec![PublishedPort {
            name: "web".into(),
            env: "HEARTH_PORT".into(),
            wanted: 8080,
            given: port,
            protocol: "tcp".into(),
        }],
        url: Some(format!("http://192.168.1.{}:{port}/", 20 + node)),
        created_at: before(9 * 86_400),
        updated_at: before(7_200),
    })
}

pub(crate) fn apps() -> Result<Vec<App>> {
    let drifted = AppState::Drifted {
        differences: vec!["the container db was stopped by somebody else".into()],
    };
    let unhealthy = AppState::Unhealthy {
        reason: "GET /healthcheck answered 503 for 2 min".into(),
    };
    Ok(vec![
        app(1, "jellyfin", "Jellyfin", "jellyfin", 2, AppState::Running, 8096)?,
        app(2, "miniflux", "Miniflux", "miniflux", 3, AppState::Running, 8081)?,
        app(3, "nextcloud", "Nextcloud", "nextcloud", 2, unhealthy, 8080)?,
        app(
            4,
            "vaultwarden",
            "Vaultwarden",
            "vaultwarden",
            3,
            AppState::Running,
            8222,
        )?,
        app(5, "wordpress", "WordPress", "wordpress", 3, drifted, 8000)?,
        app(
            6,
            "uptime-kuma",
            "Uptime Kuma",
            "uptime-kuma",
            1,
            AppState::Stopped,
            3001,
        )?,
    ])
}

pub(crate) fn home() -> Result<home::Data> {
    let amount = |total: Bytes, used: Bytes| Amount {
        total,
        used,
        free: total.minus(used),
    };
    Ok(home::Data {
        resources: Resources {
            cpu_cores: 16,
            cpu_percent: 34.0,
            memory: amount(Bytes::gib(56), Bytes::gib(36)),
            storage: amount(Bytes::gib(4_576), Bytes::gib(3_834)),
            nodes_online: 3,
            nodes_offline: 1,
            apps: 6,
            apps_running: 3,
            memory_saved_by_pooling: Bytes(0),
        },
        history: series(86_400, Bytes::gib(56), 0.63, Bytes::gib(4_576), 0.81),
        needs: vec![
            Need {
                text: "nas: storage at 92 %".into(),
                action: "Look at nas".into(),
                href: "/nodes/nas".into(),
            },
            Need {
                text: "workshop does not answer since 32 min".into(),
                action: "See why".into(),
                href: "/nodes/workshop".into(),
            },
            Need {
                text: "Nextcloud runs, but not well".into(),
                action: "Look at its logs".into(),
                href: "/apps/nextcloud".into(),
            },
        ],
        nodes: all_nodes()?,
        apps_total: apps()?.len(),
        apps: apps()?,
        names: names()?,
    })
}

/// The nodes as pages share them.
pub(crate) fn shared_nodes() -> Result<Vec<Arc<Node>>> {
    Ok(nodes()?.into_iter().map(Arc::new).collect())
}

fn names() -> Result<BTreeMap<NodeId, Slug>> {
    Ok(nodes()?.into_iter().map(|node| (node.id, node.name)).collect())
}

fn all_nodes() -> Result<NodeList> {
    let nodes = shared_nodes()?;
    Ok(NodeList {
        total: nodes.len(),
        all: nodes.len(),
        nodes,
        next: None,
        groups: BTreeSet::from(["always-on".parse()?, "basement".parse()?]),
        latest: latest()?,
    })
}

pub(crate) fn node_list(table: bool) -> Result<list::Data> {
    Ok(list::Data {
        list: all_nodes()?,
        wish: list::Wish {
            table,
            ..list::Wish::default()
        },
    })
}

/// A part of the nodes of a large homelab, of those that are hot.
pub(crate) fn many_nodes() -> Result<list::Data> {
    let asked = [("show", "hot"), ("search", "192.168"), ("after", "edge")];
    let asked: Fields = asked.map(|(n, v)| (n.to_owned(), v.to_owned())).into_iter().collect();
    Ok(list::Data {
        list: NodeList {
            total: 61,
            all: 1_000,
            next: Some("workshop".to_owned()),
            ..all_nodes()?
        },
        wish: list::Wish::of(&asked),
    })
}

pub(crate) fn node_detail() -> Result<detail::Data> {
    let node = nodes()?.swap_remove(2);
    let series = series(86_400, Bytes::gib(16), 0.72, Bytes::gib(512), 0.33);
    let mut apps = apps()?;
    apps.retain(|app| app.node == node.id);
    Ok(detail::Data {
        stats: NodeStats {
            now: series.last().cloned(),
            series,
            step_secs: 15,
            containers: container_stats(),
        },
        projects: Ok(vec![
            FoundProject {
                name: "pihole".into(),
                containers: 2,
                running: 2,
                app: None,
            },
            FoundProject {
                name: "old-wiki".into(),
                containers: 1,
                running: 0,
                app: None,
            },
        ]),
        apps,
        range: "24h",
        node,
    })
}

pub(crate) fn container_stats() -> Vec<ContainerStats> {
    [("miniflux-app-1", "app", 96), ("miniflux-db-1", "db", 61)]
        .map(|(name, service, mib)| ContainerStats {
            name: name.into(),
            project: Some("miniflux".into()),
            service: Some(service.into()),
            cpu_percent: 2.4,
            memory_used: Bytes::mib(mib),
            memory_limit: Bytes::mib(256),
        })
        .to_vec()
}

pub(crate) fn app_detail() -> Result<app_detail::Data> {
    let app = apps()?.swap_remove(1);
    let container = |service: &str, image: &str| Container {
        id: "c".into(),
        name: format!("miniflux-{service}-1"),
        project: Some("miniflux".into()),
        service: Some(service.into()),
        image: image.into(),
        state: "running".into(),
        health: Some("healthy".into()),
        exit_code: None,
        published: Vec::new(),
    };
    Ok(app_detail::Data {
        state: app_detail::Situation {
            app,
            node: Some(nodes()?.swap_remove(2)),
            containers: Ok(vec![
                container("app", "miniflux/miniflux:2.2.3"),
                container("db", "postgres:17"),
            ]),
            stats: container_stats(),
        },
        rendered: Some(Rendered {
            dir: "/var/lib/hearth/apps/miniflux".into(),
            compose: COMPOSE.into(),
            env: "ADMIN_PASSWORD=********\nADMIN_USERNAME=admin\nHEARTH_PORT=8081\n".into(),
        }),
        commands: vec![CommandRecord {
            at: before(7_190),
            node: id(3).into(),
            command: "docker compose --project-name miniflux up --detach --remove-orphans --pull never".into(),
            exit_status: Some(0),
            took_ms: 4_210,
            purpose: "deploy".into(),
        }],
        jobs: vec![deploy_job(JobState::Succeeded)?],
    })
}

const COMPOSE: &str = "name: miniflux\nservices:\n  app:\n    image: miniflux/miniflux:2.2.3\n    ports: [\"${HEARTH_PORT:-8080}:8080\"]\n    environment:\n      DATABASE_URL: postgres://miniflux:${DB_PASSWORD}@db/miniflux?sslmode=disable\n    depends_on: [db]\n  db:\n    image: postgres:17\n    volumes: [data:/var/lib/postgresql/data]\nvolumes:\n  data:\n";

fn step(name: &str, state: StepState, from: i64, to: Option<i64>, message: &str) -> Step {
    let begun = !matches!(state, StepState::Pending);
    Step {
        state,
        started_at: begun.then(|| before(from)),
        ended_at: to.map(before),
        message: message.into(),
        progress: (state == StepState::Running).then_some(45),
        ..Step::pending(name)
    }
}

pub(crate) fn deploy_job(state: JobState) -> Result<Job> {
    use StepState::{Done, Failed, Pending, Running, Undone};
    let steps = match state {
        JobState::Succeeded => vec![
            step("validating", Done, 60, Some(59), "miniflux 2.2.3 fits on nuc"),
            step(
                "preparing",
                Done,
                59,
                Some(57),
                "port 8080 is taken on nuc: 8081 instead",
            ),
            step("deploying", Done, 57, Some(20), "2 images, 2 containers"),
            step("configuring", Done, 20, Some(18), "address http://192.168.1.23:8081/"),
            step("health_check", Done, 18, Some(10), "GET /healthcheck answered 200"),
        ],
        JobState::RolledBack => vec![
            step("validating", Done, 60, Some(59), "miniflux 2.2.3 fits on nuc"),
            step("preparing", Undone, 59, Some(4), "folder removed"),
            step(
                "deploying",
                Failed,
                57,
                Some(12),
                "pulling postgres:17: no space left on device",
            ),
            step("configuring", Pending, 0, None, ""),
            step("health_check", Pending, 0, None, ""),
        ],
        _ => vec![
            step("validating", Done, 60, Some(59), "miniflux 2.2.3 fits on nuc"),
            step(
                "preparing",
                Done,
                59,
                Some(57),
                "port 8080 is taken on nuc: 8081 instead",
            ),
            step("deploying", Running, 57, None, "pulling postgres:17, 96 MiB of 152 MiB"),
            step("configuring", Pending, 0, None, ""),
            step("health_check", Pending, 0, None, ""),
        ],
    };
    Ok(Job {
        id: id(500).into(),
        kind: JobKind::Deploy,
        subject: "app miniflux".into(),
        state,
        steps,
        created_at: before(61),
        ended_at: state.is_final().then(|| before(10)),
        error: (state == JobState::RolledBack)
            .then(|| "nuc has no space left in /var/lib/docker. Free some there, or deploy to another node.".into()),
        cause: None,
        actor: "anna".into(),
    })
}

pub(crate) fn job(state: JobState) -> Result<jobs::Data> {
    let app = apps()?.swap_remove(1);
    Ok(jobs::Data {
        job: deploy_job(state)?,
        log: [
            "docker pull postgres:17",
            "17: Pulling from library/postgres",
            "e4fff0779e6d: Downloading 96 MiB of 152 MiB",
        ]
        .iter()
        .enumerate()
        .map(|(i, text)| LogLine {
            seq: i as u64 + 1,
            at: before(50 - i as i64),
            step: "deploying".into(),
            text: (*text).into(),
        })
        .collect(),
        plan: Some(plan()?),
        app: (state == JobState::Succeeded).then_some(app),
        results: Vec::new(),
    })
}

/// An action on a group, under way: well on one node, badly on another, going on on the third.
pub(crate) fn group_job() -> Result<jobs::Data> {
    let result = |n: u128, name: &str, state: StepState, text: &str| NodeResult {
        node: id(n).into(),
        name: name.into(),
        state,
        text: text.into(),
    };
    Ok(jobs::Data {
        job: Job {
            kind: JobKind::Group,
            subject: "group always-on".into(),
            steps: vec![step("acting", StepState::Running, 40, None, "2 of 3 nodes")],
            ..deploy_job(JobState::Running)?
        },
        log: Vec::new(),
        plan: None,
        app: None,
        results: vec![
            result(1, "attic-pi", StepState::Done, "ready"),
            result(
                4,
                "workshop",
                StepState::Failed,
                "workshop: no answer from 192.168.1.24:22 within 10 s",
            ),
            result(3, "nuc", StepState::Running, ""),
        ],
    })
}

pub(crate) fn group() -> Result<Group> {
    Ok(Group {
        name: "always-on".parse()?,
        nodes: nodes()?.into_iter().map(|node| node.name).collect(),
    })
}

pub(crate) fn plan() -> Result<DeployPlan> {
    Ok(DeployPlan {
        app: id(102).into(),
        slug: "miniflux".parse()?,
        node: id(3).into(),
        reason: "nuc has the most room for it: 4.1 GiB of memory and 343 GiB of storage are free.".into(),
        dir: "/var/lib/hearth/apps/miniflux".into(),
        compose: COMPOSE.into(),
        env: BTreeMap::from([
            ("ADMIN_PASSWORD".into(), EnvValue::Sealed { secret: id(900).into() }),
            ("HEARTH_PORT".into(), EnvValue::Plain { value: "8081".into() }),
        ]),
        images: vec!["miniflux/miniflux:2.2.3".into(), "postgres:17".into()],
        ports: vec![PublishedPort {
            name: "web".into(),
            env: "HEARTH_PORT".into(),
            wanted: 8080,
            given: 8081,
            protocol: "tcp".into(),
        }],
        volumes: vec!["miniflux_data".into()],
        url: Some("http://192.168.1.23:8081/".into()),
        commands: vec![
            "docker pull miniflux/miniflux:2.2.3".into(),
            "docker pull postgres:17".into(),
            "docker compose --project-name miniflux up --detach --remove-orphans --pull never".into(),
        ],
    })
}

pub(crate) fn placement() -> Result<Placement> {
    let factor = |name: &'static str, weight: f64, share: f64, reason: &str| Factor {
        name: name.into(),
        weight,
        points: weight * share,
        reason: reason.into(),
    };
    let fits = |n: u128, name: &str, share: f64| -> Result<Verdict> {
        let factors = vec![
            factor("memory", 40.0, share, "4.1 GiB free for the 128 MiB it takes"),
            factor(
                "storage",
                30.0,
                0.94 * share,
                "343 GiB free on SSD; a year of it takes 2.5 GiB",
            ),
            factor("cpu", 15.0, 0.7, "2.8 of 4 cores idle for the 0.2 it keeps busy"),
            factor("load", 10.0, 0.8, "load 0.9 on 4 cores"),
            factor("reliability", 5.0, 1.0, "no outage in 30 days"),
        ];
        Ok(Verdict {
            node: id(n).into(),
            name: name.parse()?,
            fits: true,
            score: factors.iter().map(|f| f.points).sum(),
            factors,
            obstacles: vec![],
        })
    };
    let out = |n: u128, name: &str, why: &str| -> Result<Verdict> {
        Ok(Verdict {
            node: id(n).into(),
            name: name.parse()?,
            fits: false,
            score: 0.0,
            factors: vec![],
            obstacles: vec![why.into()],
        })
    };
    Ok(Placement {
        best: Some(id(3).into()),
        reason: "nuc has the most room for it: 4.1 GiB of memory and 343 GiB of storage are free.".into(),
        nodes: vec![
            fits(3, "nuc", 0.95)?,
            fits(1, "attic-pi", 0.61)?,
            out(2, "nas", "only 180 MiB of storage are free, it needs 200 MiB")?,
            out(4, "workshop", "it does not answer")?,
        ],
    })
}

/// The recipes of this repository, by name.
pub(crate) fn recipes() -> Result<Vec<Arc<Recipe>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let mut recipes = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let folder = entry?.path();
        let Ok(manifest) = std::fs::read_to_string(folder.join("manifest.yaml")) else {
            continue;
        };
        let compose = std::fs::read_to_string(folder.join("compose.yaml"))?;
        let icon = std::fs::read_to_string(folder.join("icon.svg"))?;
        let recipe = Recipe::parse(&manifest, &compose, &icon);
        recipes.push(Arc::new(
            recipe.map_err(|faults| anyhow::anyhow!("{}: {faults:?}", folder.display()))?,
        ));
    }
    recipes.sort_by_key(|recipe| recipe.manifest.name.to_lowercase());
    Ok(recipes)
}

pub(crate) fn app_list() -> Result<app_list::Data> {
    let recipes = recipes()?;
    Ok(app_list::Data {
        installed: Installed {
            total: 6,
            all: 6,
            apps: apps()?,
            names: names()?,
            ..Installed::default()
        },
        shelves: recipes.iter().map(|r| r.manifest.category).collect(),
        recipes,
        wish: Default::default(),
    })
}

/// A part of the apps of a large homelab.
pub(crate) fn many_apps() -> Result<app_list::Data> {
    let mut data = app_list()?;
    data.installed = Installed {
        total: 40,
        all: 5_000,
        next: Some("wordpress".to_owned()),
        wish: installed::Wish {
            name: "o".to_owned(),
            ..installed::Wish::default()
        },
        ..data.installed
    };
    Ok(data)
}

pub(crate) fn deploy(slug: &str) -> Result<new::Data> {
    let recipe = recipes()?
        .into_iter()
        .find(|r| r.manifest.slug.as_str() == slug)
        .context("no such recipe")?;
    Ok(new::Data {
        recipe,
        placement: placement()?,
        preview: Some(DeployPreview {
            placement: placement()?,
            plan: plan()?,
        }),
        input: Fields::default(),
        trouble: Trouble::default(),
        key: "key".into(),
    })
}

pub(crate) fn search() -> Result<Search> {
    let machine =
        |last: u8, name: Option<&str>, port: Option<u16>, node: Option<u128>, by: &[FoundBy]| -> Result<Machine> {
            Ok(Machine {
                address: [192, 168, 1, last].into(),
                ssh_port: port,
                name: name.map(str::parse).transpose()?,
                by: by.iter().copied().collect(),
                banner: port.map(|_| "SSH-2.0-OpenSSH_10.0p2 Debian-7".into()),
                node: node.map(|n| id(n).into()),
            })
        };
    Ok(Search {
        job: Job {
            id: id(501).into(),
            kind: JobKind::Discover,
            subject: "network".into(),
            state: JobState::Running,
            steps: vec![step("scan", StepState::Running, 4, None, "looking at 192.168.1.0/24")],
            ..deploy_job(JobState::Running)?
        },
        machines: vec![
            machine(21, Some("attic.local"), Some(22), Some(1), &[FoundBy::Mdns])?,
            machine(31, Some("media.local"), Some(22), None, &[FoundBy::Mdns, FoundBy::Scan])?,
            machine(32, None, Some(2222), None, &[FoundBy::Scan])?,
            machine(
                40,
                Some("printer.local"),
                None,
                None,
                &[FoundBy::Mdns, FoundBy::Neighbour],
            )?,
        ],
        nodes: shared_nodes()?,
    })
}

pub(crate) fn adopt_jobs() -> Result<Vec<Job>> {
    let job = |n: u128, subject: &str, state: JobState, steps: Vec<Step>, error: Option<&str>| -> Result<Job> {
        Ok(Job {
            id: id(n).into(),
            kind: JobKind::Adopt,
            subject: subject.into(),
            steps,
            error: error.map(Into::into),
            ..deploy_job(state)?
        })
    };
    Ok(vec![
        job(
            601,
            "node media",
            JobState::Running,
            vec![step("connecting", StepState::Running, 3, None, "installing our key")],
            None,
        )?,
        job(
            602,
            "node 192.168.1.32:2222",
            JobState::Failed,
            vec![],
            Some(
                "user, password or key refused: root with a password. Many systems refuse a password for root: use another user with sudo, or a key.",
            ),
        )?,
        job(603, "node nuc", JobState::Succeeded, vec![], None)?,
    ])
}

pub(crate) fn preflight() -> Result<bootstrap::Data> {
    let check = |name: &str, found: &str, fault: Option<Fault>, bootstrap: bool| Check {
        name: name.into(),
        found: found.into(),
        mend: fault.as_ref().map(|f| f.cause.mend().to_owned()),
        fault,
        bootstrap,
    };
    Ok(bootstrap::Data {
        node: nodes()?.swap_remove(0),
        preflight: Ok(Preflight {
            ready: false,
            checks: vec![
                check("system", "Debian GNU/Linux 13 (trixie), arm64", None, false),
                check("sudo", "pi may use sudo without a password", None, false),
                check(
                    "container engine",
                    "no socket at /var/run/docker.sock",
                    Some(Fault::new(Cause::NoEngine, "docker is not installed")),
                    true,
                ),
                check(
                    "compose",
                    "not found",
                    Some(Fault::new(Cause::NoCompose, "neither the plugin nor ours")),
                    true,
                ),
            ],
            bootstrap: vec![
                "apt-get update".into(),
                "DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends docker.io".into(),
                "usermod --append --groups docker pi".into(),
                "systemctl enable --now docker".into(),
            ],
        }),
    })
}

pub(crate) fn boot_checks() -> Vec<Check> {
    let check = |name: &str, found: &str, mend: Option<&str>| Check {
        name: name.into(),
        found: found.into(),
        fault: None,
        mend: mend.map(Into::into),
        bootstrap: false,
    };
    vec![
        check("network", "reached at 192.168.1.10", None),
        check("clock", "2026-11-20 12:00 UTC", None),
        check("storage", "24 GiB of 32 GiB free", None),
        check(
            "container engine",
            "Docker is here, but Hearth may not use it",
            Some("Add Hearth's user to the group docker (usermod -aG docker USER) and restart Hearth."),
        ),
    ]
}

pub(crate) fn jobs_page() -> Result<Page<Job>> {
    let mut items = adopt_jobs()?;
    items.push(deploy_job(JobState::RolledBack)?);
    items.push(deploy_job(JobState::Succeeded)?);
    Ok(Page {
        items,
        next: Some("cursor".into()),
    })
}

pub(crate) fn audit_page() -> Page<AuditEntry> {
    let entry = |n: u128, action: &str, subject: &str, detail: &str| AuditEntry {
        id: id(n).into(),
        at: before(n as i64),
        actor: "anna".into(),
        from: Some("192.168.1.5".into()),
        action: action.into(),
        subject: subject.into(),
        detail: detail.into(),
    };
    Page {
        items: vec![
            entry(700, "app.deploy", "app miniflux", "miniflux 2.2.3 on nuc"),
            entry(900, "node.adopt", "node nuc", "pi@192.168.1.23:22"),
        ],
        next: None,
    }
}

pub(crate) fn incidents_page() -> Page<Incident> {
    let incident = |n: u128, subject: &str, text: &str| Incident {
        id: id(n).into(),
        subject: subject.into(),
        text: text.into(),
        started_at: before(n as i64 * 7),
        ended_at: None,
        done: String::new(),
        acked_by: None,
    };
    Page {
        items: vec![
            incident(720, "app nextcloud", "On nas: GET /healthcheck answered 503 for 2 min."),
            Incident {
                acked_by: Some("ben".into()),
                ..incident(
                    721,
                    "app wordpress",
                    "On nuc: the container db was stopped by somebody else.",
                )
            },
            Incident {
                ended_at: Some(before(3_000)),
                done: "It is as it should be again.".into(),
                ..incident(722, "app miniflux", "On nuc: compose.yaml was edited.")
            },
        ],
        next: Some("722".into()),
    }
}

pub(crate) fn people() -> Vec<User> {
    vec![
        User {
            id: id(800).into(),
            name: "anna".into(),
            role: Role::Admin,
        },
        User {
            id: id(801).into(),
            name: "ben".into(),
            role: Role::Viewer,
        },
    ]
}

pub(crate) fn tokens() -> Vec<Token> {
    vec![Token {
        id: id(810).into(),
        name: "backup script".into(),
        role: Role::Operator,
        created_at: before(86_400 * 3),
        last_used_at: Some(before(120)),
    }]
}
