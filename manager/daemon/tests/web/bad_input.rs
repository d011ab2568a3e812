//! Bad input anywhere is a 4xx problem that says what is wrong, never a 5xx.

use crate::support::{Client, Manager};
use axum::http::Method;
use hearth_model::account::Role;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Every operation with a body, and a body that has the right form but names nothing that there is.
fn bodies() -> Vec<(Method, &'static str)> {
    vec![
        (Method::POST, "/api/v1/setup"),
        (Method::POST, "/api/v1/auth/login"),
        (Method::POST, "/api/v1/auth/token"),
        (Method::POST, "/api/v1/auth/tokens"),
        (Method::POST, "/api/v1/users"),
        (Method::PATCH, "/api/v1/users/x"),
        (Method::PUT, "/api/v1/users/x/password"),
        (Method::POST, "/api/v1/nodes"),
        (Method::POST, "/api/v1/nodes/host-key"),
        (Method::POST, "/api/v1/nodes/discover"),
        (Method::PATCH, "/api/v1/nodes/x"),
        (Method::POST, "/api/v1/groups"),
        (Method::POST, "/api/v1/groups/x/actions"),
        (Method::POST, "/api/v1/recipes/x/deploy"),
        (Method::PATCH, "/api/v1/apps/x"),
        (Method::POST, "/api/v1/system/hostname"),
        (Method::POST, "/api/v1/system/ssh"),
        (Method::POST, "/api/v1/system/factory-reset"),
        (Method::POST, "/api/v1/system/network"),
        (Method::POST, "/api/v1/system/mounts"),
        (Method::POST, "/api/v1/system/disks/sdb/format"),
        (Method::POST, "/api/v1/system/disks/sdb/install"),
        (Method::POST, "/api/v1/system/time"),
        (Method::PATCH, "/api/v1/system/update"),
        (Method::POST, "/api/v1/system/update/install"),
        (Method::POST, "/api/v1/system/update/rollback"),
    ]
}

/// A client whose address is new each time, so that the limit on logins does not answer first.
async fn admin(manager: &Manager) -> impl Fn() -> Client {
    let admin = manager.program(Role::Admin).await;
    let count = std::sync::atomic::AtomicU32::new(1);
    move || {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let [_, b, c, d] = n.to_be_bytes();
        admin.clone().from([10, b, c, d])
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_a_400() {
    let manager = Manager::set_up().await;
    let admin = admin(&manager).await;
    for (method, path) in bodies() {
        for body in ["", "{", "nul", "{\"a\": }", "[1,", "{} x"] {
            let answer = admin().send(method.clone(), path, Some("application/json"), body).await;
            answer.assert_problem(400);
        }
        let answer = admin()
            .send(method.clone(), path, Some("application/json"), vec![0xff, 0xfe])
            .await;
        answer.assert_problem(400);
        let deep = "[".repeat(100_000);
        admin()
            .send(method, path, Some("application/json"), deep)
            .await
            .assert_problem(400);
    }
}

#[tokio::test]
async fn a_body_of_another_form_is_a_422_that_names_the_field() {
    let manager = Manager::set_up().await;
    let admin = admin(&manager).await;
    for (method, path) in bodies() {
        for body in [
            json!([]),
            json!("x"),
            json!(1),
            json!(null),
            json!({"no_such_field": 1}),
        ] {
            let problem = admin().json(method.clone(), path, &body).await.assert_problem(422);
            assert!(
                problem["errors"][0]["message"].is_string(),
                "{method} {path} {body}: {problem}"
            );
        }
    }
    let cases = [
        (
            Method::POST,
            "/api/v1/auth/token",
            json!({"username": "a", "password": "b", "ttl_s": -1}),
            "/ttl_s",
        ),
        (
            Method::POST,
            "/api/v1/auth/token",
            json!({"username": "a", "password": "b", "ttl_s": 59}),
            "/ttl_s",
        ),
        (
            Method::POST,
            "/api/v1/auth/tokens",
            json!({"name": "", "role": "viewer"}),
            "/name",
        ),
        (
            Method::POST,
            "/api/v1/auth/tokens",
            json!({"name": "x", "role": "god"}),
            "/role",
        ),
        (
            Method::POST,
            "/api/v1/users",
            json!({"name": "a b", "password": "x", "role": "viewer"}),
            "/password",
        ),
        (Method::PATCH, "/api/v1/users/admin", json!({"role": 1}), "/role"),
        (
            Method::POST,
            "/api/v1/nodes",
            json!({"address": "a b", "user": "x"}),
            "/address",
        ),
        (
            Method::POST,
            "/api/v1/nodes",
            json!({"address": "a", "user": "x", "port": 65536}),
            "/port",
        ),
        (
            Method::POST,
            "/api/v1/nodes/host-key",
            json!({"address": "a", "port": 0}),
            "/port",
        ),
        (
            Method::POST,
            "/api/v1/nodes/discover",
            json!({"subnets": [1]}),
            "/subnets/0",
        ),
        (Method::PATCH, "/api/v1/nodes/x", json!({"name": "Bad Name"}), "/name"),
        (
            Method::POST,
            "/api/v1/groups",
            json!({"name": "g", "nodes": [1]}),
            "/nodes/0",
        ),
        (
            Method::POST,
            "/api/v1/groups/x/actions",
            json!({"action": "explode"}),
            "/action",
        ),
        (
            Method::POST,
            "/api/v1/recipes/x/deploy",
            json!({"answers": {"a": 1}}),
            "/answers/a",
        ),
        (
            Method::PATCH,
            "/api/v1/apps/x",
            json!({"answers": {"a/b": null}}),
            "/answers/a~1b",
        ),
    ];
    for (method, path, body, pointer) in cases {
        admin().json(method, path, &body).await.assert_invalid(pointer);
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_or_of_another_kind_is_refused() {
    let manager = Manager::set_up().await;
    let admin = admin(&manager).await;
    for (method, path) in bodies() {
        let long = format!("{{\"name\": \"{}\"}}", "x".repeat(1 << 20));
        admin()
            .send(method.clone(), path, Some("application/json"), long)
            .await
            .assert_problem(413);
        admin()
            .send(method.clone(), path, Some("text/plain"), "{}")
            .await
            .assert_problem(415);
        admin().send(method, path, None, "{}").await.assert_problem(415);
    }
}

#[tokio::test]
async fn a_bad_query_is_a_422_that_names_the_parameter() {
    let manager = Manager::set_up().await;
    let admin = admin(&manager).await;
    for (path, pointer) in [
        ("/api/v1/jobs?limit=0", "/limit"),
        ("/api/v1/jobs?limit=1001", "/limit"),
        ("/api/v1/jobs?limit=x", "/limit"),
        ("/api/v1/jobs?state=dancing", "/state"),
        ("/api/v1/jobs?after=x", "/after"),
        ("/api/v1/jobs?lmit=1", "/lmit"),
        ("/api/v1/audit?after=x", "/after"),
        ("/api/v1/nodes?online=maybe", "/online"),
        ("/api/v1/nodes/x/stats?range=899", "/range"),
        ("/api/v1/nodes/x/stats?range=31622401", "/range"),
        ("/api/v1/resources/history?range=-1", "/range"),
        ("/api/v1/recipes?category=none", "/category"),
        ("/api/v1/recipes?arch=z80", "/arch"),
        ("/api/v1/apps?recipe=Bad%20Name", "/recipe"),
        ("/api/v1/apps/x/logs?tail=10001", "/tail"),
        ("/api/v1/apps/x/logs?follow=perhaps", "/follow"),
        (
            "/api/v1/jobs/00000000-0000-7000-8000-000000000000/log?after=-1",
            "/after",
        ),
        ("/events?channels=jobs,none", "/channels"),
    ] {
        admin().get(path).await.assert_invalid(pointer);
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_404_and_another_method_a_405() {
    let manager = Manager::set_up().await;
    let admin = admin(&manager).await;
    let long = format!("/api/v1/users/{}", "x".repeat(5_000));
    for path in [
        "/api/v1/nowhere",
        "/api/v1/",
        "/api/v1",
        "/api",
        "/api/v2/nodes",
        "/api/v1/jobs/not-an-id",
        "/api/v1/jobs/00000000-0000-7000-8000-000000000000",
        "/api/v1/recipes/Bad%20Slug",
        "/api/v1/users/%FF",
        &long,
    ] {
        let problem = admin().get(path).await.status;
        assert!(problem == 404 || problem == 405, "{path}: {problem}");
    }
    admin().get("/api/v1/jobs/%FF").await.assert_problem(404);
    admin()
        .get("/api/v1/jobs/00000000-0000-7000-8000-000000000000")
        .await
        .assert_problem(404);
    admin().delete("/api/v1/audit").await.assert_problem(405);
    admin()
        .post("/api/v1/system/health", &json!({}))
        .await
        .assert_problem(405);
    admin()
        .send(Method::TRACE, "/api/v1/jobs", None, "")
        .await
        .assert_problem(405);
}

#[tokio::test]
async fn a_bad_idempotency_key_is_a_400() {
    let manager = Manager::set_up().await;
    let admin = admin(&manager).await;
    for key in [String::new(), "x".repeat(256), "ü".to_owned()] {
        let client = admin().with("idempotency-key", key);
        client
            .post("/api/v1/recipes/x/deploy", &json!({}))
            .await
            .assert_problem(400);
    }
}

#[tokio::test]
async fn a_websocket_wants_to_be_one() {
    let manager = Manager::set_up().await;
    for path in ["/ws", "/api/v1/ws"] {
        let answer = manager.program(Role::Viewer).await.get(path).await;
        assert!((400..500).contains(&answer.status.as_u16()), "{answer:?}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(Value::from("viewer")),
        Just(Value::from("127.0.0.1")),
        Just(Value::from("10.0.0.0/24")),
        (0u16..200).prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("name"),
        Just("password"),
        Just("username"),
        Just("role"),
        Just("ttl_s"),
        Just("admin"),
        Just("time_zone"),
        Just("nodes"),
        Just("action"),
        Just("answers"),
        Just("current_password"),
        Just("address"),
        Just("user"),
        Just("key"),
        Just("port"),
        Just("subnets"),
        Just("labels"),
        Just("groups"),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The operations whose engine is all in this process.
const PURE: [(&str, &str); 12] = [
    ("POST", "/api/v1/setup"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/tokens"),
    ("POST", "/api/v1/users"),
    ("PATCH", "/api/v1/users/admin"),
    ("PUT", "/api/v1/users/admin/password"),
    ("POST", "/api/v1/nodes"),
    ("POST", "/api/v1/nodes/host-key"),
    ("POST", "/api/v1/nodes/discover"),
    ("PATCH", "/api/v1/nodes/x"),
    ("POST", "/api/v1/groups"),
    ("POST", "/api/v1/groups/x/actions"),
];

#[test]
fn no_json_makes_a_server_error() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let manager = runtime.block_on(Manager::set_up());
    let admin = runtime.block_on(admin(&manager));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let ran = runner.run(&any_json(), |body| {
        for (method, path) in PURE {
            let method: Method = method.parse().unwrap();
            let answer = runtime.block_on(admin().json(method.clone(), path, &body));
            prop_assert!(answer.status.as_u16() < 500, "{method} {path} {body}: {answer:?}");
            if !answer.status.is_success() {
                prop_assert_eq!(answer.header("content-type"), "application/problem+json");
            }
        }
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
}
