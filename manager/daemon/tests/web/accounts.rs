//! First boot, logins, tokens and people over the API.

use crate::support::{Manager, PASSWORD};
use axum::http::Method;
use hearth_model::account::Role;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn first_boot_makes_an_administrator_who_is_logged_in() {
    let manager = Manager::new().await;
    let nobody = manager.client();
    let state = nobody.get("/api/v1/setup").await.json();
    assert_eq!(state["set_up"], false);
    assert_eq!(nobody.get("/api/v1/system/version").await.json()["set_up"], false);

    let wish = json!({"name": "home", "admin": "ann", "password": PASSWORD, "time_zone": "Europe/Zurich"});
    let done = nobody.post("/api/v1/setup", &wish).await;
    assert_eq!(done.status, 201, "{done:?}");
    let cookie = done.header("set-cookie").to_owned();
    for part in ["__Host-hearth=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let (pair, _) = cookie.split_once(';').unwrap();
    let ann = nobody.clone().with("cookie", pair);
    assert_eq!(ann.get("/api/v1/auth/session").await.json()["name"], "ann");

    nobody.post("/api/v1/setup", &wish).await.assert_problem(409);
    assert_eq!(nobody.get("/api/v1/setup").await.json()["set_up"], true);
}

#[tokio::test]
async fn every_wrong_answer_of_first_boot_is_named() {
    let manager = Manager::new().await;
    let wish = json!({"name": "home", "admin": "a b", "password": "password1234", "time_zone": "Nowhere"});
    let refused = manager.client().post("/api/v1/setup", &wish).await;
    for pointer in ["/admin", "/password", "/time_zone"] {
        refused.assert_invalid(pointer);
    }
    let wish = json!({"name": "Bad Name", "admin": "ann", "password": PASSWORD, "time_zone": "UTC"});
    manager
        .client()
        .post("/api/v1/setup", &wish)
        .await
        .assert_invalid("/name");
}

#[tokio::test]
async fn a_signed_token_works_until_it_ends() {
    let manager = Manager::set_up().await;
    let wish = json!({"username": "admin", "password": PASSWORD, "ttl_s": 60});
    let issued = manager.client().post("/api/v1/auth/token", &wish).await;
    assert_eq!(issued.status, 200, "{issued:?}");
    let token = issued.json()["token"].as_str().unwrap().to_owned();
    let program = manager.client().with("authorization", format!("bearer {token}"));
    assert_eq!(program.get("/api/v1/auth/session").await.json()["role"], "admin");
    manager.clock.advance(Duration::from_secs(61));
    let ended = program.get("/api/v1/auth/session").await;
    ended.assert_problem(401);
    assert_eq!(ended.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_slowed_down() {
    let manager = Manager::set_up().await;
    let nobody = manager.client();
    let wrong = json!({"username": "admin", "password": "not the password"});
    for _ in 0..5 {
        nobody.post("/api/v1/auth/login", &wrong).await.assert_problem(401);
    }
    let right = json!({"username": "admin", "password": PASSWORD});
    let slowed = nobody.post("/api/v1/auth/login", &right).await;
    slowed.assert_problem(429);
    let wait: u64 = slowed.header("retry-after").parse().unwrap();
    manager.clock.advance(Duration::from_secs(wait));
    assert_eq!(nobody.post("/api/v1/auth/login", &right).await.status, 200);
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let manager = Manager::set_up().await;
    let browser = manager.browser("admin").await;
    let out = browser.post("/api/v1/auth/logout", &json!({})).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    browser.get("/api/v1/auth/session").await.assert_problem(401);
}

#[tokio::test]
async fn a_long_lived_token_is_shown_once_and_can_be_revoked() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let made = admin
        .post("/api/v1/auth/tokens", &json!({"name": "ci", "role": "viewer"}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    let secret = made["secret"].as_str().unwrap();
    let program = manager.client().with("authorization", format!("Bearer {secret}"));
    assert_eq!(program.get("/api/v1/auth/session").await.json()["name"], "token:ci");
    let listed = admin.get("/api/v1/auth/tokens").await;
    assert!(!listed.text.contains(secret));
    let id = made["token"]["id"].as_str().unwrap();
    assert_eq!(admin.delete(&format!("/api/v1/auth/tokens/{id}")).await.status, 204);
    program.get("/api/v1/auth/session").await.assert_problem(401);
    admin
        .delete(&format!("/api/v1/auth/tokens/{id}"))
        .await
        .assert_problem(404);
}

#[tokio::test]
async fn people_are_made_changed_and_removed() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let bob = json!({"name": "bob", "password": PASSWORD, "role": "viewer"});
    assert_eq!(admin.post("/api/v1/users", &bob).await.status, 201);
    admin.post("/api/v1/users", &bob).await.assert_problem(409);
    let changed = admin
        .json(Method::PATCH, "/api/v1/users/bob", &json!({"role": "operator"}))
        .await;
    assert_eq!(changed.json()["role"], "operator");
    let names: Vec<String> = admin.get("/api/v1/users").await.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["admin", "bob"]);
    assert_eq!(admin.delete("/api/v1/users/bob").await.status, 204);
    admin.delete("/api/v1/users/bob").await.assert_problem(404);
    admin.delete("/api/v1/users/admin").await.assert_problem(409);
}

#[tokio::test]
async fn people_change_their_own_password_with_the_present_one() {
    let manager = Manager::set_up().await;
    manager.add("bob", Role::Viewer).await;
    let (bob, other) = (manager.browser("bob").await, manager.browser("bob").await);
    let path = "/api/v1/users/bob/password";
    let new = "gravel hums over violet maps";
    let without = bob.json(Method::PUT, path, &json!({"password": new})).await;
    without.assert_invalid("/current_password");
    let wrong = json!({"password": new, "current_password": "not it"});
    bob.json(Method::PUT, path, &wrong)
        .await
        .assert_invalid("/current_password");
    let weak = json!({"password": "password1234", "current_password": PASSWORD});
    bob.json(Method::PUT, path, &weak).await.assert_invalid("/password");
    let right = json!({"password": new, "current_password": PASSWORD});
    assert_eq!(bob.json(Method::PUT, path, &right).await.status, 204);
    assert_eq!(bob.get("/api/v1/auth/session").await.status, 200, "this session stays");
    other.get("/api/v1/auth/session").await.assert_problem(401);
    let others = bob.json(Method::PUT, "/api/v1/users/admin/password", &right).await;
    others.assert_problem(403);
    let nobody = bob.json(Method::PUT, "/api/v1/users/zoe/password", &right).await;
    nobody.assert_problem(403);
}

#[tokio::test]
async fn the_audit_log_tells_who_and_from_where() {
    let manager = Manager::set_up().await;
    let admin = manager.browser("admin").await;
    let bob = json!({"name": "bob", "password": PASSWORD, "role": "viewer"});
    admin.post("/api/v1/users", &bob).await;
    let log = admin.get("/api/v1/audit?limit=1").await.json();
    let entry = &log["items"][0];
    assert_eq!(
        (&entry["actor"], &entry["from"], &entry["action"], &entry["subject"]),
        (
            &json!("admin"),
            &json!("192.0.2.1"),
            &json!("user.create"),
            &json!("user bob")
        )
    );
    let next = log["next"].as_str().unwrap();
    let older = admin.get(&format!("/api/v1/audit?limit=1&after={next}")).await.json();
    assert_ne!(older["items"][0]["id"], entry["id"]);
}
