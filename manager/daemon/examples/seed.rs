//! Fills a stopped manager's database with nodes and apps, for the bench.
//!
//! `cargo run --release --example seed -- DATABASE NODES APPS ADDRESS:PORT seen|unseen < HOSTKEY`: the nodes follow each
//! other from ADDRESS on, such as those of the example `ssh_farm`, and share the host key that comes on standard input. Of
//! nodes that are `unseen` no facts are known yet. Apps are spread over the nodes evenly.

use anyhow::Context;
use hearth::store::{Store, apps, error::Error, nodes};
use hearth_model::{
    app::{App, AppState, Desired, PublishedPort},
    facts::Facts,
    name::Slug,
    node::{HostKey, Link, Node, NodeState},
    probe,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddrV4},
    path::Path,
    process::Command,
};
use uuid::Uuid;

/// When everything was made: in the past of any clock, and the same in every run.
const MADE_AT: Timestamp = Timestamp::constant(1_760_000_000, 0);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [database, node_count, app_count, first, seen] = words.as_slice() else {
        anyhow::bail!("usage: seed DATABASE NODES APPS ADDRESS:PORT seen|unseen");
    };
    let (node_count, app_count): (u32, usize) = (node_count.parse()?, app_count.parse()?);
    let first: SocketAddrV4 = first.parse()?;
    let host_key: HostKey = serde_json::from_reader(std::io::stdin()).context("the host key on standard input")?;
    let facts = if seen == "seen" {
        Some(facts_of_this_machine()?)
    } else {
        None
    };
    let fleet: Vec<Node> = (0..node_count)
        .map(|number| node(number, first, &host_key, facts.as_ref()))
        .collect::<anyhow::Result<_>>()?;
    let installed: Vec<App> = (0..app_count)
        .map(|number| app(number, &fleet[number % fleet.len()]))
        .collect::<anyhow::Result<_>>()?;
    let store = Store::open(Path::new(database))?;
    store
        .write::<_, Error, _>(move |tx| {
            fleet.iter().try_for_each(|node| nodes::insert(tx, node))?;
            installed.iter().try_for_each(|app| apps::put(tx, app))
        })
        .await?;
    Ok(())
}

fn facts_of_this_machine() -> anyhow::Result<Facts> {
    let answer = Command::new("sh").args(["-c", probe::PROBE_FACTS]).output()?;
    Ok(probe::parse_facts(&answer.stdout)?)
}

/// Ids that sort as they were made, without a clock.
fn id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 | kind << 64 | number)
}

fn node(number: u32, first: SocketAddrV4, host_key: &HostKey, facts: Option<&Facts>) -> anyhow::Result<Node> {
    let address = Ipv4Addr::from_bits(first.ip().to_bits() + number);
    Ok(Node {
        id: id(1, number.into()).into(),
        name: format!("node-{number:04}").parse()?,
        link: Link::Ssh {
            host: address.to_string().parse()?,
            port: first.port(),
            user: "root".to_owned(),
            host_key: host_key.clone(),
        },
        state: NodeState::Connecting,
        facts: facts.cloned(),
        labels: BTreeMap::new(),
        groups: BTreeSet::new(),
        adopted_at: MADE_AT,
        last_seen_at: None,
        outages_30d: 0,
    })
}

fn app(number: usize, node: &Node) -> anyhow::Result<App> {
    let slug: Slug = format!("app-{number:04}").parse()?;
    let port = u16::try_from(20_000 + number)?;
    let at = MADE_AT + SignedDuration::from_secs(i64::try_from(number)?);
    Ok(App {
        id: id(2, number as u128).into(),
        name: format!("App {number}"),
        slug,
        recipe: "vaultwarden".parse()?,
        version: "1".to_owned(),
        node: node.id,
        desired: Desired::Running,
        state: AppState::Running,
        answers: BTreeMap::new(),
        ports: vec![PublishedPort {
            name: "web".to_owned(),
            env: "HEARTH_PORT".to_owned(),
            wanted: 8080,
            given: port,
            protocol: "tcp".to_owned(),
        }],
        url: node.link.host().map(|host| format!("http://{host}:{port}/")),
        created_at: at,
        updated_at: at,
    })
}
