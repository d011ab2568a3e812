//! Whatever begins a job honours `Idempotency-Key`: the same key and request give the same job.

use crate::{
    pages::fixtures,
    support::{Answer, Client, Manager},
};
use axum::http::Method;
use hearth::{
    engine::bootstrap::findings::LOOK,
    port::session::{Connector as _, FakeMachine, Output},
    store,
};
use hearth_model::{account::Actor, account::Role, app::App, node::Link, node::Node, probe::PROBE_FACTS};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FACTS: &str = include_str!("../../../model/src/probe/fixtures/debian_vm.facts");

/// A request that begins a job: its route in the description, where it goes, what is sent; and another with the same route.
struct Case {
    route: (&'static str, Method),
    path: &'static str,
    body: Option<Value>,
    other: (&'static str, Option<Value>),
}

fn case(
    method: Method,
    route: &'static str,
    path: &'static str,
    body: Option<Value>,
    other: (&'static str, Option<Value>),
) -> Case {
    Case {
        route: (route, method),
        path,
        body,
        other,
    }
}

fn cases() -> Vec<Case> {
    use Method as M;
    let adopt = |password: &str| Some(json!({"address": "10.0.0.7", "user": "pi", "password": password}));
    vec![
        // Only the password differs.
        case(
            M::POST,
            "/nodes",
            "/nodes",
            adopt("raspberry"),
            ("/nodes", adopt("strawberry")),
        ),
        case(
            M::DELETE,
            "/nodes/{node}",
            "/nodes/nuc",
            None,
            ("/nodes/nuc?force=true", None),
        ),
        case(
            M::POST,
            "/nodes/{node}/bootstrap",
            "/nodes/nuc/bootstrap",
            None,
            ("/nodes/nas/bootstrap", None),
        ),
        case(
            M::POST,
            "/nodes/discover",
            "/nodes/discover",
            Some(json!({})),
            ("/nodes/discover", Some(json!({"port": 2222}))),
        ),
        case(
            M::POST,
            "/groups/{group}/actions",
            "/groups/always-on/actions",
            Some(json!({"action": "preflight"})),
            ("/groups/always-on/actions", Some(json!({"action": "refresh"}))),
        ),
        case(
            M::POST,
            "/system/update/check",
            "/system/update/check",
            None,
            ("/system/update/rollback", Some(json!({}))),
        ),
        case(
            M::POST,
            "/system/update/install",
            "/system/update/install",
            Some(json!({"upload": "mine.raucb"})),
            (
                "/system/update/install",
                Some(json!({"upload": "mine.raucb", "downgrade": true})),
            ),
        ),
        case(
            M::POST,
            "/system/update/rollback",
            "/system/update/rollback",
            Some(json!({})),
            ("/system/update/rollback", Some(json!({"restart": {"when": "later"}}))),
        ),
        case(
            M::POST,
            "/system/disks/{disk}/format",
            "/system/disks/sdb/format",
            Some(json!({"name": "media", "confirm": "sdb"})),
            (
                "/system/disks/sdb/format",
                Some(json!({"name": "other", "confirm": "sdb"})),
            ),
        ),
        case(
            M::POST,
            "/system/disks/{disk}/install",
            "/system/disks/sdb/install",
            Some(json!({"confirm": "sdb"})),
            ("/system/disks/sda/install", Some(json!({"confirm": "sda"}))),
        ),
        case(
            M::POST,
            "/recipes/{recipe}/deploy",
            "/recipes/uptime-kuma/deploy",
            Some(json!({"node": "nuc"})),
            (
                "/recipes/uptime-kuma/deploy",
                Some(json!({"node": "nuc", "name": "kuma"})),
            ),
        ),
        case(
            M::PATCH,
            "/apps/{app}",
            "/apps/miniflux",
            Some(json!({"answers": {}})),
            ("/apps/miniflux", Some(json!({"answers": {"admin_username": "ada"}}))),
        ),
        case(
            M::DELETE,
            "/apps/{app}",
            "/apps/miniflux",
            None,
            ("/apps/miniflux?keep_data=false", None),
        ),
        case(
            M::POST,
            "/apps/{app}/start",
            "/apps/miniflux/start",
            None,
            ("/apps/miniflux/stop", None),
        ),
        case(
            M::POST,
            "/apps/{app}/stop",
            "/apps/miniflux/stop",
            None,
            ("/apps/miniflux/restart", None),
        ),
        case(
            M::POST,
            "/apps/{app}/restart",
            "/apps/miniflux/restart",
            None,
            ("/apps/miniflux/start", None),
        ),
    ]
}

/// The operations of the description that may answer that a job has begun, and whether they list the header.
fn described() -> Vec<(String, Method, bool)> {
    let api = serde_json::to_value(hearth::web::api::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["responses"].get("202").is_some() {
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let listed = parameters
                    .iter()
                    .any(|p| p["name"] == "Idempotency-Key" && p["in"] == "header");
                found.push((path.clone(), method.to_uppercase().parse().unwrap(), listed));
            }
        }
    }
    found
}

#[test]
fn every_route_that_begins_a_job_lists_the_header_and_is_tried_here() {
    let described = described();
    for (path, method, listed) in &described {
        assert!(listed, "{method} {path}");
    }
    let described: BTreeSet<_> = described
        .into_iter()
        .map(|(path, method, _)| (path, method.to_string()))
        .collect();
    let cases = cases();
    let tried: BTreeSet<_> = cases
        .iter()
        .map(|c| (c.route.0.to_owned(), c.route.1.to_string()))
        .collect();
    assert_eq!(described, tried);
}

/// The nodes `nuc` and `nas`, which answer and lack Compose, and the app `miniflux` on `nuc`.
async fn with_an_app() -> Manager {
    let manager = Manager::set_up().await;
    for (node, host) in fixtures::nodes()
        .unwrap()
        .into_iter()
        .skip(1)
        .take(2)
        .zip(["10.0.0.2", "10.0.0.3"])
    {
        let machine = FakeMachine::new(node.name.as_str());
        machine.authorize(&manager.network.own_public_key());
        machine.on(|_, exec| {
            let answer = match exec.stdin.as_slice() {
                stdin if stdin == PROBE_FACTS.as_bytes() => FACTS,
                stdin if stdin == LOOK.as_bytes() => "user root\nuid 0\ngroups root\nclock 1795176000\nfree 99999999\n",
                _ => return None,
            };
            Some(Output {
                stdout: answer.as_bytes().to_vec(),
                ..Output::default()
            })
        });
        let _ = manager.engines.install(machine.name());
        manager.network.put(host, 22, &machine);
        let link = Link::Ssh {
            host: host.parse().unwrap(),
            port: 22,
            user: "root".to_owned(),
            host_key: machine.host_key(),
        };
        let node = Node { link, ..node };
        manager.roster.add(node, &Actor::system(), String::new()).await.unwrap();
    }
    let uploads = manager.dir().join("updates/uploads");
    std::fs::create_dir_all(&uploads).unwrap();
    std::fs::write(uploads.join("mine.raucb"), "hearth-fake 0.2.0").unwrap();
    let app: App = fixtures::apps().unwrap().swap_remove(1);
    let plan = fixtures::plan().unwrap();
    let written = manager.store.write(move |tx| {
        store::apps::put(tx, &app)?;
        store::apps::set_plan(tx, app.id, Some(&plan), &app.ports, app.updated_at)
    });
    written.await.unwrap();
    manager
}

async fn send(client: &Client, method: &Method, path: &str, body: Option<&Value>) -> Answer {
    let path = format!("/api/v1{path}");
    match body {
        Some(body) => client.json(method.clone(), &path, body).await,
        None => client.send(method.clone(), &path, None, "").await,
    }
}

#[tokio::test]
async fn the_same_key_and_request_give_the_same_job_and_another_request_is_refused() {
    for Case {
        route: (route, method),
        path,
        body,
        other: (other, other_body),
    } in cases()
    {
        let manager = with_an_app().await;
        let client = manager.program(Role::Admin).await.with("idempotency-key", "k-1");
        let first = send(&client, &method, path, body.as_ref()).await;
        assert_eq!(first.status, 202, "{method} {route}: {first:?}");
        let again = send(&client, &method, path, body.as_ref()).await;
        assert_eq!(again.status, 202, "{method} {route}: {again:?}");
        assert_eq!(first.json()["job"]["id"], again.json()["job"]["id"], "{method} {route}");
        let refused = send(&client, &method, other, other_body.as_ref()).await;
        let problem = refused.assert_problem(409);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("idempotency key"), "{method} {route}: {detail}");
        let jobs = client.get("/api/v1/jobs").await.json();
        assert_eq!(jobs["items"].as_array().unwrap().len(), 1, "{method} {route}");
        for file in std::fs::read_dir(manager.dir()).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_dir() {
                continue;
            }
            let bytes = std::fs::read(file.path()).unwrap();
            let holds = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
            assert!(!holds(b"raspberry") && !holds(b"strawberry"), "the password is kept");
        }
    }
}
