//! The settings of the box itself: who may, what is refused, what is kept.

use crate::support::Manager;
use hearth::port::appliance::ApplianceError;
use hearth_model::account::Role;
use serde_json::json;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn the_box_is_given_a_name() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/hostname";
    let before = admin.get(path).await.json();
    assert_eq!(
        (&before["name"], &before["unavailable"]),
        (&json!("hearth"), &json!(null))
    );
    for (name, wrong) in [
        ("attic", false),
        ("Attic", true),
        ("a.b", true),
        ("-a", true),
        ("", true),
    ] {
        let answer = admin.post(path, &json!({ "name": name })).await;
        if wrong {
            answer.assert_invalid("/name");
        } else {
            assert_eq!(answer.json()["address"], "attic.local");
        }
    }
    assert_eq!(
        manager.services.setup.state().await.unwrap().name,
        "attic",
        "for its certificate"
    );
    let audit = admin.get("/api/v1/audit").await.json();
    let last = &audit["items"][0];
    assert_eq!(
        (&last["action"], &last["detail"]),
        (&json!("box.name"), &json!("attic"))
    );

    let operator = manager.program(Role::Operator).await;
    operator
        .post(path, &json!({"name": "cellar"}))
        .await
        .assert_problem(403);
    let browser = manager.browser("admin").await;
    let done = browser.form("/settings/box/name", "name=loft").await;
    assert_eq!(done.header("location"), "/settings/box?named=yes");
    let page = browser.get("/settings/box?named=yes").await;
    assert!(page.text.contains("href=\"https://loft.local/settings/box\""));
    let refused = browser.form("/settings/box/name", "name=My+Box").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"My Box\"") && refused.text.contains("name-error"));
}

#[tokio::test]
async fn the_page_says_at_which_name_it_answers_when_its_own_is_taken() {
    let manager = Manager::set_up().await;
    let page = manager.browser("admin").await.get("/settings/box").await;
    assert!(page.text.contains("hearth.local") && !page.text.contains("hearth-2.local"));
    manager.host_names.taken.store(true, Ordering::Relaxed);
    let state = manager
        .program(Role::Viewer)
        .await
        .get("/api/v1/system/hostname")
        .await
        .json();
    assert_eq!(
        (&state["name"], &state["address"]),
        (&json!("hearth"), &json!("hearth-2.local"))
    );
    let page = manager.browser("admin").await.get("/settings/box").await;
    assert!(page.text.contains("Another machine has this name") && page.text.contains("hearth-2.local"));
}

#[tokio::test]
async fn where_it_is_no_appliance_that_is_said() {
    let manager = Manager::set_up().await;
    *manager.host_names.error.lock().unwrap() = Some(ApplianceError::NoAppliance);
    let admin = manager.program(Role::Admin).await;
    let state = admin.get("/api/v1/system/hostname").await.json();
    assert_eq!(state["name"], "hearth");
    assert!(state["unavailable"].as_str().unwrap().contains("own image"));
    let refused = admin.post("/api/v1/system/hostname", &json!({"name": "attic"})).await;
    refused.assert_problem(409);
    let page = manager.browser("admin").await.get("/settings/box").await;
    assert!(page.text.contains("Nothing to set here") && !page.text.contains("action=\"/settings/box"));
}

#[tokio::test]
async fn time_zone_and_servers() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/time";
    let state = admin.get(path).await.json();
    assert_eq!(state["sync"], json!({"on": true, "servers": []}));
    let body = json!({"time_zone": "Pacific/Auckland", "servers": ["ntp.example.org", "192.0.2.1"]});
    let state = admin.post(path, &body).await.json();
    assert_eq!(state["time_zone"], "Pacific/Auckland");
    assert_eq!(state["sync"]["servers"][1], "192.0.2.1");
    let state = admin.post(path, &json!({"sync": false})).await.json();
    assert_eq!(state["sync"]["servers"][0], "ntp.example.org", "what is left out stays");
    assert_eq!(manager.services.setup.time_zone().await.unwrap(), "Pacific/Auckland");
    for (body, pointer) in [
        (json!({"time_zone": "Mars/Olympus"}), "/time_zone"),
        (json!({"time_zone": "../../etc/shadow"}), "/time_zone"),
        (json!({"servers": ["a b"]}), "/servers/0"),
        (json!({"servers": vec!["a"; 9]}), "/servers"),
        (json!({"sync": "yes"}), "/sync"),
    ] {
        admin.post(path, &body).await.assert_invalid(pointer);
    }
    let browser = manager.browser("admin").await;
    let done = browser
        .form("/settings/box/time", "time_zone=Europe%2FZurich&servers=a,+b&sync=yes")
        .await;
    assert_eq!(done.header("location"), "/settings/box");
    let page = browser.get("/settings/box").await;
    assert!(page.text.contains("value=\"a b\"") && page.text.contains("Europe/Zurich"));
    let refused = browser
        .form("/settings/box/time", "time_zone=Nowhere&servers=a%0ab")
        .await;
    assert_eq!(refused.status, 422);
}
