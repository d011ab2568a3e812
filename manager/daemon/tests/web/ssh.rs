//! SSH and the factory reset of the box.

use crate::support::Manager;
use hearth_model::account::Role;
use serde_json::json;
use std::sync::atomic::Ordering;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS anna@laptop";

#[tokio::test]
async fn ssh_is_for_admins_and_wants_keys() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/ssh";
    assert_eq!(admin.get(path).await.json()["on"], false);
    admin.post(path, &json!({"on": true})).await.assert_invalid("/keys");
    let state = admin.post(path, &json!({"on": true, "keys": [KEY]})).await.json();
    assert_eq!((&state["on"], &state["keys"]), (&json!(true), &json!([KEY])));
    let audit = admin.get("/api/v1/audit").await.json();
    assert_eq!(audit["items"][0]["detail"], "on; ssh-ed25519 …rH4TRpNePnAS");
    for (body, pointer) in [
        (json!({"keys": ["x"]}), "/keys/0"),
        (json!({"keys": [format!("command=\"sh\" {KEY}")]}), "/keys/0"),
        (json!({"keys": [format!("{KEY}\n{KEY}")]}), "/keys/0"),
        (json!({"keys": []}), "/keys"),
        (json!({"keys": vec![KEY; 101]}), "/keys"),
        (json!({"on": 1}), "/on"),
    ] {
        admin.post(path, &body).await.assert_invalid(pointer);
    }
    let state = admin.post(path, &json!({"on": false})).await.json();
    assert_eq!(state["keys"], json!([KEY]), "what is left out stays");
    let operator = manager.program(Role::Operator).await;
    operator.get(path).await.assert_problem(403);
    operator.post(path, &json!({"on": true})).await.assert_problem(403);

    let browser = manager.browser("admin").await;
    let form = |keys: &str| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("on", "yes").append_pair("keys", keys).finish()
    };
    let done = browser.form("/settings/ssh", &form(&format!("\n{KEY}\r\n\r\n"))).await;
    assert_eq!(done.header("location"), "/settings/ssh");
    assert!(browser.get("/settings/ssh").await.text.contains("anna@laptop"));
    let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret-half\n-----END OPENSSH PRIVATE KEY-----";
    let refused = browser.form("/settings/ssh", &form(private)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("line 1: is a private key") && !refused.text.contains("secret-half"));
}

#[tokio::test]
async fn a_factory_reset_wants_the_name() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/factory-reset";
    admin
        .post(path, &json!({"confirm": "attic"}))
        .await
        .assert_invalid("/confirm");
    admin.post(path, &json!({})).await.assert_problem(422);
    let operator = manager.program(Role::Operator).await;
    operator
        .post(path, &json!({"confirm": "hearth"}))
        .await
        .assert_problem(403);
    let browser = manager.browser("admin").await;
    let refused = browser.form("/settings/reset", "confirm=Hearth").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("confirm-error"));
    assert!(!manager.reset.0.load(Ordering::Relaxed) && manager.machine.asked.lock().unwrap().is_empty());

    assert_eq!(admin.post(path, &json!({"confirm": "hearth"})).await.status, 204);
    assert!(manager.reset.0.load(Ordering::Relaxed));
    assert_eq!(*manager.machine.asked.lock().unwrap(), ["restart"]);
    let done = browser.form("/settings/reset", "confirm=hearth").await;
    assert!(done.status == 200 && done.text.contains("It restarts, and removes everything"));
}
