//! The network of the box: changed, confirmed, taken back, and refused by field.

use crate::support::Manager;
use hearth_model::account::Role;
use serde_json::json;

#[tokio::test]
async fn the_network_is_changed_confirmed_and_taken_back() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/network";
    let state = admin.get(path).await.json();
    assert_eq!(state["items"][0]["settings"], json!({"mode": "dhcp"}));
    let fixed = |address: &str| json!({"link": "enp1s0", "mode": "fixed", "address": address, "gateway": "10.0.2.2", "dns": ["10.0.2.3"]});
    let state = admin.post(path, &fixed("10.0.2.20/24")).await.json();
    assert_eq!(state["items"][0]["addresses"][0]["address"], "10.0.2.20/24");
    assert_eq!(state["unconfirmed"]["ends_in_secs"], 60);
    let second = admin.post(path, &fixed("10.0.2.30/24")).await.assert_problem(409);
    assert!(second["detail"].as_str().unwrap().contains("waits"));
    let operator = manager.program(Role::Operator).await;
    operator
        .post(&format!("{path}/confirm"), &json!({}))
        .await
        .assert_problem(403);
    let state = admin.post(&format!("{path}/confirm"), &json!({})).await.json();
    assert_eq!(state["unconfirmed"], json!(null));
    for verb in ["confirm", "revert"] {
        admin
            .post(&format!("{path}/{verb}"), &json!({}))
            .await
            .assert_problem(409);
    }
    admin
        .post(path, &json!({"link": "enp1s0", "mode": "dhcp"}))
        .await
        .json();
    let state = admin.post(&format!("{path}/revert"), &json!({})).await.json();
    assert_eq!(state["items"][0]["settings"]["address"], "10.0.2.20/24");
    let audit = admin.get("/api/v1/audit").await.json();
    let actions = audit["items"].as_array().unwrap().iter();
    let actions = actions.map(|entry| entry["action"].as_str().unwrap());
    let actions: Vec<&str> = actions.filter(|action| action.starts_with("box.")).collect();
    assert_eq!(
        actions,
        [
            "box.network.revert",
            "box.network",
            "box.network.confirm",
            "box.network"
        ]
    );
}

#[tokio::test]
async fn a_network_that_cannot_work_is_refused_by_field() {
    let manager = Manager::set_up().await;
    let admin = manager.program(Role::Admin).await;
    let path = "/api/v1/system/network";
    for (change, pointer) in [
        (json!({"link": "enp1s0", "mode": "fixed"}), "/address"),
        (
            json!({"link": "enp1s0", "mode": "dhcp", "address": "10.0.2.20/24"}),
            "/mode",
        ),
        (json!({"link": "enp1s0", "mode": "auto"}), "/mode"),
        (json!({"link": "../x", "mode": "dhcp"}), "/link"),
        (
            json!({"link": "enp1s0", "mode": "fixed", "address": "10.0.2.20"}),
            "/address",
        ),
        (
            json!({"link": "enp1s0", "mode": "fixed", "address": "10.0.2.255/24"}),
            "/address",
        ),
        (
            json!({"link": "enp1s0", "mode": "fixed", "address": "10.0.2.20/24", "gateway": "10.0.3.1"}),
            "/gateway",
        ),
        (
            json!({"link": "enp1s0", "mode": "fixed", "address": "10.0.2.20/24", "dns": ["x"]}),
            "/dns/0",
        ),
        (
            json!({"link": "enp1s0", "mode": "fixed", "address": "10.0.2.20/24", "dns": ["0.0.0.0"]}),
            "/dns",
        ),
    ] {
        admin.post(path, &change).await.assert_invalid(pointer);
    }
    admin
        .post(path, &json!({"link": "enp9s9", "mode": "dhcp"}))
        .await
        .assert_problem(404);
    assert_eq!(admin.get(path).await.json()["items"][0]["settings"]["mode"], "dhcp");

    let browser = manager.browser("admin").await;
    let wrong = "link=enp1s0&mode=fixed&address=10.0.2.20&gateway=&dns=9.9.9.9,x";
    let refused = browser.form("/settings/network", wrong).await;
    assert_eq!(refused.status, 422);
    for part in ["address-error", "dns-error", "value=\"10.0.2.20\""] {
        assert!(refused.text.contains(part), "{part}");
    }
    let right = "link=enp1s0&mode=fixed&address=10.0.2.20%2F24&gateway=10.0.2.2&dns=9.9.9.9,+1.1.1.1";
    assert_eq!(
        browser.form("/settings/network", right).await.header("location"),
        "/settings/network"
    );
    let page = browser.get("/settings/network").await;
    assert!(page.text.contains("It is taken back in 60 s") && page.text.contains("https://10.0.2.20/settings/network"));
    assert!(!page.text.contains("id=\"change\""), "one change at a time");
    assert_eq!(browser.form("/settings/network/confirm", "").await.status, 303);
    assert_eq!(browser.form("/settings/network/confirm", "").await.status, 409);
    let page = browser.get("/settings/network?link=enp1s0").await;
    assert!(page.text.contains("value=\"9.9.9.9 1.1.1.1\""));
}
