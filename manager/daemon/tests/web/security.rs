//! What every request must pass.

use crate::support::{Client, Manager, PASSWORD};
use axum::http::Method;
use hearth_model::account::Role;
use serde_json::json;

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let manager = Manager::set_up().await;
    for path in ["/api/v1/system/health", "/api/v1/nowhere", "/nowhere"] {
        let answer = manager.client().get(path).await;
        let csp = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert!(!csp.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.header("x-request-id").is_empty());
        assert!(answer.headers.get("strict-transport-security").is_none());
    }
}

#[tokio::test]
async fn a_change_with_a_cookie_needs_the_csrf_token() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let wish = json!({"name": "bob", "password": PASSWORD, "role": "viewer"});
    let without = admin.clone().without("x-csrf-token");
    without.post("/api/v1/users", &wish).await.assert_problem(403);
    let other = manager.browser("admin").await;
    let forged = without.clone().with("x-csrf-token", "guessed");
    forged.post("/api/v1/users", &wish).await.assert_problem(403);
    assert_eq!(without.get("/api/v1/users").await.status, 200, "looking needs none");
    assert_eq!(other.post("/api/v1/users", &wish).await.status, 201);
}

#[tokio::test]
async fn a_change_from_another_site_is_refused_whatever_it_carries() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let wish = json!({"name": "bob", "password": PASSWORD, "role": "viewer"});
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "https://hearth.local:8080"),
        ("origin", "null"),
    ] {
        let answer = admin.clone().with(name, value).post("/api/v1/users", &wish).await;
        answer.assert_problem(403);
    }
    let own = admin
        .with("sec-fetch-site", "same-origin")
        .with("origin", "https://hearth.local");
    assert_eq!(own.post("/api/v1/users", &wish).await.status, 201);
}

/// Each operation with the least role that may call it; what it then answers does not matter here.
const ROLES: [(&str, &str, Role); 30] = [
    ("GET", "/api/v1/auth/session", Role::Viewer),
    ("GET", "/api/v1/auth/tokens", Role::Admin),
    ("POST", "/api/v1/auth/tokens", Role::Admin),
    ("DELETE", "/api/v1/auth/tokens/x", Role::Admin),
    ("GET", "/api/v1/users", Role::Admin),
    ("POST", "/api/v1/users", Role::Admin),
    ("PATCH", "/api/v1/users/x", Role::Admin),
    ("DELETE", "/api/v1/users/x", Role::Admin),
    ("GET", "/api/v1/jobs", Role::Viewer),
    ("GET", "/api/v1/jobs/x", Role::Viewer),
    ("POST", "/api/v1/jobs/x/cancel", Role::Operator),
    ("POST", "/api/v1/jobs/x/retry", Role::Operator),
    ("GET", "/api/v1/audit", Role::Admin),
    ("POST", "/api/v1/nodes", Role::Admin),
    ("POST", "/api/v1/nodes/host-key", Role::Admin),
    ("POST", "/api/v1/nodes/discover", Role::Admin),
    ("GET", "/api/v1/nodes/discover/x", Role::Admin),
    ("PATCH", "/api/v1/nodes/x", Role::Admin),
    ("DELETE", "/api/v1/nodes/x?force=no", Role::Admin),
    ("GET", "/api/v1/nodes/x/stats?range=1", Role::Viewer),
    ("POST", "/api/v1/groups", Role::Admin),
    ("POST", "/api/v1/groups/x/actions", Role::Admin),
    ("GET", "/api/v1/recipes?limit=0", Role::Viewer),
    ("POST", "/api/v1/recipes/X/placement", Role::Viewer),
    ("POST", "/api/v1/recipes/x/deploy", Role::Operator),
    ("PATCH", "/api/v1/apps/x", Role::Operator),
    ("DELETE", "/api/v1/apps/x?keep_data=maybe", Role::Operator),
    ("GET", "/api/v1/apps/x/logs?tail=x", Role::Viewer),
    ("GET", "/api/v1/ws", Role::Viewer),
    ("GET", "/events?channels=x", Role::Viewer),
];

#[tokio::test]
async fn each_role_may_do_what_it_may_and_no_more() {
    let manager = Manager::set_up().await;
    let nobody = manager.client();
    for role in Role::ALL {
        let client = manager.program(role).await;
        for (method, path, needed) in ROLES {
            let method: Method = method.parse().unwrap();
            nobody.send(method.clone(), path, None, "").await.assert_problem(401);
            let answer = client.send(method.clone(), path, None, "").await;
            let refused = answer.status == 403;
            assert_eq!(refused, role < needed, "{role}: {method} {path}: {answer:?}");
            assert!(answer.status.as_u16() < 500, "{role}: {method} {path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn who_is_not_known_may_ask_a_hundred_times_a_minute() {
    let manager = Manager::set_up().await;
    let nobody = manager.client();
    for _ in 0..100 {
        assert_eq!(nobody.get("/api/v1/system/health").await.status, 200);
    }
    let refused = nobody.get("/api/v1/system/health").await;
    refused.assert_problem(429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(
        nobody
            .clone()
            .from([192, 0, 2, 2])
            .get("/api/v1/system/health")
            .await
            .status,
        200
    );
    let known = manager.program(Role::Viewer).await;
    for _ in 0..150 {
        assert_eq!(known.get("/api/v1/auth/session").await.status, 200);
    }
}

#[tokio::test]
async fn logins_are_tried_ten_times_a_minute() {
    let manager = Manager::set_up().await;
    let nobody = manager.client();
    let mut tries = 0;
    while nobody.post("/api/v1/auth/login", &json!({})).await.status == 422 {
        tries += 1;
        assert!(tries <= 10);
    }
    assert_eq!(tries, 10);
    nobody.post("/api/v1/auth/token", &json!({})).await.assert_problem(429);
}

#[tokio::test]
async fn a_bad_token_is_refused_even_with_a_good_cookie() {
    let manager = Manager::set_up().await;
    let browser = manager.browser("admin").await;
    for bad in ["Bearer hearth_unknown", "Bearer a.b.c", "Basic YTpi", "Bearer", ""] {
        browser
            .clone()
            .with("authorization", bad)
            .get("/api/v1/users")
            .await
            .assert_problem(401);
    }
}

#[tokio::test]
async fn figures_are_for_a_token_or_this_machine() {
    let manager = Manager::set_up().await;
    manager.client().get("/metrics").await.assert_problem(401);
    manager.client().get("/api/v1/metrics").await.assert_problem(401);
}

#[tokio::test]
async fn a_problem_is_a_page_for_browsers_and_json_for_programs() {
    let manager = Manager::set_up().await;
    let browser = manager.client().with("accept", "text/html,application/xhtml+xml");
    let page = browser.get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    browser.get("/api/v1/nowhere").await.assert_problem(404);
    manager.client().get("/nowhere").await.assert_problem(404);
}

#[tokio::test]
async fn a_panic_is_a_problem() {
    let manager = Manager::set_up().await;
    let panics = axum::Router::new().route("/panic", axum::routing::get(panic_now));
    let router = hearth::web::layers::around(panics, manager.services.clone());
    let answer = Client::new(router).get("/panic").await;
    let problem = answer.assert_problem(500);
    assert!(!problem["detail"].as_str().unwrap().contains("a secret"));
}

async fn panic_now() -> &'static str {
    panic!("a secret")
}
